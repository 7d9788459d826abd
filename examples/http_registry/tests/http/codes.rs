//! Every code that the program can answer: each is reached, and the README has each.

use crate::api::{Answer, path_of};
use crate::raw::Raw;
use crate::server::Server;
use crate::sse::Events;
use crate::the_disk;
use http_registry::http::{Code, OF_WEB, OWN};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Codes of the library `web` that no request reaches here, with the reason.
const NOT_REACHED: &[(&str, &str)] = &[
    (
        "invalid-path",
        "a path that cannot be decoded is an `invalid-name` here",
    ),
    ("unexpected-json", "a value may be any JSON"),
    (
        "internal-error",
        "only a defect of the program is answered by it",
    ),
];

fn all() -> impl Iterator<Item = &'static Code> {
    OWN.iter().chain(OF_WEB)
}

/// What a raw connection was answered.
fn status_and_code(text: &str) -> (u16, String) {
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let json: serde_json::Value = serde_json::from_str(body).expect("a problem");
    let code = json["code"].as_str().expect("a code").to_owned();
    (status.expect("a status"), code)
}

/// Provokes the error, and returns what came.
async fn provoke(code: &str) -> Option<(u16, String)> {
    let short = [
        "--patience",
        "1",
        "--max-flags",
        "1",
        "--max-streams",
        "1",
        "--history",
        "1",
    ];
    let server = Server::start(&short);
    let api = &server.api;
    let put = async |value: &str| api.put("flag", value).await;
    let with = async |header, value| {
        api.put_with(&path_of("flag"), "1", &[(header, value)])
            .await
    };
    let answer: Answer = match code {
        "invalid-name" => api.get("/v1/flags/%00").await,
        "invalid-precondition" => with("if-match", "17").await,
        "invalid-event-id" => api.get("/v1/events?after=x").await,
        "invalid-query" => api.get("/v1/flags?limit=0").await,
        "invalid-json" => put("{").await,
        "flag-not-found" => api.get("/v1/flags/flag").await,
        "events-too-old" => {
            put("1").await.expect(201);
            put("2").await.expect(200);
            api.get("/v1/events?after=0").await
        }
        "version-mismatch" => with("if-match", "\"17\"").await,
        "flag-exists" => {
            put("1").await.expect(201);
            with("if-none-match", "*").await
        }
        "value-too-large" => put(&format!("\"{}\"", "x".repeat(4_096))).await,
        "body-too-large" => put(&format!("\"{}\"", "x".repeat(65_536))).await,
        "too-many-flags" => {
            put("1").await.expect(201);
            api.put("other", "1").await
        }
        "too-many-streams" => {
            let _open = Events::open(api, None).await;
            Events::try_open(api, None)
                .await
                .expect_err("no second stream")
        }
        "no-such-resource" => api.get("/nothing").await,
        "method-not-allowed" => api.send("POST", "/v1/flags", &[]).await,
        "unsupported-media-type" => {
            let request = api.request("PUT", "/v1/flags/flag", &[("content-type", "text/plain")]);
            let response = request.body("1").send().await.expect("an answer");
            Answer::of(response).await.expect("a whole answer")
        }
        "body-too-slow" => return Some(half_a_body(&server, false).await),
        "incomplete-body" => return Some(half_a_body(&server, true).await),
        "journal-refuses-writes" => the_disk::a_full_disk().await,
        "not-durable" => the_disk::a_failing_sync().await,
        "reader-too-slow" => {
            let event = crate::slow_readers::a_dropped_stream("sync").await;
            let json = event.json();
            let status = json["status"]
                .as_u64()
                .and_then(|status| status.try_into().ok());
            return Some((status?, json["code"].as_str()?.to_owned()));
        }
        _ => return None,
    };
    let code = answer.json()["code"].as_str().expect("a code").to_owned();
    answer.expect_problem(answer.status, &code);
    Some((answer.status, code))
}

/// Sends half a body, and then nothing, or the end.
async fn half_a_body(server: &Server, end: bool) -> (u16, String) {
    let mut raw = Raw::open(server).await;
    raw.send(
        "PUT /v1/flags/flag HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
         Content-Length: 10\r\n\r\n\"half",
    )
    .await;
    if end {
        raw.end_of_sending().await;
    }
    status_and_code(&raw.read_to_end().await)
}

#[tokio::test]
async fn every_code_is_reached() {
    for &Code { status, code, .. } in all() {
        let not_reached = NOT_REACHED.iter().any(|(name, _)| *name == code);
        match provoke(code).await {
            Some(came) => assert_eq!(came, (status, code.to_owned())),
            None => assert!(not_reached, "no request here is answered by {code}"),
        }
    }
}

#[test]
fn the_readme_has_every_code_and_no_other() {
    let readme = include_str!("../../README.md");
    let expected: BTreeSet<_> = all()
        .map(|Code { status, code, when }| format!("| {status} | `{code}` | {when} |"))
        .collect();
    let rows = readme.lines().filter(|line| line.starts_with(['|']));
    let rows = rows.filter(|row| {
        row[1..]
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit())
    });
    let documented: BTreeSet<_> = rows.map(str::to_owned).collect();
    assert_eq!(documented, expected);
}

/// The texts in quotes that look like codes, in the sources of a folder.
fn codes_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{folder:?}: {why}"));
    let texts = files.map(|file| fs::read_to_string(file.expect("a file").path()));
    let texts: Vec<_> = texts
        .collect::<Result<_, _>>()
        .expect("the sources are text");
    let quoted = texts
        .iter()
        .flat_map(|text| text.split('"').skip(1).step_by(2));
    let is_code = |text: &&str| {
        text.contains('-')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    quoted.filter(is_code).map(str::to_owned).collect()
}

#[test]
fn no_problem_is_made_outside_the_table() {
    let known: BTreeSet<_> = all().map(|code| code.code).collect();
    let others: BTreeSet<_> = NOT_REACHED.iter().map(|(code, _)| *code).collect();
    // The policy of a page and names of headers look like codes.
    let no_codes = ["no-referrer", "last-event-id"];
    let found = &codes_in("src/http") | &codes_in("../web/src");
    let unknown: Vec<_> = found
        .iter()
        .filter(|code| !known.contains(code.as_str()) && !others.contains(code.as_str()))
        .filter(|code| !no_codes.contains(&code.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(found.contains("flag-not-found") && found.contains("method-not-allowed"));
}
