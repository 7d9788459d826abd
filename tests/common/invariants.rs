//! What holds of the two maps whenever the mutex is free.

use readmostly::{EntryState, Inspection, SyncMap};
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};

/// Panics if one of the invariants I1 to I6 of `src/locked.rs` does not hold, or
/// I8: which keys are present. No other thread may be writing.
///
/// I7 is about two states, one after the other: `succession.rs`.
pub(crate) fn invariants_hold<K, V, S>(map: &SyncMap<K, V, S>)
where
    K: Clone + Debug + Eq + Hash,
    V: Clone + Debug + PartialEq,
    S: BuildHasher,
{
    let inside = map.inspect();
    tables_agree(&inside);
    answers_follow(map, &inside);
}

/// I8: a key is present if its entry in `read` has a value, or if `read` has none
/// and that in `dirty` has. Asks nothing that could promote.
fn answers_follow<K, V, S>(map: &SyncMap<K, V, S>, inside: &Inspection<K, V>)
where
    K: Clone + Debug + Eq + Hash,
    V: Clone + Debug + PartialEq,
    S: BuildHasher,
{
    fn value<V>(state: &EntryState<V>) -> Option<&V> {
        match state {
            EntryState::Value(value) => Some(value),
            EntryState::Nil | EntryState::Expunged => None,
        }
    }
    let mut present = 0;
    for (key, state) in &inside.read {
        let expected = value(state);
        assert_eq!(map.get(key).as_deref(), expected, "I8: {inside:?}");
        present += usize::from(expected.is_some());
    }
    let in_read = |key| inside.read.iter().any(|(other, _)| other == key);
    for (key, state) in inside.dirty.iter().flatten() {
        present += usize::from(!in_read(key) && value(state).is_some());
    }
    assert_eq!(map.len(), present, "I8: {inside:?}");
}

fn tables_agree<K, V>(inside: &Inspection<K, V>)
where
    K: Debug + PartialEq,
    V: Clone + Debug + PartialEq,
{
    let state = |entries: &[(K, EntryState<V>)], key: &K| {
        let mut found = entries.iter().filter(|(other, _)| other == key);
        let state = found.next().map(|(_, state)| state.clone());
        assert!(found.next().is_none(), "{key:?} twice: {inside:?}");
        state
    };
    let Some(dirty) = &inside.dirty else {
        assert!(!inside.amended, "I1: {inside:?}");
        for (key, _) in &inside.read {
            let state = state(&inside.read, key);
            assert_ne!(state, Some(EntryState::Expunged), "I4: {inside:?}");
        }
        assert_eq!(inside.misses, 0, "I6: {inside:?}");
        return;
    };
    if !inside.amended {
        assert!(inside.read.is_empty() && dirty.is_empty(), "I2: {inside:?}");
    }
    for (key, _) in &inside.read {
        match (state(&inside.read, key), state(dirty, key)) {
            (Some(EntryState::Expunged), in_dirty) => assert!(in_dirty.is_none(), "I3: {inside:?}"),
            (in_read, in_dirty) => assert_eq!(in_read, in_dirty, "I3: {inside:?}"),
        }
    }
    for (key, _) in dirty {
        let state = state(dirty, key);
        assert_ne!(state, Some(EntryState::Expunged), "I5: {inside:?}");
    }
    let fewer = inside.misses < dirty.len() || (inside.misses, dirty.len()) == (0, 0);
    assert!(fewer, "I6: {inside:?}");
}
