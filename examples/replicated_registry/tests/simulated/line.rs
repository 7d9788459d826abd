//! The way from the source to the replica, of one session: a consumer and what is in flight.

use super::source::{Change, Source};
use fastrand::Rng;
use replicated_registry::replica::{Identity, Message, Revision};

/// What is in flight.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Message(Message<u64>),
    /// A message was here and was dropped: the consumer's numbers show it.
    Gap,
}

/// A consumer and its line.
#[derive(Debug)]
pub(crate) struct Line {
    identity: Identity,
    cursor: Revision,
    /// The contents are the last change of each key, as of the beginning: these revisions.
    contents: Vec<Revision>,
    began_at: Revision,
    /// Changes arrive in the order of the source, as with JetStream.
    pub(crate) ordered: bool,
    flight: Vec<Item>,
    /// What has arrived, to be repeated.
    arrived: Vec<Message<u64>>,
    /// Something was left out since the last mark.
    skipped: bool,
}

pub(crate) fn name(key: usize) -> String {
    char::from(b'a' + u8::try_from(key).unwrap()).to_string()
}

fn message((revision, (key, value)): (Revision, Change)) -> Message<u64> {
    let key = name(key);
    match value {
        Some(value) => Message::Put {
            key,
            revision,
            value,
        },
        None => Message::Delete { key, revision },
    }
}

impl Line {
    pub(crate) fn new(source: &Source, began_at: Revision, rng: &mut Rng) -> Self {
        let newest = |key| source.newest(key).map(|(revision, _)| revision);
        Self {
            identity: source.identity(),
            cursor: 1,
            contents: (0..super::world::KEYS).filter_map(newest).collect(),
            began_at: source.last(),
            ordered: rng.bool(),
            flight: Vec::new(),
            arrived: Vec::new(),
            skipped: began_at > 0,
        }
    }

    /// All before this revision was sent, or left out.
    pub(crate) fn cursor(&self) -> Revision {
        self.cursor
    }

    /// The source sends one more message. A consumer of a source that is gone sends nothing.
    pub(crate) fn pump(&mut self, source: &Source, rng: &mut Rng) -> bool {
        if self.identity != source.identity() {
            return false;
        }
        while let Some((revision, change)) = source.next(self.cursor) {
            self.skipped |= revision != self.cursor;
            self.cursor = revision + 1;
            if revision <= self.began_at && !self.contents.contains(&revision) {
                self.skipped = true;
                continue;
            }
            self.flight.push(Item::Message(message((revision, change))));
            // Without order, marks are rare: the changes between two of them are shuffled.
            if self.ordered || rng.u8(..4) == 0 {
                self.mark(revision);
            }
            return true;
        }
        false
    }

    fn mark(&mut self, revision: Revision) {
        let skipped = std::mem::take(&mut self.skipped);
        self.flight
            .push(Item::Message(Message::Through { revision, skipped }));
    }

    /// An idle heartbeat, if the source has nothing left to send. The driver learns no more
    /// than that, so it names the last revision that it knows of.
    pub(crate) fn heartbeat(&mut self, source: &Source) {
        if self.identity == source.identity() && source.next(self.cursor).is_none() {
            let revision = self.began_at.max(self.cursor - 1);
            self.flight
                .push(Item::Message(Message::Drained { revision }));
        }
    }

    /// Drops a change. The marks between it and the next change would have told nothing else.
    pub(crate) fn drop_one(&mut self, rng: &mut Rng) {
        if !self.flight.is_empty() {
            let at = rng.usize(..self.flight.len());
            self.flight[at] = Item::Gap;
        }
    }

    /// The driver saw that something is missing: nothing more is handed over.
    pub(crate) fn cut(&mut self) {
        self.flight.clear();
        self.arrived.clear();
        self.cursor = Revision::MAX;
    }

    /// The next thing to arrive.
    pub(crate) fn arrive(&mut self, rng: &mut Rng) -> Option<Item> {
        if !self.ordered && !self.arrived.is_empty() && rng.u8(..5) == 0 {
            return Some(Item::Message(rng.choice(&self.arrived)?.clone()));
        }
        let is_mark = |item: &Item| !matches!(item, Item::Message(message) if is_change(message));
        let before = self
            .flight
            .iter()
            .position(is_mark)
            .unwrap_or(self.flight.len());
        let at = if self.ordered || before == 0 {
            0
        } else {
            rng.usize(..before)
        };
        if at >= self.flight.len() {
            return None;
        }
        let item = self.flight.remove(at);
        match &item {
            Item::Message(message) if is_change(message) => self.arrived.push(message.clone()),
            _ => {}
        }
        Some(item)
    }
}

fn is_change(message: &Message<u64>) -> bool {
    matches!(message, Message::Put { .. } | Message::Delete { .. })
}
