//! A value that was taken out of its entry.

use crate::explore::{explore, explore_up_to};
use crate::worlds::a_promoted;

#[test]
fn a_replaced_value_is_freed_after_its_last_reader() {
    explore(
        a_promoted,
        [|w| w.flushed(w.swap('a', 2)), |w| w.load('a')],
        &["1, 1 → read{a:2} len 1", "1, 2 → read{a:2} len 1"],
    );
}

#[test]
fn a_removed_value_is_freed_after_its_last_reader() {
    explore(
        a_promoted,
        [|w| w.flushed(w.load_and_delete('a')), |w| w.load('a')],
        &["1, - → read{a:nil} len 0", "1, 1 → read{a:nil} len 0"],
    );
}

/// An item shares the pin of its iterator. The iterator ends before the item is looked at.
#[test]
fn a_removed_value_is_freed_after_the_item_that_has_it() {
    explore(
        a_promoted,
        [|w| w.flushed(w.load_and_delete('a')), |w| w.first_item()],
        &["1, {} → read{a:nil} len 0", "1, {a:1} → read{a:nil} len 0"],
    );
}

/// The first value of an entry stands in the entry's memory. Whichever of the two is reclaimed
/// last frees that memory.
#[test]
fn a_first_value_and_its_entry_are_reclaimed_in_any_order() {
    explore_up_to(
        3,
        |w| {
            w.swap('a', 1);
            w.swap('b', 1);
            // Two batches. They come due when the epoch has moved on once more.
            w.with_pin(|| {
                w.handed_over("nothing".into());
                w.handed_over(w.swap('a', 2));
                w.handed_over(w.load_and_delete('a'));
            });
        },
        [
            |w| w.handed_over("freed".into()),
            |w| w.handed_over("freed".into()),
        ],
        &["freed, freed → read{b:1} len 1"],
    );
}
