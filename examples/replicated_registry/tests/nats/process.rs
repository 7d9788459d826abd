//! A replica in a process of its own.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

pub(crate) struct Process {
    child: Child,
    /// A pipe that nobody reads would end the process at its next line.
    _said: BufReader<ChildStdout>,
    servers: String,
    /// As `http://127.0.0.1:PORT`.
    pub(crate) address: String,
}

pub(crate) fn signal(id: u32, signal: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(id.to_string())
        .status();
    assert!(sent.unwrap().success());
    // The signal is sent, and each thread of the process stops a little later.
    while signal == "STOP" && !state(id).starts_with('T') {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The state of a process, as `ps` shows it.
fn state(id: u32) -> String {
    let shown = Command::new("ps")
        .args(["-o", "state=", "-p"])
        .arg(id.to_string())
        .output();
    String::from_utf8(shown.unwrap().stdout).unwrap()
}

impl Process {
    pub(crate) fn start(servers: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_replicated_registry"))
            .args(["--listen", "127.0.0.1:0", "--nats", servers])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self {
            child,
            _said: said,
            servers: servers.to_owned(),
            address,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process, as a crash would, and starts another one.
    pub(crate) fn crash(&mut self) {
        *self = Self::start(&self.servers.clone());
    }

    /// All entries, in pages: name, revision and value.
    pub(crate) async fn entries(
        &self,
        client: &reqwest::Client,
    ) -> BTreeMap<String, (u64, String)> {
        let mut entries = BTreeMap::new();
        let mut after = String::new();
        loop {
            let url = format!("{}/v1/entries?limit=7&after={after}", self.address);
            let page: Value = client.get(url).send().await.unwrap().json().await.unwrap();
            for entry in page["entries"].as_array().unwrap() {
                let name = entry["name"].as_str().unwrap().to_owned();
                let revision = entry["revision"].as_u64().unwrap();
                entries.insert(name, (revision, entry["value"].to_string()));
            }
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => return entries,
            }
        }
    }

    /// The age that `/healthz` reports.
    pub(crate) async fn age(&self, client: &reqwest::Client) -> Option<Duration> {
        let answer = client
            .get(format!("{}/healthz", self.address))
            .send()
            .await
            .ok()?;
        let health: Value = answer.json().await.ok()?;
        health["age_ms"].as_u64().map(Duration::from_millis)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
