//! Readers of the stream that are too slow, or never read.

use crate::MAPS;
use crate::raw::Raw;
use crate::server::{Server, wait_for};
use crate::sse::{Event, Events, blocks};
use tokio::task::JoinSet;

/// Writes until the reader of a stream must have fallen behind. Returns how many changes.
async fn write_past(server: &Server, history: usize) -> usize {
    let value = format!("\"{}\"", "x".repeat(4_000));
    let mut written = 0;
    loop {
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let (api, value) = (server.api.clone(), value.clone());
            writers.spawn(async move {
                for _ in 0..50 {
                    api.put(&format!("flag {writer}"), &value).await;
                }
            });
        }
        writers.join_all().await;
        written += 400;
        let sent = server.api.metric("http_registry_events_total").await as usize;
        // More than a stream takes from the ring at a time is missing.
        if written > sent + history + 100 {
            return written;
        }
    }
}

const STREAM: &str = "GET /v1/events HTTP/1.1\r\nHost: test\r\n\r\n";

/// Opens a stream, reads nothing for long, and then all. Returns the last event.
pub(crate) async fn a_dropped_stream(map: &str) -> Event {
    let server = Server::start(&["--map", map, "--history", "4"]);
    let mut raw = Raw::with_small_buffer(&server).await;
    raw.send(STREAM).await;
    raw.read_until("retry: 1000").await;
    let written = write_past(&server, 4).await;
    let rest = raw.read_until("\r\n0\r\n\r\n").await;
    let mut text = without_chunks(&rest);
    let events: Vec<_> = blocks(&mut text)
        .into_iter()
        .filter(|event| !event.data.is_empty())
        .collect();
    let (last, before) = events.split_last().expect("there are events");
    for (event, id) in before.iter().zip(1..) {
        assert_eq!(
            (event.id, event.name.as_str()),
            (Some(id), "put"),
            "no gap before the end"
        );
    }
    assert!(before.len() < written, "{} of {written}", before.len());
    assert_eq!((last.name.as_str(), last.id), ("dropped", None));
    assert_eq!(
        server
            .api
            .metric("http_registry_dropped_streams_total")
            .await,
        1.0
    );
    assert_eq!(server.api.metric("http_registry_streams").await, 0.0);
    server.api.is_well().await;
    last.clone()
}

/// The body of an answer without the sizes between its chunks.
fn without_chunks(text: &str) -> String {
    let is_size = |line: &&str| !line.is_empty() && line.bytes().all(|b| b.is_ascii_hexdigit());
    let lines = text.split("\r\n").filter(|line| !is_size(line));
    lines.collect()
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_told_so() {
    for map in MAPS {
        let event = a_dropped_stream(map).await;
        assert_eq!(event.json()["code"], "reader-too-slow");
    }
}

#[tokio::test]
async fn a_reader_that_never_reads_is_cut_off_and_its_stream_is_free() {
    for map in MAPS {
        let options = [
            "--map",
            map,
            "--history",
            "4",
            "--patience",
            "0.5",
            "--max-streams",
            "1",
        ];
        let server = Server::start(&options);
        let mut raw = Raw::with_small_buffer(&server).await;
        raw.send(STREAM).await;
        raw.read_until("retry: 1000").await;
        write_past(&server, 4).await;
        let closed =
            async || (server.api.metric("http_registry_streams").await == 0.0).then_some(());
        wait_for("the stream to be cut off", closed).await;
        let mut events = Events::open(&server.api, None).await;
        server.api.put("after", "1").await.expect(201);
        assert_eq!(
            events.next().await.expect("an event").json()["name"],
            "after"
        );
        drop(raw);
        server.api.is_well().await;
    }
}
