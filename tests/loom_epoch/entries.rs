//! An entry that has left the last table.

use crate::explore::explore;
use crate::world::World;

/// `a` is expunged, `b` in the dirty map: one miss, and `a` is dropped.
fn expunged(w: &World) {
    w.swap('a', 1);
    w.range();
    w.load_and_delete('a');
    w.swap('b', 2);
}

#[test]
fn an_expunged_entry_is_freed_after_its_last_reader() {
    explore(
        expunged,
        [|w| w.flushed(w.load('b')), |w| w.load('a')],
        &["2, - → read{b:2} len 1"],
    );
}

#[test]
fn an_entry_of_the_dirty_map_is_freed_after_its_last_reader() {
    explore(
        |w| {
            w.swap('a', 1);
            w.swap('b', 2);
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
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [|w| w.flushed(w.clear()), |w| w.load('a')],
        &["cleared, - → read{} len 0", "cleared, 1 → read{} len 0"],
    );
}

#[test]
fn purged_entries_are_freed_after_their_last_reader() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
            w.load_and_delete('a');
        },
        [|w| w.flushed(w.compact()), |w| w.load('a')],
        &["purged 1, - → read{} len 0"],
    );
}
