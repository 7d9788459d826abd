//! Real runs: the states and the counts that the figures show.

use readmostly::EntryState::{Expunged, Nil, Value};
use readmostly::{EntryState, SyncMap};

/// The maps of the figures.
pub(crate) type Map = SyncMap<&'static str, u32>;

/// A key and the state of its entry.
pub(crate) type Entry = (&'static str, EntryState<u32>);

/// Both maps at one instant. Entries are in the order of their keys.
pub(crate) struct State {
    pub(crate) read: Vec<Entry>,
    pub(crate) amended: bool,
    pub(crate) dirty: Option<Vec<Entry>>,
    pub(crate) misses: usize,
}

impl State {
    pub(crate) fn of(map: &Map) -> State {
        let inside = map.inspect();
        State {
            read: by_key(inside.read),
            amended: inside.amended,
            dirty: inside.dirty.map(by_key),
            misses: inside.misses,
        }
    }

    /// The state in words.
    pub(crate) fn words(&self) -> String {
        let amended = if self.amended {
            ", amended"
        } else {
            ", not amended"
        };
        let dirty = match &self.dirty {
            Some(dirty) => format!("dirty has {}", entries_in_words(dirty)),
            None => "there is no dirty map".to_owned(),
        };
        format!(
            "read has {}{amended}; {dirty}",
            entries_in_words(&self.read)
        )
    }

    /// The entries of both maps, each once, in the order of their keys.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let dirty = self.dirty.iter().flatten();
        let mut entries: Vec<_> = self.read.iter().chain(dirty).copied().collect();
        entries.sort_by_key(|(key, _)| *key);
        entries.dedup();
        entries
    }
}

fn by_key(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn entries_in_words(entries: &[Entry]) -> String {
    let one = |(key, state): &Entry| format!("{key}: {}", state_in_words(*state));
    match entries {
        [] => "no entry".to_owned(),
        _ => entries.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

fn state_in_words(state: EntryState<u32>) -> String {
    match state {
        Value(value) => format!("value {value}"),
        Nil => "nil".to_owned(),
        Expunged => "expunged".to_owned(),
    }
}

/// How often a call took the mutex, and how many misses it counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) locks: u64,
    pub(crate) misses: u64,
}

/// Counts what one call costs.
pub(crate) fn cost(map: &Map, call: impl FnOnce(&Map)) -> Cost {
    let before = map.stats();
    call(map);
    let after = map.stats();
    Cost {
        locks: after.locks - before.locks,
        misses: after.misses - before.misses,
    }
}

/// Promotes the dirty map, if there is one: a walk promotes at once.
pub(crate) fn promote(map: &Map) {
    assert_eq!(map.iter().count(), map.len());
}

#[cfg(test)]
mod tests {
    use super::{Map, State, promote};
    use readmostly::EntryState::{Expunged, Value};

    #[test]
    fn an_entry_of_both_maps_is_named_once() {
        let map = Map::new();
        map.insert("b", 1);
        map.insert("a", 2);
        promote(&map);
        map.remove("b");
        map.insert("c", 3);
        let entries = State::of(&map).entries();
        assert_eq!(entries, [("a", Value(2)), ("b", Expunged), ("c", Value(3))]);
    }

    #[test]
    fn words_name_every_entry() {
        let map = Map::new();
        map.insert("a", 1);
        assert_eq!(
            State::of(&map).words(),
            "read has no entry, amended; dirty has a: value 1"
        );
    }
}
