//! A real Prometheus scrapes the program, and answers a query.

use crate::api::Api;
use crate::server::{Server, wait_for};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const MISSING: &str = "Prometheus is missing: apt-get install prometheus";

/// A running Prometheus. It is killed when the test ends.
struct Prometheus {
    child: Child,
    api: Api,
}

impl Prometheus {
    /// Starts it, with the program as its only target. `None`: it is not installed.
    fn start(server: &Server, folder: &TempDir) -> Option<Self> {
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: registry\n  \
             static_configs:\n  - targets: ['{}']\n",
            server.address
        );
        std::fs::write(&config, text).expect("the test can write");
        let option = |name: &str, path: &str| format!("--{name}={path}");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut child = Command::new("prometheus")
            .arg(option("config.file", &path("prometheus.yml")))
            .arg(option("storage.tsdb.path", &path("data")))
            .arg("--web.listen-address=127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).expect("text"), 0, "{said}");
            if let Some((_, address)) = line.split_once("\"Listening on\" address=") {
                break address.trim().to_owned();
            }
            said += &line;
        };
        // It must be able to go on writing its log.
        std::thread::spawn(move || log.read_to_string(&mut said));
        let api = Api::new(format!("http://{address}"));
        Some(Self { child, api })
    }

    /// The value of a query, as soon as there is one.
    async fn query(&self, query: &str) -> String {
        let path = format!("/api/v1/query?query={query}");
        let ask = async || {
            let answer = self.api.get(&path).await;
            if answer.status == 503 {
                // It is still starting.
                return None;
            }
            let value = &answer.json()["data"]["result"][0]["value"][1];
            value.as_str().map(str::to_owned)
        };
        wait_for(query, ask).await
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn prometheus_scrapes_the_metrics_and_answers_a_query() {
    let server = Server::start(&[]);
    for name in ["a", "b", "c"] {
        server.api.put(name, "1").await.expect(201);
    }
    server.api.delete("c").await.expect(204);
    let folder = TempDir::new().expect("a folder");
    let Some(prometheus) = Prometheus::start(&server, &folder) else {
        assert!(
            !std::env::var("CI").is_ok_and(|ci| ci == "true"),
            "{MISSING}"
        );
        // Past the capture of the test's output: who runs the tests shall see it.
        let said = format!("the test with Prometheus is skipped. {MISSING}\n");
        std::io::stderr()
            .write_all(said.as_bytes())
            .expect("standard error");
        return;
    };
    assert_eq!(prometheus.query("up").await, "1");
    assert_eq!(prometheus.query("http_registry_flags").await, "2");
    assert_eq!(
        prometheus.query("readmostly_keys{map=\"flags\"}").await,
        "2"
    );
    assert_eq!(
        prometheus.query("http_registry_info{map=\"sync\"}").await,
        "1"
    );
    assert_eq!(
        prometheus.query("http_registry_journal_takes_writes").await,
        "1"
    );
    let writes = "sum(http_registry_writes_total)";
    assert_eq!(prometheus.query(writes).await, "4");
    // The buckets of the waits are what a quantile is made of.
    let waits = "sum%20by%20(le)%20(readmostly_lock_waits_total{map=\"flags\",le=\"%2BInf\"})";
    assert_eq!(prometheus.query(waits).await, "0");
}
