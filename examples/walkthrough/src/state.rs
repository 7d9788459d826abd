//! [`State`]: both maps after a call.

use readmostly::{EntryState, Inspection, SyncMap};
use std::fmt;

/// Both maps, with the entries in the order of their keys.
///
/// Its [`Display`](fmt::Display) is `read{a:1 b:nil c:X}+ dirty{a:1} 0`. `+` stands for
/// *amended*, `X` for *expunged*, and the number behind `dirty{…}` is the misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(pub Inspection<String, u32>);

impl State {
    /// The state of this map.
    pub fn of(map: &SyncMap<String, u32>) -> Self {
        let mut inside = map.inspect();
        let in_order = |states: &mut Vec<(String, EntryState<u32>)>| {
            states.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        };
        in_order(&mut inside.read);
        inside.dirty.as_mut().map(in_order);
        Self(inside)
    }

    /// The entry of a key in the snapshot.
    pub(crate) fn in_read(&self, key: &str) -> Option<&EntryState<u32>> {
        find(&self.0.read, key)
    }

    /// The entry of a key in `dirty`.
    pub(crate) fn in_dirty(&self, key: &str) -> Option<&EntryState<u32>> {
        find(self.0.dirty.as_deref()?, key)
    }

    /// The entry of a key, in whichever map.
    pub(crate) fn entry(&self, key: &str) -> Option<&EntryState<u32>> {
        self.in_read(key).or_else(|| self.in_dirty(key))
    }

    /// The keys of both maps together. A key of both comes twice.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = self.0.read.iter().chain(self.0.dirty.iter().flatten());
        entries.map(|(key, _)| key.as_str())
    }
}

fn find<'a>(states: &'a [(String, EntryState<u32>)], key: &str) -> Option<&'a EntryState<u32>> {
    let found = states.iter().find(|(other, _)| other == key);
    found.map(|(_, state)| state)
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read{}", braces(&self.0.read))?;
        if self.0.amended {
            f.write_str("+")?;
        }
        match &self.0.dirty {
            Some(dirty) => write!(f, " dirty{} {}", braces(dirty), self.0.misses),
            None => Ok(()),
        }
    }
}

fn braces(states: &[(String, EntryState<u32>)]) -> String {
    let states = states.iter();
    let each = states.map(|(key, state)| format!("{key}:{}", word(state)));
    format!("{{{}}}", each.collect::<Vec<_>>().join(" "))
}

/// The word `p` of an entry, as the notation has it.
pub(crate) fn word(state: &EntryState<u32>) -> String {
    match state {
        EntryState::Value(value) => value.to_string(),
        EntryState::Nil => String::from("nil"),
        EntryState::Expunged => String::from("X"),
    }
}
