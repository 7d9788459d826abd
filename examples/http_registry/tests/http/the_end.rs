//! The end of the program: nothing that was accepted is lost, and nothing holds it up.

use crate::MAPS;
use crate::api::{Api, path_of};
use crate::raw::Raw;
use crate::server::{Server, wait_for};
use crate::sse::Events;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Creates flags until the server is gone. Returns the names that were answered.
async fn create(api: Api, client: usize) -> BTreeSet<String> {
    let mut created = BTreeSet::new();
    for n in 0.. {
        let name = format!("{client} {n}");
        let durable = if n % 10 == 0 { "?durable=true" } else { "" };
        let request = api.request("PUT", &(path_of(&name) + durable), &[]);
        let request = request
            .header("content-type", "application/json")
            .body("true");
        match request.send().await {
            Ok(answer) => {
                assert_eq!(answer.status(), 201);
                // The body is a part of the answer.
                match answer.text().await {
                    Ok(text) => assert!(text.contains(&name), "{text}"),
                    Err(why) => panic!("half an answer: {why}"),
                }
                created.insert(name);
            }
            Err(_) => break,
        }
    }
    created
}

#[tokio::test]
async fn under_load_every_write_that_was_made_was_answered() {
    for map in MAPS {
        for signal in ["-TERM", "-INT"] {
            let server = Server::start(&["--map", map]);
            let mut stream = Events::open(&server.api, None).await;
            let mut clients = JoinSet::new();
            for client in 0..6 {
                clients.spawn(create(server.api.clone(), client));
            }
            stream.take(100).await;
            server.signal(signal);
            let answered: BTreeSet<_> = clients.join_all().await.into_iter().flatten().collect();
            let mut last = None;
            while let Some(block) = stream.block().await {
                last = Some(block);
            }
            assert_eq!(
                last.expect("a last block").comment,
                "the server ends",
                "{map}"
            );
            let ended = server.ended().await;
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert!(
                ended.out.contains("all requests were finished"),
                "{ended:?}"
            );
            let server = Server::start_in(ended.data, &["--map", map]);
            let mut made = BTreeSet::new();
            let mut after = String::new();
            loop {
                let page = format!("/v1/flags?limit=1000&after={}", &path_of(&after)[10..]);
                let page = server.api.get(&page).await.expect(200).json();
                let flags = page["flags"].as_array().expect("an array").iter();
                made.extend(flags.map(|flag| flag["name"].as_str().expect("a name").to_owned()));
                match page["next"].as_str() {
                    Some(next) => after = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(made, answered, "{map}");
        }
    }
}

/// A durable write of six bytes, which the server waits for.
async fn half_a_write(server: &Server) -> Raw {
    let mut raw = Raw::open(server).await;
    raw.send(
        "PUT /v1/flags/slow?durable=true HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n",
    )
    .await;
    raw.read_until("100 Continue").await;
    raw
}

#[tokio::test]
async fn a_request_under_way_is_finished() {
    for map in MAPS {
        let server = Server::with(map);
        let mut raw = half_a_write(&server).await;
        server.signal("-TERM");
        let refused = async || Raw::try_open(&server).await.is_none().then_some(());
        wait_for("no more connections to be accepted", refused).await;
        raw.send("\"slow\"").await;
        let answer = raw.read_to_end().await;
        assert!(
            answer.starts_with("HTTP/1.1 201 Created"),
            "{map}: {answer}"
        );
        let ended = server.ended().await;
        assert_eq!(ended.code, Some(0));
        let server = Server::start_in(ended.data, &["--map", map]);
        let flag = server.api.get(&path_of("slow")).await.expect(200);
        assert_eq!(flag.json()["value"], "slow");
    }
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_end_up() {
    let server = Server::start(&["--last-requests", "0.5", "--patience", "3600"]);
    let _raw = half_a_write(&server).await;
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.out.contains("connections that were cut off: 1"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_a_request() {
    let server = Server::start(&["--last-requests", "3600", "--patience", "3600"]);
    let _raw = half_a_write(&server).await;
    server.signal("-INT");
    let refused = async || Raw::try_open(&server).await.is_none().then_some(());
    wait_for("no more connections to be accepted", refused).await;
    server.signal("-INT");
    assert_eq!(server.ended().await.code, Some(130));
}

#[tokio::test]
async fn a_stream_does_not_hold_the_end_up() {
    let server = Server::start(&["--last-requests", "3600", "--patience", "3600"]);
    let mut stream = Events::open(&server.api, None).await;
    let ended = server.stop().await;
    assert!(
        ended.out.contains("all requests were finished"),
        "{ended:?}"
    );
    assert_eq!(
        stream.block().await.expect("a comment").comment,
        "the server ends"
    );
    assert_eq!(stream.block().await, None);
}
