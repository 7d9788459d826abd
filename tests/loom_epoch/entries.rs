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
    explore(expunged, [|w| w.flushed(w.load('b')), |w| w.load('a')], &[]);
}

#[test]
fn an_expunged_entry_that_comes_back_is_not_freed() {
    explore(
        expunged,
        [|w| w.flushed(w.load('b')), |w| w.swap('a', 3)],
        &[],
    );
}

#[test]
fn an_entry_of_the_dirty_map_is_freed_after_its_last_reader() {
    explore(
        |w| {
            w.swap('a', 1);
            w.swap('b', 2);
        },
        [|w| w.flushed(w.load_and_delete('a')), |w| w.load('a')],
        &[],
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
        &[],
    );
}

/// It goes with the entry, which nobody else can reach by then.
#[test]
fn a_value_that_comes_too_late_for_a_clear_goes_with_its_entry() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [|w| w.flushed(w.clear()), |w| w.swap('a', 2)],
        &[],
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
        &[],
    );
}

#[test]
fn an_iteration_keeps_the_entries_it_walks_over() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [|w| w.flushed(w.clear()), |w| w.range()],
        &[],
    );
}
