//! The program, as its users start it.

use crate::store::seconds;
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;
use tokio::time::timeout;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tells the program to end, and waits until it has.
fn terminated(child: &mut Child) -> bool {
    let kill = Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.unwrap().success());
    let begun = Instant::now();
    while begun.elapsed() < seconds(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        sleep(seconds(1) / 100);
    }
    panic!("the program does not end");
}

#[tokio::test]
async fn the_program_goes_on_when_nobody_reads_what_it_prints() {
    let child = Command::new(env!("CARGO_BIN_EXE_sessions"))
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Killed(child);
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    let root = next().strip_prefix("listening on ").unwrap().to_owned();
    let code = next().split_once(": ").unwrap().1.to_owned();
    while !next().contains("Ctrl-C ends") {}
    drop(lines);
    let client = Client::new();
    let login = client.post(format!("{root}/login"));
    let login = login.json(&json!({"user": "ann", "code": code})).send();
    let login = login.await.unwrap();
    let cookie = login.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let out = client
        .post(format!("{root}/logout"))
        .header("cookie", cookie);
    assert_eq!(out.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(terminated(&mut child.0), "the program ended with an error");
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
        next
    });
    let mut next = timeout(seconds(60), ended).await.unwrap().unwrap();
    drop(client);
    assert!(terminated(&mut child.0));
    assert_eq!(next(), "ended: all requests were finished; sessions: 0");
}
