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

/// Its `Ref` holds the pin while others come and go.
#[test]
fn a_ref_keeps_its_value_while_others_are_read() {
    explore(
        known,
        [
            |w| w.flushed(w.load_and_delete('a')),
            |w| w.load_and_keep('a', 'b'),
        ],
        &["1, - - → read{a:nil} len 0", "1, 1 - → read{a:nil} len 0"],
    );
}

/// The first value stands in the entry's memory: whichever of the two is reclaimed
/// last frees that.
#[test]
fn a_first_value_and_its_entry_are_reclaimed_in_any_order() {
    explore(
        |w| {
            w.swap('a', 1);
            w.swap('b', 1);
            // In two batches, neither of which is freed yet.
            w.with_pin(|| {
                w.handed_over(w.swap('a', 2));
                w.handed_over(w.load_and_delete('a'));
            });
        },
        [|w| w.flushed(String::new()), |w| w.flushed(String::new())],
        &[", → read{b:1} len 1"],
    );
}
