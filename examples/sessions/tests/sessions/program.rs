//! The program, as its users start it.

use reqwest::{Client, StatusCode};
use serde_json::json;
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
async fn the_program_says_where_it_listens_and_what_to_do() {
    let child = Command::new(env!("CARGO_BIN_EXE_sessions"))
        .args(["--listen", "127.0.0.1:0", "--lifetime", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut next = move || lines.next().unwrap().unwrap();
    let first = next();
    let root = first.strip_prefix("listening on ").unwrap().to_owned();
    let second = next();
    let code = second
        .strip_prefix("the code of this run: ")
        .unwrap()
        .to_owned();
    let login = json!({"user": "ann", "code": code});
    let client = Client::new();
    let answer = client
        .post(format!("{root}/login"))
        .json(&login)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    // The lines of the start end, and the session of one second ends.
    let ended = tokio::task::spawn_blocking(move || {
        let mut next = next;
        while next() != "session 1 of \"ann\" has ended: Expired" {}
    });
    tokio::time::timeout(crate::store::seconds(60), ended)
        .await
        .unwrap()
        .unwrap();
}
