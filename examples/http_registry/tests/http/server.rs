//! A running `http_registry`, with a folder of its own.

use crate::api::Api;
use http_registry::journal::{Change, Flag, Journal, Options, Value};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_http_registry");

/// A folder with the journal of these flags.
pub(crate) fn folder_with(names: impl Iterator<Item = String>) -> TempDir {
    let data = TempDir::new().expect("a folder");
    let path = data.path().join("flags.journal");
    let (mut journal, _) = Journal::open(&path, Options::default()).expect("a journal");
    for (name, version) in names.zip(1..) {
        let (value, changed) = (Value::parse(b"true").expect("JSON"), String::new());
        let flag = Flag {
            name,
            value,
            version,
            changed,
        };
        journal
            .append(&Change::Put(Arc::new(flag)))
            .expect("the disk takes it");
    }
    data
}

/// A running program. It is killed when the test ends.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) api: Api,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    data: TempDir,
}

/// What a program came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// What it wrote after its first line.
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) data: TempDir,
}

impl Server {
    /// Starts with an empty folder.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_in(TempDir::new().expect("a folder"), options)
    }

    /// Starts with this map and an empty folder.
    pub(crate) fn with(map: &str) -> Self {
        Self::start(&["--map", map])
    }

    /// Starts with a folder that has been used.
    pub(crate) fn start_in(data: TempDir, options: &[&str]) -> Self {
        Self::start_by(Command::new(PROGRAM), data, options)
    }

    /// Starts by a command of one's own, which takes the options of the program.
    pub(crate) fn start_by(mut command: Command, data: TempDir, options: &[&str]) -> Self {
        command
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data.path());
        command.args(options);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the first line is text");
        let url = line.strip_prefix("listening on ").map(str::trim);
        let url = url
            .unwrap_or_else(|| panic!("{line:?} {}", errors(&mut child)))
            .to_owned();
        Self {
            address: url.strip_prefix("http://").expect("it is HTTP").to_owned(),
            api: match options.contains(&"--patience") {
                true => Api::without_idle_connections(url),
                false => Api::new(url),
            },
            child,
            out,
            data,
        }
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .arg(name)
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("`kill` runs").success());
    }

    /// Reads no messages from now on, as a log that has ended.
    pub(crate) fn close_messages(&mut self) {
        drop(self.child.stderr.take());
    }

    /// The file of the journal.
    pub(crate) fn journal(&self) -> PathBuf {
        self.data.path().join("flags.journal")
    }

    /// Waits for the end, which somebody else has asked for.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = wait_for("the program to end", async || {
            self.child.try_wait().expect("it is our child")
        });
        let code = status.await.code();
        let mut out = String::new();
        self.out.read_to_string(&mut out).expect("it is text");
        let err = errors(&mut self.child);
        assert!(!err.contains("panicked"), "{err}");
        let data = std::mem::replace(&mut self.data, TempDir::new().expect("a folder"));
        Ended {
            code,
            out,
            err,
            data,
        }
    }

    /// Ends the program as a user would.
    pub(crate) async fn stop(self) -> Ended {
        self.signal("-TERM");
        self.ended().await
    }

    /// Kills the program.
    pub(crate) async fn kill(self) -> TempDir {
        self.signal("-KILL");
        self.ended().await.data
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn errors(child: &mut Child) -> String {
    let mut err = String::new();
    let pipe = child.stderr.take();
    pipe.map(|mut pipe| pipe.read_to_string(&mut err));
    err
}

/// Far longer than anything takes here, on any machine, however busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
pub(crate) async fn wait_for<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await;
    answer.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
