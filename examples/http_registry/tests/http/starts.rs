//! The start of the program: what it finds, what it says, and what it refuses.

use crate::api::path_of;
use crate::server::{PROGRAM, Server, folder_with};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs the program to its end, which must come by itself.
fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert_eq!(stdout, b"", "nothing is served");
    (
        status.code(),
        String::from_utf8(stderr).expect("it is text"),
    )
}

fn in_folder<'a>(data: &'a TempDir, listen: &'a str) -> [&'a str; 4] {
    [
        "--data",
        data.path().to_str().expect("a path in UTF-8"),
        "--listen",
        listen,
    ]
}

/// A folder with a journal of three flags.
async fn used_folder() -> TempDir {
    let server = Server::start(&[]);
    for name in ["a", "b", "c"] {
        server.api.put(name, "true").await.expect(201);
    }
    let ended = server.stop().await;
    assert!(
        ended.out.contains("flags.journal, which is new"),
        "{ended:?}"
    );
    ended.data
}

#[tokio::test]
async fn the_messages_name_the_journal_and_the_next_steps() {
    let ended = Server::start_in(used_folder().await, &[]).stop().await;
    assert!(
        ended
            .out
            .contains("flags.journal, number of flags: 3, last version: 3"),
        "{ended:?}"
    );
    for step in [
        "curl -X PUT http://127.0.0.1:",
        "/v1/events",
        "End with Ctrl-C.",
    ] {
        assert!(ended.out.contains(step), "{ended:?}");
    }
    assert_eq!(ended.err, "");
}

#[tokio::test]
async fn after_a_start_no_read_takes_the_lock_of_a_sync_map() {
    let server = Server::start_in(used_folder().await, &[]);
    let inside = async || server.api.get("/v1/inside").await.expect(200).json();
    let before = inside().await;
    assert_eq!((&before["read"], &before["misses"]), (&json!(3), &json!(0)));
    for name in ["a", "b", "c"] {
        server.api.get(&path_of(name)).await.expect(200);
    }
    let taken = |inside: &Value| inside["contention"]["acquisitions"].as_u64();
    assert_eq!(taken(&inside().await), taken(&before));
}

