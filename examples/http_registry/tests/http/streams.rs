//! The stream of changes: every change once and in order, over reconnections and restarts.

use crate::MAPS;
use crate::api::{Api, path_of};
use crate::server::{Server, wait_for};
use crate::sse::{Event, Events, blocks};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// What the writers were answered: the version of each change, and what its event must say.
type Changes = BTreeMap<u64, (&'static str, Value)>;

const WRITERS: usize = 4;
const ROUNDS: usize = 20;
const CHANGES: usize = WRITERS * ROUNDS * 3;

/// Puts, replaces and deletes flags that other writers change, too.
async fn write(api: Api, writer: usize) -> Changes {
    let mut changes = Changes::new();
    for round in 0..ROUNDS {
        // The names are shared in pairs, so that versions of one key come from two writers.
        let name = format!("flag {} {round}", writer / 2);
        for value in [0, 1] {
            let answer = api.put(&name, &format!("[{writer},{value}]")).await;
            assert!([200, 201].contains(&answer.status), "{answer:?}");
            changes.insert(answer.version(), ("put", answer.json()));
        }
        let own = format!("own {writer}");
        let answer = match round % 2 {
            0 => api.put(&own, "1").await.expect(201),
            _ => api.delete(&own).await.expect(204),
        };
        let event = match answer.status {
            201 => ("put", answer.json()),
            _ => ("delete", Value::from(own)),
        };
        changes.insert(answer.version(), event);
    }
    changes
}

fn start_writers(api: &Api) -> JoinSet<Changes> {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(api.clone(), writer));
    }
    writers
}

/// Checks that the events are all changes, once, in order, each as its writer was answered.
fn check(events: &[Event], changes: Vec<Changes>, map: &str) {
    let changes: Changes = changes.into_iter().flatten().collect();
    let ids: Vec<_> = events
        .iter()
        .map(|event| event.id.expect("an id"))
        .collect();
    let versions: Vec<_> = changes.keys().copied().collect();
    assert_eq!(ids, versions, "{map}");
    assert_eq!(versions, (1..=CHANGES as u64).collect::<Vec<_>>(), "{map}");
    for (event, (version, (name, expected))) in events.iter().zip(&changes) {
        assert_eq!(event.name, *name);
        let data = event.json();
        assert_eq!(data["version"], *version);
        match *name {
            "put" => assert_eq!(data, *expected, "{map}"),
            _ => assert_eq!(
                (&data["name"], data.get("value")),
                (expected, None),
                "{map}"
            ),
        }
    }
}

#[tokio::test]
async fn every_change_comes_once_and_in_order_under_many_writers() {
    for map in MAPS {
        let server = Server::with(map);
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(Events::open(&server.api, None).await);
        }
        let writers = start_writers(&server.api);
        let mut read = Vec::new();
        for stream in &mut streams {
            read.push(stream.take(CHANGES).await);
        }
        let changes = writers.join_all().await;
        for events in &read {
            check(events, changes.clone(), map);
        }
    }
}

