//! A snapshot that was replaced.

use crate::explore::explore;
use crate::world::World;

/// One miss, and `b` is in the read snapshot.
fn amended(w: &World) {
    w.swap('a', 1);
    w.range();
    w.load_and_delete('a');
    w.swap('b', 2);
}

#[test]
fn a_table_is_freed_after_its_last_reader() {
    explore(
        amended,
        [|w| w.flushed(w.load('b')), |w| w.load('b')],
        &["2, 2 → read{b:2} len 1"],
    );
}

/// What the thread remembers has no table any more.
#[test]
fn a_remembered_snapshot_is_not_looked_into_when_its_table_is_gone() {
    explore(
        amended,
        [|w| w.flushed(w.load('b')), |w| w.load_two('a', 'a')],
        &["2, - - → read{b:2} len 1"],
    );
}

#[test]
fn a_renewed_pin_does_not_look_into_what_it_saw_before() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [|w| w.flushed(w.clear()), |w| w.repin_load('a')],
        &["cleared, - → read{} len 0", "cleared, 1 → read{} len 0"],
    );
}