#[tokio::test]
async fn a_start_that_gets_no_port_leaves_no_journal() {
    let other = Server::start(&[]);
    let data = TempDir::new().expect("a folder");
    let (code, err) = refused(&in_folder(&data, &other.address));
    assert_eq!(code, Some(1));
    assert!(
        err.contains(&format!("cannot listen on {}", other.address)),
        "{err}"
    );
    let left = fs::read_dir(data.path()).expect("the folder").count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_torn_last_record_is_cut_off_and_said() {
    let data = used_folder().await;
    let journal = data.path().join("flags.journal");
    let whole = fs::read(&journal).expect("the journal");
    fs::write(&journal, &whole[..whole.len() - 10]).expect("the test can write");
    let server = Server::start_in(data, &[]);
    server.api.get(&path_of("b")).await.expect(200);
    server
        .api
        .get(&path_of("c"))
        .await
        .expect_problem(404, "flag-not-found");
    assert_eq!(server.api.put("d", "1").await.version(), 3);
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .expect("lines")
        + 1;
    let message = format!(
        "its {} bytes at byte {last} were cut off",
        whole.len() - 10 - last
    );
    let ended = server.stop().await;
    assert!(ended.out.contains(&message), "{message}: {ended:?}");
}

#[tokio::test]
async fn a_damaged_journal_is_an_error_with_file_and_offset_and_stays_as_it_is() {
    let data = used_folder().await;
    let journal = data.path().join("flags.journal");
    let mut bytes = fs::read(&journal).expect("the journal");
    let text = String::from_utf8(bytes.clone()).expect("the journal is text");
    let offset = text.find("\"name\":\"b\"").expect("the second flag");
    let line = text[..offset].rfind('\n').expect("lines") + 1;
    bytes[offset + 8] = b'x';
    fs::write(&journal, &bytes).expect("the test can write");
    let (code, message) = refused(&in_folder(&data, "127.0.0.1:0"));
    assert_eq!(code, Some(1));
    let expected = format!(
        "http_registry: {}: damaged at byte {line}: ",
        journal.display()
    );
    assert!(message.starts_with(&expected), "{message}");
    assert_eq!(fs::read(&journal).expect("the journal"), bytes);
}

#[test]
fn a_flag_that_no_request_could_reach_is_an_error() {
    let data = folder_with(["a", "a\nb"].map(str::to_owned).into_iter());
    let (code, message) = refused(&in_folder(&data, "127.0.0.1:0"));
    assert_eq!(code, Some(1));
    let expected = "http_registry: the journal has a flag with the name \"a\\nb\"\n";
    assert_eq!(message, expected);
}

#[tokio::test]
async fn a_second_process_with_the_same_folder_is_refused() {
    let server = Server::start(&[]);
    let folder = server.journal();
    let folder = folder
        .parent()
        .and_then(|folder| folder.to_str())
        .expect("a folder");
    let (code, message) = refused(&["--listen", "127.0.0.1:0", "--data", folder]);
    assert_eq!(code, Some(1));
    assert!(
        message.contains("another process has the journal open"),
        "{message}"
    );
    server.api.is_well().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_that_says_what_to_do() {
    let server = Server::start(&[]);
    let data = TempDir::new().expect("a folder");
    let (code, message) = refused(&in_folder(&data, &server.address));
    assert_eq!(code, Some(1));
    let expected = format!("http_registry: cannot listen on {}: ", server.address);
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.contains("--listen"), "{message}");
}

#[test]
fn a_command_line_with_a_mistake_is_refused_with_2() {
    for (arguments, named) in [
        (
            ["--map", "btree"],
            "[possible values: sync, rwlock, dashmap]",
        ),
        (["--max-flags", "-1"], "--max-flags"),
        (
            ["--max-flags", "1000001"],
            "expected a number from 0 to 1000000",
        ),
        (
            ["--max-connections", "0"],
            "expected a number from 1 to 100000",
        ),
        (["--history", "0"], "expected a number from 1 to 1000000"),
        (["--patience", "0"], "expected a number from 0.1 to 3600"),
        (["--patience", "NaN"], "expected a number from 0.1 to 3600"),
        (["--listen", "nowhere"], "--listen"),
        (["--verbose", "x"], "--verbose"),
    ] {
        let (code, message) = refused(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(message.contains(named), "{arguments:?}: {message}");
    }
}

#[test]
fn the_help_names_every_option_and_exit_code() {
    let help = Command::new(PROGRAM)
        .arg("--help")
        .output()
        .expect("the program runs");
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).expect("it is text");
    for part in [
        "--map <MAP>",
        "--data <DIR>",
        "--compact-from",
        "Exit codes:",
        "Examples:",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    let widest = help.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{widest:?}");
}

#[tokio::test]
async fn after_the_last_possible_version_writes_are_refused_and_reads_go_on() {
    let data = TempDir::new().expect("a folder");
    let records = [
        String::from(r#"{"journal":{"program":"http_registry","format":1}}"#),
        format!(
            r#"{{"put":{{"name":"a","value":1,"version":{},"changed":""}}}}"#,
            u64::MAX
        ),
        format!(r#"{{"checkpoint":{{"flags":1,"version":{}}}}}"#, u64::MAX),
    ];
    let lines = records.map(|json| format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())));
    fs::write(data.path().join("flags.journal"), lines.concat()).expect("the test can write");
    let server = Server::start_in(data, &[]);
    let api = &server.api;
    for refused in [api.put("a", "2").await, api.delete("a").await] {
        refused.expect_problem(503, "journal-refuses-writes");
    }
    let flag = api.get(&path_of("a")).await.expect(200);
    assert_eq!(
        (flag.version(), &flag.json()["value"]),
        (u64::MAX, &1.into())
    );
    let healthy = api.get("/healthz").await;
    healthy.expect_problem(503, "journal-refuses-writes");
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
