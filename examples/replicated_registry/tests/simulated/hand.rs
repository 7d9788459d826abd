//! A replica that a test drives by hand.

use super::clock::Hand;
use replicated_registry::replica::{
    Answer, Identity, Limits, Lost, Message, Outcome, Replica, Revision, Session,
};
use std::sync::Arc;

pub(crate) const ONE: Identity = Identity(1);
pub(crate) const TWO: Identity = Identity(2);

pub(crate) fn replica() -> (Replica<&'static str>, Hand) {
    limited(100)
}

pub(crate) fn limited(tombstones: usize) -> (Replica<&'static str>, Hand) {
    let clock = Hand::default();
    let limits = Limits {
        tombstones,
        answers: 4,
    };
    (Replica::new(Arc::new(clock.clone()), limits), clock)
}

pub(crate) fn put(key: &str, revision: Revision, value: &'static str) -> Message<&'static str> {
    Message::Put {
        key: key.to_owned(),
        revision,
        value,
    }
}

pub(crate) fn delete(key: &str, revision: Revision) -> Message<&'static str> {
    Message::Delete {
        key: key.to_owned(),
        revision,
    }
}

pub(crate) fn through(revision: Revision) -> Message<&'static str> {
    Message::Through {
        revision,
        skipped: false,
    }
}

pub(crate) fn skipped(revision: Revision) -> Message<&'static str> {
    Message::Through {
        revision,
        skipped: true,
    }
}

pub(crate) fn drained(revision: Revision) -> Message<&'static str> {
    Message::Drained { revision }
}

pub(crate) fn answer(identity: Identity, last: Revision) -> Answer {
    Answer {
        identity,
        last,
        oldest: None,
    }
}

pub(crate) fn value(replica: &Replica<&'static str>, key: &str) -> Option<&'static str> {
    replica.map().get_with(key, |entry| *entry.value())
}

/// Applies all, and returns the outcome of the last.
pub(crate) fn hand_over<const N: usize>(
    session: &Session<'_, &'static str>,
    messages: [Message<&'static str>; N],
) -> Result<Outcome, Lost> {
    let mut last = Ok(Outcome::Old);
    for message in messages {
        last = session.apply(message);
    }
    last
}
