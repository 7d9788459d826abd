//! A reader of server-sent events.

use crate::api::{Answer, Api};
use reqwest::Response;
use serde_json::Value;
use std::collections::VecDeque;

/// An event, or a block without data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) comment: String,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("the data is JSON")
    }
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    text: String,
    read: VecDeque<Event>,
}

impl Events {
    /// Opens a stream behind this id. Gives the answer if it is no stream.
    pub(crate) async fn try_open(api: &Api, after: Option<u64>) -> Result<Self, Answer> {
        let after = after.map(|id| id.to_string());
        let header = after.iter().map(|id| ("last-event-id", id.as_str()));
        let header: Vec<_> = header.collect();
        let request = api.request("GET", "/v1/events", &header);
        let response = request.send().await.expect("an answer");
        if response.status() != 200 {
            return Err(Answer::of(response).await.expect("a whole answer"));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self {
            response,
            text: String::new(),
            read: VecDeque::new(),
        })
    }

    /// Opens a stream behind this id, and reads the block that every stream begins with.
    pub(crate) async fn open(api: &Api, after: Option<u64>) -> Self {
        let mut events = Self::try_open(api, after).await.expect("a stream");
        let first = events.block().await.expect("the first block");
        assert!(first.id.is_some() && first.data.is_empty(), "{first:?}");
        events
    }

    /// The next block. `None`: the stream has ended.
    pub(crate) async fn block(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            let chunk = self.response.chunk().await.expect("the stream is whole")?;
            self.text += std::str::from_utf8(&chunk).expect("a chunk has whole characters");
            self.read.extend(blocks(&mut self.text));
        }
    }

    /// The next event. `None`: the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let event = self.block().await?;
            if !event.data.is_empty() {
                return Some(event);
            }
        }
    }

    /// So many events.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.next().await.expect("an event"));
        }
        events
    }
}

/// Takes the whole blocks from the text.
pub(crate) fn blocks(text: &mut String) -> Vec<Event> {
    let mut blocks = Vec::new();
    while let Some(end) = text.find("\n\n") {
        let block: String = text.drain(..end + 2).collect();
        blocks.push(block.lines().fold(Event::default(), with_line));
    }
    blocks
}

fn with_line(mut event: Event, line: &str) -> Event {
    match line
        .split_once(':')
        .map(|(field, value)| (field, value.trim_start()))
    {
        Some(("id", id)) => event.id = Some(id.parse().expect("ids are numbers")),
        Some(("event", name)) => event.name = name.to_owned(),
        Some(("data", data)) => event.data += data,
        Some(("", comment)) => event.comment += comment,
        Some(("retry", _)) | None => {}
        Some(other) => panic!("an unknown field: {other:?}"),
    }
    event
}
