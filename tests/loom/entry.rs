//! One model, or more, for each transition of an entry's word.
//!
//! An outcome ends with the map: `read{…}`, with `+` if it is amended; `dirty{…}` and the
//! misses, if there is a dirty map; the count.

use crate::explore::explore;
use crate::worlds::{
    a_dirty, a_expunged_b_dirty, a_nil, a_nil_and_b_dirty, a_promoted, a_promoted_b_nil, empty,
};

/// new → value.
#[test]
fn a_new_key_is_seen_whole_or_not_at_all() {
    explore(
        a_promoted,
        [|w| w.swap('b', 2), |w| w.load('b')],
        &[
            "-, - → read{a:1}+ dirty{a:1 b:2} 0 len 2",
            "-, 2 → read{a:1}+ dirty{a:1 b:2} 1 len 2",
        ],
    );
}

/// new → value, as the first key of the map.
#[test]
fn the_first_key_of_a_map_is_seen_whole_or_not_at_all() {
    explore(
        empty,
        [|w| w.swap('a', 1), |w| w.load('a')],
        &[
            "-, - → read{}+ dirty{a:1} 0 len 1",
            "-, 1 → read{a:1} len 1",
        ],
    );
}

/// new → value, twice at once: one key gets one entry.
#[test]
fn two_stores_of_one_new_key_make_one_entry() {
    explore(
        empty,
        [|w| w.swap('a', 1), |w| w.swap('a', 2)],
        &[
            "-, 1 → read{}+ dirty{a:2} 0 len 1",
            "2, - → read{}+ dirty{a:1} 0 len 1",
        ],
    );
}

/// new → value, twice at once: the second insertion is refused.
#[test]
fn of_two_insertions_of_one_new_key_one_is_refused() {
    explore(
        empty,
        [|w| w.load_or_store('a', 1), |w| w.load_or_store('a', 2)],
        &[
            "loaded 2, stored 2 → read{a:2} len 1",
            "stored 1, loaded 1 → read{a:1} len 1",
        ],
    );
}

/// value → value, without the mutex.
#[test]
fn a_known_key_is_overwritten_while_it_is_read() {
    explore(
        a_promoted,
        [|w| w.swap('a', 2), |w| w.load('a')],
        &["1, 1 → read{a:2} len 1", "1, 2 → read{a:2} len 1"],
    );
}

/// value → value, without the mutex, twice at once: each value is handed out
/// once.
#[test]
fn two_overwrites_of_one_key_follow_each_other() {
    explore(
        a_promoted,
        [|w| w.swap('a', 2), |w| w.swap('a', 3)],
        &["1, 2 → read{a:3} len 1", "3, 1 → read{a:2} len 1"],
    );
}

/// value → value, under the mutex: the key is in the dirty map alone.
#[test]
fn a_value_written_under_the_mutex_carries_what_was_written_before_it() {
    explore(
        a_dirty,
        [|w| w.swap('a', 2), |w| w.load_two_pinned('a', 'a')],
        &[
            "1, 1 1 → read{a:2} len 1",
            "1, 1 2 → read{a:2} len 1",
            "1, 2 2 → read{a:2} len 1",
        ],
    );
}

/// value → value, by two exchanges that expect the same value: one of them finds it.
#[test]
fn of_two_exchanges_of_one_value_one_succeeds() {
    explore(
        a_promoted,
        [
            |w| w.compare_and_swap('a', 1, 5),
            |w| w.compare_and_swap('a', 1, 6),
        ],
        &[
            "kept, swapped → read{a:6} len 1",
            "swapped, kept → read{a:5} len 1",
        ],
    );
}

/// value → nil.
#[test]
fn a_key_is_removed_while_it_is_read() {
    explore(
        a_promoted,
        [|w| w.load_and_delete('a'), |w| w.load('a')],
        &["1, - → read{a:nil} len 0", "1, 1 → read{a:nil} len 0"],
    );
}

/// value → nil, twice at once.
#[test]
fn two_removals_of_one_key_take_it_once() {
    explore(
        a_promoted,
        [|w| w.load_and_delete('a'), |w| w.load_and_delete('a')],
        &["-, 1 → read{a:nil} len 0", "1, - → read{a:nil} len 0"],
    );
}

