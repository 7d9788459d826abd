//! The program as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program. It is killed at the end of the test.
pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
    greeting: Vec<String>,
}

impl Program {
    /// Starts the program and waits until it listens. Any state that it finds must be clean.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_http_registry"));
        command.args(["--listen", "127.0.0.1:0", "--compact-from", "1", "--data"]);
        command
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        // The pipe is closed after the greeting. The program goes on without a reader.
        let lines = out.lines().map(|line| line.expect("text"));
        let greeting: Vec<_> = lines
            .take_while(|line| !line.starts_with("End with"))
            .collect();
        let url = greeting
            .iter()
            .find_map(|line| line.strip_prefix("listening on "));
        let url = url
            .expect("a clean start: its error stands above")
            .to_owned();
        Self {
            child,
            url,
            greeting,
        }
    }

    /// Says whether the greeting has such a line.
    pub(crate) fn says(&self, beginning: &str) -> bool {
        self.greeting.iter().any(|line| line.starts_with(beginning))
    }

    /// Sends SIGKILL and waits for the end.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it was still alive");
        let status = self.child.wait().expect("it is our child");
        assert_eq!(status.code(), None, "it ended by itself: {status}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing to do if it was killed before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
