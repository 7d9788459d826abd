//! What holds of the read snapshots of a map, one after the other.

use readmostly::EntryState;
use std::fmt::Debug;

/// What was done between two looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// Operations on keys, walks, look-ups.
    Ordinary,
    /// A rebuild and a promotion at once.
    Compact,
    /// Everything was taken out.
    Clear,
}

/// Panics unless I7 holds: an entry stays in all later snapshots until it has
/// been expunged, and leaves with the next promotion; or until the map is
/// cleared.
pub(crate) fn read_keeps_its_keys<K, V>(
    before: &[(K, EntryState<V>)],
    after: &[(K, EntryState<V>)],
    change: Change,
) where
    K: Debug + PartialEq,
    V: Debug,
{
    if change == Change::Clear {
        return;
    }
    for (key, state) in before {
        let may_leave = match state {
            EntryState::Expunged => true,
            EntryState::Nil => change == Change::Compact,
            EntryState::Value(_) => false,
        };
        let stays = after.iter().any(|(other, _)| other == key);
        assert!(
            stays || may_leave,
            "I7, {key:?}: {before:?}, then {after:?}"
        );
    }
}
