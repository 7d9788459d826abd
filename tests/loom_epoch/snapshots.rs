//! A snapshot that was replaced.

use crate::explore::explore;
use crate::world::World;

/// An iteration promotes.
fn amended(w: &World) {
    w.swap('a', 1);
    w.range();
    w.swap('b', 2);
}

#[test]
fn a_promoted_over_table_is_freed_after_its_last_reader() {
    explore(amended, [|w| w.flushed(w.range()), |w| w.load('a')], &[]);
}

/// What the thread remembers has no table any more.
#[test]
fn a_remembered_snapshot_is_not_looked_into_when_its_table_is_gone() {
    explore(
        amended,
        [|w| w.flushed(w.range()), |w| w.load_two('a', 'a')],
        &[],
    );
}

#[test]
fn a_renewed_pin_does_not_look_into_what_it_saw_before() {
    explore(
        amended,
        [|w| w.flushed(w.range()), |w| w.load_repin_load('a')],
        &[],
    );
}