/// value → nil, by a removal that expects a value.
#[test]
fn a_conditional_removal_spares_the_newer_value() {
    explore(
        a_promoted,
        [|w| w.compare_and_delete('a', 1), |w| w.swap('a', 5)],
        &["deleted, - → read{a:5} len 1", "kept, 1 → read{a:5} len 1"],
    );
}

/// nil → value, without the mutex.
#[test]
fn a_deleted_key_comes_back_while_it_is_read() {
    explore(
        a_nil,
        [|w| w.swap('a', 2), |w| w.load('a')],
        &["-, - → read{a:2} len 1", "-, 2 → read{a:2} len 1"],
    );
}

/// nil → value, twice at once: the second is refused.
#[test]
fn of_two_insertions_of_one_deleted_key_one_is_refused() {
    explore(
        a_nil,
        [
            |w| w.load_or_store('a', 2),
            |w| w.load_or_store_with('a', 3),
        ],
        &[
            "loaded 3, stored 3 → read{a:3} len 1",
            "stored 2, loaded 2 → read{a:2} len 1",
        ],
    );
}

/// nil → value, under the mutex: the deleted key is in the dirty map alone.
#[test]
fn a_deleted_key_of_the_dirty_map_comes_back_while_it_is_read() {
    explore(
        a_nil_and_b_dirty,
        [|w| w.swap('a', 3), |w| w.load('a')],
        &["-, - → read{a:3 b:2} len 2", "-, 3 → read{a:3 b:2} len 2"],
    );
}

/// nil → expunged, against nil → value. Thread 2 builds the dirty map. If thread 1 has stored
/// before, the entry is copied. If not, thread 2 marks the entry, and thread 1 puts it back in
/// the dirty map. Either way both maps have the value, and a promotion keeps it.
#[test]
fn a_deleted_key_is_stored_to_while_the_dirty_map_is_built() {
    explore(
        a_nil,
        [|w| w.swap('a', 5), |w| w.swap('c', 6)],
        &["-, - → read{a:5}+ dirty{a:5 c:6} 0 len 2"],
    );
}

/// nil → expunged, against value → nil.
#[test]
fn a_key_is_removed_while_the_dirty_map_is_built() {
    explore(
        a_promoted_b_nil,
        [|w| w.load_and_delete('a'), |w| w.swap('c', 6)],
        &[
            "1, - → read{a:X b:X}+ dirty{c:6} 0 len 1",
            "1, - → read{a:nil b:X}+ dirty{a:nil c:6} 0 len 1",
        ],
    );
}

/// expunged → nil → value.
#[test]
fn an_expunged_key_is_seen_again_after_a_store() {
    explore(
        a_expunged_b_dirty,
        [|w| w.swap('a', 3), |w| w.load_two_pinned('a', 'a')],
        &[
            "-, - - → read{a:3}+ dirty{a:3 b:2} 0 len 2",
            "-, - 3 → read{a:3}+ dirty{a:3 b:2} 0 len 2",
            "-, 3 3 → read{a:3}+ dirty{a:3 b:2} 0 len 2",
        ],
    );
}

/// expunged → nil → value, twice at once.
#[test]
fn of_two_insertions_of_one_expunged_key_one_is_refused() {
    explore(
        a_expunged_b_dirty,
        [
            |w| w.load_or_store('a', 3),
            |w| w.load_or_store_with('a', 4),
        ],
        &[
            "loaded 4, stored 4 → read{a:4}+ dirty{a:4 b:2} 0 len 2",
            "stored 3, loaded 3 → read{a:3}+ dirty{a:3 b:2} 0 len 2",
        ],
    );
}

/// expunged → nil → value, against the promotion that drops the entry.
#[test]
fn an_expunged_key_is_stored_to_while_its_entry_is_dropped() {
    explore(
        a_expunged_b_dirty,
        [|w| w.swap('a', 3), |w| w.load('b')],
        &[
            "-, 2 → read{a:3}+ dirty{a:3 b:2} 1 len 2",
            "-, 2 → read{b:2}+ dirty{a:3 b:2} 0 len 2",
        ],
    );
}
