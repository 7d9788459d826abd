//! What must be true after a kill, given what was answered before it.

use crate::client::Write;
use http_registry::journal::{Change, Flag};
use std::collections::BTreeMap;

/// All flags by name, and the version of the last change.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct State {
    pub(crate) flags: BTreeMap<String, Flag>,
    pub(crate) version: u64,
}

/// What the clients know when the program is gone.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Each write that was answered as made.
    pub(crate) answered: Vec<Answered>,
    /// Each write that has no answer.
    pub(crate) unanswered: Vec<Write>,
}

#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) write: Write,
    pub(crate) version: u64,
    /// The flag of the answer, if it was a put.
    pub(crate) flag: Option<Flag>,
}

/// What has become of the writes without an answer.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) made: usize,
    pub(crate) not_made: usize,
}

impl State {
    fn apply(&mut self, change: &Change) {
        // Without a gap: no version is missing, and none is used twice.
        assert_eq!(change.version(), self.version + 1);
        self.version = change.version();
        match change {
            Change::Put(flag) => self.flags.insert(flag.name.clone(), (**flag).clone()),
            Change::Delete(deletion) => self.flags.remove(&deletion.name),
        };
    }
}

/// Compares what the program has after the kill with what it had and what was written.
///
/// - `seen` are the events that a stream had before the kill.
/// - `events` are all events since `before`, asked for after the kill.
pub(crate) fn compare(
    before: &State,
    written: &Written,
    seen: &[Change],
    events: &[Change],
    after: &State,
) -> Found {
    let mut state = before.clone();
    events.iter().for_each(|change| state.apply(change));
    assert_eq!(&state, after, "the flags are not what the events amount to");

    assert!(
        events.starts_with(seen),
        "an event that a client has seen is lost or changed"
    );

    let mut events: BTreeMap<_, _> = events.iter().map(|each| (each.version(), each)).collect();
    for answered in &written.answered {
        let event = events.remove(&answered.version);
        let event = event.unwrap_or_else(|| panic!("lost: {answered:?}"));
        answered.check(event);
    }
    // What remains was made and not answered.
    let mut unanswered = written.unanswered.clone();
    let made = events.len();
    for event in events.into_values() {
        let position = unanswered.iter().position(|write| is_made_by(event, write));
        let position = position.unwrap_or_else(|| panic!("nobody wrote {event:?}"));
        unanswered.swap_remove(position);
    }
    Found {
        made,
        not_made: unanswered.len(),
    }
}

impl Answered {
    fn check(&self, event: &Change) {
        assert!(
            is_made_by(event, &self.write),
            "{event:?} instead of {self:?}"
        );
        if let Change::Put(flag) = event {
            assert_eq!(
                Some(&**flag),
                self.flag.as_ref(),
                "the answer was another one"
            );
        }
    }
}

/// Says whether the change is the whole of the write.
fn is_made_by(change: &Change, write: &Write) -> bool {
    let value = match change {
        Change::Put(flag) => Some(flag.value.as_str()),
        Change::Delete(_) => None,
    };
    change.name() == write.name && value == write.value.as_deref()
}
