//! An entry that no table has any more.

use crate::explore::{explore, explore_up_to};
use crate::worlds::{a_and_b_dirty, a_expunged_b_dirty, a_nil, a_promoted};

#[test]
fn an_expunged_entry_is_freed_after_its_last_reader() {
    explore(
        a_expunged_b_dirty,
        [|w| w.flushed(w.load('b')), |w| w.load('a')],
        &["2, - → read{b:2} len 1"],
    );
}

#[test]
fn an_entry_of_the_dirty_map_is_freed_after_its_last_reader() {
    explore(
        |w| {
            a_and_b_dirty(w);
            w.swap('c', 3);
            w.swap('d', 4);
        },
        [|w| w.flushed(w.load_and_delete('a')), |w| w.load('a')],
        &[
            "1, - → read{}+ dirty{b:2 c:3 d:4} 2 len 3",
            "1, 1 → read{}+ dirty{b:2 c:3 d:4} 2 len 3",
        ],
    );
}

#[test]
fn cleared_entries_are_freed_after_their_last_reader() {
    explore(
        a_promoted,
        [|w| w.flushed(w.clear()), |w| w.load('a')],
        &["cleared, - → read{} len 0", "cleared, 1 → read{} len 0"],
    );
}

#[test]
fn purged_entries_are_freed_after_their_last_reader() {
    explore_up_to(
        3,
        a_nil,
        [|w| w.flushed(w.compact()), |w| w.load('a')],
        &["purged 1, - → read{} len 0"],
    );
}
