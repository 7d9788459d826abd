//! A value that was taken out of its entry.

use crate::explore::explore;
use crate::world::World;

fn known(w: &World) {
    w.swap('a', 1);
    w.range();
}

#[test]
fn a_replaced_value_is_freed_after_its_last_reader() {
    explore(
        known,
        [|w| w.flushed(w.swap('a', 2)), |w| w.load('a')],
        &["1, 1 → read{a:2} len 1", "1, 2 → read{a:2} len 1"],
    );
}

#[test]
fn a_removed_value_is_freed_after_its_last_reader() {
    explore(
        known,
        [|w| w.flushed(w.load_and_delete('a')), |w| w.load('a')],
        &["1, - → read{a:nil} len 0", "1, 1 → read{a:nil} len 0"],
    );
}

/// Both values that a call gives back are kept while it looks at them.
#[test]
fn the_values_of_a_compute_are_freed_after_it_has_looked() {
    explore(
        |w| {
            w.swap('a', 2);
            w.range();
        },
        [|w| w.flushed(w.swap('a', 5)), |w| w.compute_down('a')],
        &["1, 2→1 → read{a:5} len 1", "2, 5→4 → read{a:4} len 1"],
    );
}

#[test]
fn a_ref_keeps_its_value_while_others_are_read() {
    explore(
        known,
        [
            |w| w.flushed(w.load_and_delete('a')),
            |w| w.load_and_keep('a', 'a'),
        ],
        &[
            "1, - - → read{a:nil} len 0",
            "1, 1 - → read{a:nil} len 0",
            "1, 1 1 → read{a:nil} len 0",
        ],
    );
}

#[test]
fn a_pin_keeps_what_it_has_seen_until_it_is_renewed() {
    explore(
        known,
        [|w| w.flushed(w.swap('a', 2)), |w| w.load_repin_load('a')],
        &[
            "1, 1 1 → read{a:2} len 1",
            "1, 1 2 → read{a:2} len 1",
            "1, 2 2 → read{a:2} len 1",
        ],
    );
}

/// The first value stands in the entry's memory: whichever of the two is reclaimed
/// last frees that.
#[test]
fn a_first_value_and_its_entry_are_reclaimed_in_any_order() {
    explore(
        |w| {
            w.swap('a', 1);
        },
        [
            |w| w.flushed(w.swap('a', 2)),
            |w| w.flushed(w.load_and_delete('a')),
        ],
        &["1, 2 → len 0"],
    );
}
