//! Streams of events.

use crate::client::Client;
use http_registry::journal::Change;
use reqwest::{Method, Response};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Reads a stream until the program is gone.
pub(crate) struct Follower(JoinHandle<Vec<Change>>);

impl Follower {
    pub(crate) async fn start(client: &Client, after: u64) -> Self {
        let mut stream = Stream::open(client, after).await;
        Self(tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Some(change) = stream.next().await {
                seen.push(change);
            }
            seen
        }))
    }

    /// What the stream had.
    pub(crate) async fn end(self) -> Vec<Change> {
        self.0.await.expect("the events are well formed")
    }
}

/// The events after version `after` up to version `upto`.
pub(crate) async fn between(client: &Client, after: u64, upto: u64) -> Vec<Change> {
    let mut stream = Stream::open(client, after).await;
    let mut events = Vec::new();
    for _ in after..upto {
        events.push(stream.next().await.expect("the stream goes on"));
    }
    events
}

struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(client: &Client, after: u64) -> Self {
        let request = client.request(Method::GET, "/v1/events");
        let response = request
            .header("last-event-id", after)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200, "the events after {after} are held");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event. `None`: the program is gone. A part of an event is no event.
    async fn next(&mut self) -> Option<Change> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let change = change(block);
                self.text = rest.to_owned();
                if change.is_some() {
                    return change;
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.text += std::str::from_utf8(&chunk).expect("the events are in ASCII");
        }
    }
}

/// The change of a block of lines. `None`: the block has no data.
fn change(block: &str) -> Option<Change> {
    let field = |name: &str| {
        let lines = block.lines().filter_map(|line| line.split_once(':'));
        lines
            .into_iter()
            .find(|(field, _)| *field == name)
            .map(|(_, text)| text.trim_start())
    };
    let data = field("data")?;
    let change = match field("event")? {
        "put" => Change::Put(Arc::new(serde_json::from_str(data).expect("a flag"))),
        "delete" => Change::Delete(Arc::new(serde_json::from_str(data).expect("a deletion"))),
        other => panic!("an unknown event: {other}: {data}"),
    };
    assert_eq!(field("id"), Some(change.version().to_string().as_str()));
    Some(change)
}
