//! What must hold for every map after every operation.

use super::Map;
use super::invariants::invariants_hold;
use super::model::Model;
use super::succession::{Change, read_keeps_its_keys};
use super::things::{Key, Value};
use readmostly::EntryState;
use std::collections::BTreeMap;

type Entries = Vec<(u8, EntryState<u32>)>;

/// The internal state of a map in numbers, in ascending order of keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inside {
    read: Entries,
    amended: bool,
    dirty: Option<Entries>,
    misses: usize,
}

impl Inside {
    pub(crate) fn of<V: Value>(map: &Map<V>) -> Self {
        fn in_numbers<V: Value>(entries: Vec<(Key, EntryState<V>)>) -> Entries {
            let number = |(key, state): (Key, _)| {
                let state = match state {
                    EntryState::Value(value) => EntryState::Value(V::number(&value)),
                    EntryState::Nil => EntryState::Nil,
                    EntryState::Expunged => EntryState::Expunged,
                };
                (key.number(), state)
            };
            let mut entries: Vec<_> = entries.into_iter().map(number).collect();
            entries.sort_by_key(|(key, _)| *key);
            entries
        }
        let inside = map.inspect();
        Self {
            read: in_numbers(inside.read),
            amended: inside.amended,
            dirty: inside.dirty.map(in_numbers),
            misses: inside.misses,
        }
    }

    fn expected(model: &Model) -> Self {
        let states = |table: &BTreeMap<u8, usize>| {
            let state = |(&key, &entry)| (key, model.state(entry));
            table.iter().map(state).collect()
        };
        Self {
            read: states(&model.read),
            amended: model.amended,
            dirty: model.dirty.as_ref().map(states),
            misses: model.misses,
        }
    }
}

/// Panics unless the map equals the model, and its state may follow `seen`. Sets `seen`
/// to the new state.
pub(crate) fn check<V: Value>(map: &Map<V>, model: &Model, seen: &mut Inside, change: Change) {
    let inside = Inside::of(map);
    assert_eq!(inside, Inside::expected(model), "inside, after {seen:?}");
    read_keeps_its_keys(&seen.read, &inside.read, change);
    invariants_hold(map);
    let stats = map.stats();
    let len = model.plain.len();
    assert_eq!((map.len(), map.is_empty(), stats.len), (len, len == 0, len));
    let dirty = model.dirty.as_ref().map_or(0, BTreeMap::len);
    assert_eq!(
        (stats.read_entries, stats.dirty_entries),
        (model.read.len(), dirty)
    );
    assert_eq!(stats.tombstones, model.attached_entries() - len);
    *seen = inside;
}
