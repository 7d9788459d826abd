//! One actor alone: nothing to explore, and a story of what one call does after the other.

use crate::explore::explore;
use crate::world::World;
use crate::worlds::{
    a_and_b_dirty, a_nil, a_nil_b_promoted, a_promoted, a_promoted_b_dirty, empty,
};

/// What each call saw, in one line.
fn all(saw: impl IntoIterator<Item = String>) -> String {
    saw.into_iter().collect::<Vec<_>>().join(" ")
}

/// New keys go to the dirty map. After as many misses as the dirty map has keys it becomes the
/// snapshot, and no look-up needs the mutex.
#[test]
fn the_first_keys_are_added_and_promoted() {
    explore(
        empty,
        [|w: &World| {
            all([
                w.swap('a', 1),
                w.swap('b', 2),
                w.load('a'),
                w.load('b'),
                w.load('a'),
            ])
        }],
        &["- - 1 2 1 → read{a:1 b:2} len 2"],
    );
}

/// A known key is overwritten, removed and stored to again, without the mutex and in one entry.
#[test]
fn a_known_key_is_overwritten_and_deleted() {
    explore(
        a_promoted,
        [|w: &World| {
            all([
                w.swap('a', 2),
                w.load_and_delete('a'),
                w.load('a'),
                w.swap('a', 3),
            ])
        }],
        &["1 2 - - → read{a:3} len 1"],
    );
}

/// A new key makes the map rebuild its dirty map. The deleted key is left out, and marked. A
/// store brings the deleted key back.
#[test]
fn a_deleted_key_is_left_out_and_brought_back() {
    explore(
        a_nil,
        [|w: &World| all([w.swap('b', 2), w.swap('a', 3), w.load('b'), w.load('b')])],
        &["- - 2 2 → read{a:3 b:2} len 2"],
    );
}

/// `clear` publishes no snapshot, and empties the dirty map.
#[test]
fn a_map_is_cleared_and_filled_again() {
    explore(
        a_promoted_b_dirty,
        [|w: &World| all([w.clear(), w.load('a'), w.swap('c', 3)])],
        &["cleared - - → read{}+ dirty{c:3} 0 len 1"],
    );
}

/// A walk promotes the dirty map at once. The next new key pays for the copy.
#[test]
fn a_walk_promotes() {
    explore(
        a_promoted_b_dirty,
        [|w: &World| all([w.range(), w.swap('c', 3)])],
        &["{a:1 b:2} - → read{a:1 b:2}+ dirty{a:1 b:2 c:3} 0 len 3"],
    );
}

/// A key of the dirty map alone is removed: its entry leaves the dirty map.
#[test]
fn a_key_of_the_dirty_map_is_removed() {
    explore(
        a_and_b_dirty,
        [|w: &World| all([w.load_and_delete('a'), w.load('b')])],
        &["1 2 → read{b:2} len 1"],
    );
}

/// `compact` rebuilds at once, and so drops the entries of deleted keys.
#[test]
fn a_compaction_drops_deleted_keys() {
    explore(
        a_nil_b_promoted,
        [|w: &World| w.compact()],
        &["purged 1 → read{b:2} len 1"],
    );
}
