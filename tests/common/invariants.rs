//! What holds of the two maps whenever the mutex is free.

use readmostly::{EntryState, SyncMap};
use std::fmt::Debug;

/// Panics if one of the invariants I1 to I6 of `src/locked.rs` does not hold. No
/// other thread may be writing.
pub(crate) fn invariants_hold<K, V, S>(map: &SyncMap<K, V, S>)
where
    K: Clone + Debug + PartialEq,
    V: Clone + Debug + PartialEq,
{
    let inside = map.inspect();
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
