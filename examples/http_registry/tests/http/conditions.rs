//! `If-Match` and `If-None-Match`: every case, and who wins.

use crate::MAPS;
use crate::api::{Answer, Api, path_of};
use crate::server::Server;
use std::collections::BTreeSet;

/// What an answer must be.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Status(u16),
    /// 412 and its `current`.
    Mismatch(Option<u64>),
    Exists(u64),
    Invalid,
}
use Expected::{Exists, Invalid, Mismatch, Status};

fn check(answer: &Answer, expected: Expected, case: &str) {
    match expected {
        Status(status) => assert_eq!(answer.status, status, "{case}: {answer:?}"),
        Mismatch(current) => {
            let problem = answer.expect_problem(412, "version-mismatch");
            assert_eq!(problem["current"], serde_json::json!(current), "{case}");
        }
        Exists(current) => {
            let problem = answer.expect_problem(412, "flag-exists");
            assert_eq!(problem["current"], current, "{case}");
        }
        Invalid => drop(answer.expect_problem(400, "invalid-precondition")),
    }
}

const MATCH: &str = "if-match";
const NONE_MATCH: &str = "if-none-match";

/// The headers of a write; what a put and a deletion come to if the flag has the version 2;
/// and what they come to if it is absent.
type Case = (
    &'static [(&'static str, &'static str)],
    [Expected; 2],
    [Expected; 2],
);

const CASES: &[Case] = &[
    (&[], [Status(200), Status(204)], [Status(201), Status(404)]),
    (
        &[(MATCH, "\"2\"")],
        [Status(200), Status(204)],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "*")],
        [Status(200), Status(204)],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"1\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"3\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"02\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"+2\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(MATCH, "\"a,b\"")],
        [Mismatch(Some(2)), Mismatch(Some(2))],
        [Mismatch(None), Mismatch(None)],
    ),
    (
        &[(NONE_MATCH, "*")],
        [Exists(2), Invalid],
        [Status(201), Invalid],
    ),
    (&[(MATCH, "2")], [Invalid, Invalid], [Invalid, Invalid]),
    (&[(MATCH, "\"2")], [Invalid, Invalid], [Invalid, Invalid]),
    (&[(MATCH, "\"")], [Invalid, Invalid], [Invalid, Invalid]),
    (&[(MATCH, "")], [Invalid, Invalid], [Invalid, Invalid]),
    (
        &[(MATCH, "W/\"2\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(MATCH, "\"2\", \"1\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(MATCH, "*, \"2\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(MATCH, "\"2\""), (MATCH, "\"2\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(NONE_MATCH, "\"2\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(NONE_MATCH, "W/\"2\"")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(NONE_MATCH, "*"), (NONE_MATCH, "*")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(MATCH, "\"2\""), (NONE_MATCH, "*")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
    (
        &[(MATCH, "*"), (NONE_MATCH, "*")],
        [Invalid, Invalid],
        [Invalid, Invalid],
    ),
];

/// Puts a flag twice, so that its version is 2, and perhaps deletes it.
async fn prepare(map: &str, present: bool) -> Server {
    let server = Server::with(map);
    server.api.put("flag", "1").await.expect(201);
    assert_eq!(server.api.put("flag", "2").await.expect(200).version(), 2);
    if !present {
        server.api.delete("flag").await.expect(204);
    }
    server
}

#[tokio::test]
async fn every_condition_is_kept() {
    for map in MAPS {
        let mut server = [prepare(map, false).await, prepare(map, true).await];
        for (headers, if_present, if_absent) in CASES {
            for (present, expected) in [(true, if_present), (false, if_absent)] {
                for (method, expected) in ["PUT", "DELETE"].iter().zip(expected) {
                    let case = format!("{map}, {method}, {headers:?}, present: {present}");
                    let api = &server[usize::from(present)].api;
                    let before = api.get("/v1/flags").await.text;
                    let answer = match *method {
                        "PUT" => api.put_with(&path_of("flag"), "3", headers).await,
                        _ => api.send("DELETE", &path_of("flag"), headers).await,
                    };
                    check(&answer, *expected, &case);
                    let after = api.get("/v1/flags").await.text;
                    let changed = answer.status < 300;
                    assert_eq!(before != after, changed, "{case}");
                    if changed {
                        server[usize::from(present)] = prepare(map, present).await;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_reader_that_knows_the_version_gets_304() {
    for map in MAPS {
        let server = prepare(map, true).await;
        let path = path_of("flag");
        for (known, status) in [
            ("\"2\"", 304),
            ("W/\"2\"", 304),
            ("\"1\", \"2\"", 304),
            ("*", 304),
            ("\"1\"", 200),
            // Within the quotes, a comma and a star belong to the tag.
            ("\"a,*,b\"", 200),
            ("2", 200),
            ("", 200),
        ] {
            let answer = server.api.send("GET", &path, &[(NONE_MATCH, known)]).await;
            assert_eq!(
                (answer.status, answer.version()),
                (status, 2),
                "{map}, {known}"
            );
            assert_eq!(answer.text.is_empty(), status == 304);
        }
        let twice = [(NONE_MATCH, "\"1\""), (NONE_MATCH, "\"2\"")];
        server.api.send("GET", &path, &twice).await.expect(304);
        let answer = server.api.send("GET", &path, &[(MATCH, "\"2\"")]).await;
        answer.expect_problem(400, "invalid-precondition");
        let answer = server
            .api
            .send("GET", &path_of("other"), &[(NONE_MATCH, "*")])
            .await;
        answer.expect_problem(404, "flag-not-found");
    }
}

#[tokio::test]
async fn a_flag_that_was_deleted_and_created_again_has_another_version() {
    for map in MAPS {
        let server = prepare(map, false).await;
        assert_eq!(server.api.put("flag", "2").await.expect(201).version(), 4);
        for (tag, status) in [("\"2\"", 412), ("\"3\"", 412), ("\"4\"", 200)] {
            let path = path_of("flag");
            let answer = server.api.put_with(&path, "5", &[(MATCH, tag)]).await;
            answer.expect(status);
        }
    }
}

/// Sends the same request from many clients at once. Returns the versions of those who won.
async fn race(api: &Api, header: (&'static str, String), name: &str) -> BTreeSet<u64> {
    const CLIENTS: usize = 12;
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (api, header, path) = (api.clone(), header.clone(), path_of(name));
        clients.spawn(async move {
            let (name, value) = header;
            api.put_with(&path, &client.to_string(), &[(name, &value)])
                .await
        });
    }
    let answers = clients.join_all().await;
    let won = answers.iter().filter(|answer| answer.status < 300);
    let lost = answers.iter().filter(|answer| answer.status == 412).count();
    let won: BTreeSet<_> = won.map(Answer::version).collect();
    assert_eq!(won.len() + lost, CLIENTS);
    won
}

#[tokio::test]
async fn of_many_conditional_writes_at_once_one_wins() {
    for map in MAPS {
        let server = Server::with(map);
        for round in 0..10 {
            let name = format!("flag {round}");
            let created = race(&server.api, (NONE_MATCH, String::from("*")), &name).await;
            assert_eq!(created.len(), 1, "{map}: {created:?}");
            let version = created.first().expect("one has won");
            let replaced = race(&server.api, (MATCH, format!("\"{version}\"")), &name).await;
            assert_eq!(replaced.len(), 1, "{map}: {replaced:?}");
            let now = server.api.get(&path_of(&name)).await.expect(200);
            assert_eq!(Some(&now.version()), replaced.first(), "{map}");
        }
    }
}
