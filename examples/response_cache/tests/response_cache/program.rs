//! The program, as its users start it.

use reqwest::Client;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_program_starts_with_a_slow_service_and_caches_it() {
    let child = Command::new(env!("CARGO_BIN_EXE_response_cache"))
        .args(["--listen", "127.0.0.1:0", "--slow", "10"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let root = first.strip_prefix("listening on ").unwrap();
    let client = Client::new();
    let get = async |path: &str| {
        let answer = client.get(format!("{root}{path}")).send().await.unwrap();
        let status = answer.headers()["cache-status"]
            .to_str()
            .unwrap()
            .to_owned();
        (status, answer.text().await.unwrap())
    };
    let (status, body) = get("/a").await;
    assert_eq!(status, "response_cache; fwd=miss");
    assert_eq!(body, "answer 1, for /a\n");
    let (status, again) = get("/a").await;
    assert!(status.starts_with("response_cache; hit; ttl="), "{status}");
    assert_eq!(again, body);
    client.post(format!("{root}/fail")).send().await.unwrap();
    // Another key has nothing to serve. This one is served, fresh or stale.
    assert_eq!(get("/b").await.1, "the service fails, as it was told to\n");
    assert_eq!(get("/a").await.1, body);
    assert_eq!(get("/private").await.0, "response_cache; fwd=bypass");
}

/// A port that is no port would be replaced by that of HTTP, and another service answer.
#[test]
fn an_upstream_without_a_port_is_refused() {
    for upstream in [
        "localhost",
        "127.0.0.1:99999",
        "127.0.0.1:",
        "http://127.0.0.1:80",
    ] {
        let ended = Command::new(env!("CARGO_BIN_EXE_response_cache"))
            .args(["--listen", "127.0.0.1:0", "--upstream", upstream])
            .output()
            .expect("the program runs");
        assert_eq!(ended.status.code(), Some(2), "{upstream}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(
            said.contains("expected HOST:PORT, without `http://`"),
            "{said}"
        );
    }
}
