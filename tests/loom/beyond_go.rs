//! The operations that Go does not have.

use crate::explore::explore;
use crate::worlds::{a_and_b_dirty, a_nil_b_promoted, a_promoted, empty};

#[test]
fn two_updates_of_one_key_both_count() {
    explore(
        a_promoted,
        [|w| w.update('a', 10), |w| w.update('a', 20)],
        &["11, 31 → read{a:31} len 1", "31, 21 → read{a:31} len 1"],
    );
}

/// Thread 1 finds the entry in the dirty map. Thread 2 takes the entry out of there. Thread 1
/// may still write to the entry; then thread 2 gets the newer value.
#[test]
fn an_update_meets_the_removal_of_a_dirty_key() {
    explore(
        a_and_b_dirty,
        [|w| w.update('a', 10), |w| w.load_and_delete('a')],
        &["-, 1 → read{b:2} len 1", "11, 11 → read{b:2} len 1"],
    );
}

#[test]
fn two_computations_each_take_one_away() {
    explore(
        |w| {
            w.swap('a', 2);
            w.range();
        },
        [|w| w.compute_down('a'), |w| w.compute_down('a')],
        &[
            "2→1, removed 1 → read{a:nil} len 0",
            "removed 1, 2→1 → read{a:nil} len 0",
        ],
    );
}

#[test]
fn two_lazy_insertions_of_one_new_key_agree() {
    explore(
        empty,
        [
            |w| w.load_or_store_with('a', 1),
            |w| w.load_or_store_with('a', 2),
        ],
        &[
            "loaded 2, stored 2 → read{a:2} len 1",
            "stored 1, loaded 1 → read{a:1} len 1",
        ],
    );
}

/// Either the purge drops the entry of the deleted key, or the store brings it back first.
#[test]
fn a_purge_meets_the_return_of_a_deleted_key() {
    explore(
        a_nil_b_promoted,
        [|w| w.compact(), |w| w.swap('a', 3)],
        &[
            "purged 0, - → read{a:3 b:2} len 2",
            "purged 1, - → read{b:2}+ dirty{a:3 b:2} 0 len 2",
        ],
    );
}

/// The purge drops the entry of `a` while a reader looks `a` up.
#[test]
fn a_purge_meets_a_reader() {
    explore(
        a_nil_b_promoted,
        [|w| w.compact(), |w| w.load_and_keep('b', 'a')],
        &["purged 1, 2 - → read{b:2} len 1"],
    );
}

#[test]
fn a_purge_meets_a_removal() {
    explore(
        a_nil_b_promoted,
        [|w| w.compact(), |w| w.load_and_delete('b')],
        &[
            "purged 1, 2 → read{b:nil} len 0",
            "purged 2, 2 → read{} len 0",
        ],
    );
}

/// An inspection, too, sees each value whole.
#[test]
fn an_inspection_meets_an_overwrite() {
    explore(
        a_promoted,
        [|w| w.to_string(), |w| w.swap('a', 2)],
        &[
            "read{a:1} len 1, 1 → read{a:2} len 1",
            "read{a:2} len 1, 1 → read{a:2} len 1",
        ],
    );
}