#[tokio::test]
async fn a_reader_that_connects_again_and_again_has_no_gap() {
    for map in MAPS {
        let server = Server::with(map);
        let writers = start_writers(&server.api);
        let (mut events, mut seen) = (Vec::new(), 0);
        while events.len() < CHANGES {
            let mut stream = Events::open(&server.api, Some(seen)).await;
            let some = stream.take(7.min(CHANGES - events.len())).await;
            seen = some.last().and_then(|event| event.id).expect("an id");
            events.extend(some);
        }
        check(&events, writers.join_all().await, map);
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_id_behind_which_it_goes_on() {
    let server = Server::start(&[]);
    server.api.put("a", "1").await.expect(201);
    server.api.put("a", "2").await.expect(200);
    for (after, id) in [(None, 2), (Some(1), 1), (Some(0), 0)] {
        let mut events = Events::try_open(&server.api, after)
            .await
            .expect("a stream");
        let first = events.block().await.expect("a block");
        assert_eq!((first.id, first.data.as_str()), (Some(id), ""));
    }
    // The parameter does what the header does, and the header is newer.
    let both = [("last-event-id", "1")];
    let mut response = server
        .api
        .request("GET", "/v1/events?after=0", &both)
        .send()
        .await;
    let response = response.as_mut().expect("an answer");
    let mut text = String::new();
    while !text.contains("event: put") {
        let chunk = response
            .chunk()
            .await
            .expect("it goes on")
            .expect("it does not end");
        text += std::str::from_utf8(&chunk).expect("it is text");
    }
    assert_eq!(blocks(&mut text)[1].id, Some(2));
}

#[tokio::test]
async fn a_quiet_stream_sends_comments() {
    let server = Server::start(&["--heartbeat", "0.1"]);
    let mut events = Events::open(&server.api, None).await;
    for _ in 0..3 {
        assert_eq!(events.block().await, Some(Event::default()));
    }
    server.api.put("a", "1").await.expect(201);
    assert_eq!(events.next().await.expect("an event").id, Some(1));
}

#[tokio::test]
async fn an_id_that_is_too_old_or_none_is_refused() {
    for map in MAPS {
        let server = Server::start(&["--map", map, "--history", "4"]);
        let api = &server.api;
        for value in 1..=10 {
            let answer = api.put("flag", &value.to_string()).await;
            assert_eq!(answer.version(), value);
        }
        let mut events = Events::open(api, Some(6)).await;
        let read = events.take(4).await;
        assert_eq!(read[0].id, Some(7));
        for too_old in [0, 5] {
            let refused = Events::try_open(api, Some(too_old))
                .await
                .expect_err("no stream");
            let problem = refused.expect_problem(410, "events-too-old");
            assert_eq!(
                (&problem["oldest"], &problem["newest"]),
                (&6.into(), &10.into())
            );
        }
        for invalid in [
            "11",
            "abc",
            "-1",
            "+7",
            "007",
            "",
            "7.0",
            "18446744073709551616",
        ] {
            let header = [("last-event-id", invalid)];
            let answer = api.send("GET", "/v1/events", &header).await;
            answer.expect_problem(400, "invalid-event-id");
            let answer = api
                .get(&format!("/v1/events?after={}", invalid.replace('+', "%2B")))
                .await;
            answer.expect_problem(400, "invalid-event-id");
        }
        assert_eq!(api.get("/v1/inside").await.json()["oldest_event"], 6);
    }
}

#[tokio::test]
async fn a_reader_goes_on_over_a_restart_and_a_kill_and_a_compaction() {
    for map in MAPS {
        let options = ["--map", map, "--history", "50", "--compact-from", "1"];
        let mut server = Server::start(&options);
        let mut stream = Events::open(&server.api, None).await;
        let (mut seen, mut next) = (0, 1);
        for how in ["stop", "kill", "stop"] {
            for _ in 0..60 {
                let answer = server.api.put("flag", &next.to_string()).await;
                assert_eq!(answer.version(), next, "{map}: no version is used twice");
                next += 1;
            }
            // Half of the events of the ring are read before the end, the others after it.
            for event in stream.take(40).await {
                seen += 1;
                assert_eq!(event.id, Some(seen), "{map}");
            }
            drop(stream);
            let compacted = async || {
                (server.api.metric("http_registry_compactions_total").await > 0.0).then_some(())
            };
            wait_for("a compaction", compacted).await;
            let data = match how {
                "stop" => server.stop().await.data,
                _ => server.kill().await,
            };
            server = Server::start_in(data, &options);
            let flag = server.api.get(&path_of("flag")).await.expect(200);
            assert_eq!(
                (flag.version(), &flag.json()["value"]),
                (next - 1, &(next - 1).into())
            );
            stream = Events::open(&server.api, Some(seen)).await;
            for event in stream.take(20).await {
                seen += 1;
                assert_eq!(
                    (event.id, &event.json()["value"]),
                    (Some(seen), &seen.into()),
                    "{map}"
                );
            }
            let refused = Events::try_open(&server.api, Some(next - 52)).await;
            refused
                .expect_err("no stream")
                .expect_problem(410, "events-too-old");
        }
    }
}
