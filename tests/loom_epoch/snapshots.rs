//! A snapshot that was replaced.

use crate::explore::explore_up_to;
use crate::worlds::a_expunged_b_dirty;

#[test]
fn a_table_is_freed_after_its_last_reader() {
    explore_up_to(
        3,
        a_expunged_b_dirty,
        [|w| w.flushed(w.load('b')), |w| w.load('b')],
        &["2, 2 → read{b:2} len 1"],
    );
}

/// The reader may have loaded the address of a snapshot whose table is freed meanwhile.
#[test]
fn a_superseded_snapshot_is_not_looked_into_when_its_table_is_gone() {
    explore_up_to(
        3,
        a_expunged_b_dirty,
        [|w| w.flushed(w.load('b')), |w| w.load_two('a', 'a')],
        &["2, - - → read{b:2} len 1"],
    );
}

#[test]
fn a_renewed_pin_does_not_look_into_what_it_saw_before() {
    explore_up_to(
        3,
        a_expunged_b_dirty,
        [|w| w.flushed(w.load('b')), |w| w.load_repin_load('a')],
        &["2, - - → read{b:2} len 1"],
    );
}
