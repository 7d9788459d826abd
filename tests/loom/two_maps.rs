//! The two maps: the second look, promotion, clear, iteration. The traps are
//! numbered as in `docs/04-the-operations.md`.

use crate::explore::explore;
use crate::worlds::{
    a_and_b_dirty, a_dirty, a_expunged_b_dirty, a_nil, a_nil_b_promoted, a_promoted,
    a_promoted_b_dirty, a_promoted_b_missed_once,
};

/// The second look after locking (trap T1). One look-up promotes while the other waits for the
/// mutex. The other must then find the key in `read`.
#[test]
fn two_misses_of_one_key_both_find_it() {
    explore(
        a_dirty,
        [|w| w.load('a'), |w| w.load('a')],
        &["1, 1 → read{a:1} len 1"],
    );
}

/// Two misses, of which the second promotes.
#[test]
fn two_misses_promote_together() {
    explore(
        a_and_b_dirty,
        [|w| w.load('a'), |w| w.load('b')],
        &["1, 2 → read{a:1 b:2} len 2"],
    );
}

/// The second look of a store (trap T2).
#[test]
fn a_store_finds_its_key_promoted() {
    explore(
        a_dirty,
        [|w| w.load('a'), |w| w.swap('a', 2)],
        &["1, 1 → read{a:2} len 1", "2, 1 → read{a:2} len 1"],
    );
}

/// A new key against a promotion (traps T2 and T8). The dirty map is built from the snapshot
/// that is current under the mutex.
#[test]
fn a_new_key_is_stored_while_the_dirty_map_is_promoted() {
    explore(
        a_dirty,
        [|w| w.load('a'), |w| w.swap('b', 2)],
        &[
            "1, - → read{a:1}+ dirty{a:1 b:2} 0 len 2",
            "1, - → read{}+ dirty{a:1 b:2} 1 len 2",
        ],
    );
}

/// Two new keys after a promotion (trap T9). One of the threads builds the dirty map, and both
/// keys are in it.
#[test]
fn two_new_keys_build_one_dirty_map() {
    explore(
        a_promoted,
        [|w| w.swap('b', 2), |w| w.swap('c', 3)],
        &["-, - → read{a:1}+ dirty{a:1 b:2 c:3} 0 len 3"],
    );
}

/// A thread that has met a new key in `dirty` finds it again (trap T9): `amended` is set before
/// the unlock.
#[test]
fn a_new_key_that_was_met_is_found_again() {
    explore(
        a_promoted,
        [
            |w| w.swap('b', 2),
            |w| format!("{} then {}", w.swap('b', 3), w.load('b')),
        ],
        &[
            "-, 2 then 3 → read{a:1}+ dirty{a:1 b:3} 1 len 2",
            "3, - then 2 → read{a:1}+ dirty{a:1 b:2} 1 len 2",
            "3, - then 3 → read{a:1}+ dirty{a:1 b:2} 1 len 2",
        ],
    );
}

/// The reader may still have the old snapshot, with the expunged entry of `a`. Thread 2 promotes,
/// and so drops that entry.
#[test]
fn a_reader_keeps_its_snapshot_across_a_promotion() {
    explore(
        |w| {
            a_nil_b_promoted(w);
            w.swap('c', 3);
        },
        [|w| w.load_and_keep('b', 'a'), |w| w.range()],
        &["2 -, {b:2 c:3} → read{b:2 c:3} len 2"],
    );
}

/// A removal that finds its key in both maps must leave it in the dirty map (trap T10). If it
/// does not, the store is lost at the next promotion.
#[test]
fn a_key_of_both_maps_is_removed_while_it_is_stored_to() {
    explore(
        a_promoted_b_dirty,
        [|w| w.load_and_delete('a'), |w| w.swap('a', 5)],
        &[
            "1, - → read{a:5}+ dirty{a:5 b:2} 0 len 2",
            "5, 1 → read{a:nil}+ dirty{a:nil b:2} 0 len 1",
        ],
    );
}

/// A key of the dirty map alone (trap T11). Thread 1 removes it, and takes its entry out of the
/// map. That gives thread 1 no claim to the value: thread 2, which removes the key conditionally,
/// may take it.
#[test]
fn a_dirty_key_is_removed_while_it_is_compared_and_removed() {
    explore(
        a_and_b_dirty,
        [|w| w.load_and_delete('a'), |w| w.compare_and_delete('a', 1)],
        &["-, deleted → read{b:2} len 1", "1, kept → read{b:2} len 1"],
    );
}

/// A key of the dirty map alone, conditionally removed and overwritten (trap T12). Its entry must
/// not be taken out of the map before the comparison.
#[test]
fn a_dirty_key_is_compared_and_removed_while_it_is_stored_to() {
    explore(
        a_and_b_dirty,
        [|w| w.compare_and_delete('a', 1), |w| w.swap('a', 5)],
        &[
            "deleted, - → read{}+ dirty{a:5 b:2} 1 len 2",
            "kept, 1 → read{}+ dirty{a:5 b:2} 1 len 2",
        ],
    );
}

/// A key of the dirty map alone, removed and exchanged.
#[test]
fn a_dirty_key_is_removed_while_it_is_exchanged() {
    explore(
        a_and_b_dirty,
        [
            |w| w.load_and_delete('a'),
            |w| w.compare_and_swap('a', 1, 5),
        ],
        &["1, kept → read{b:2} len 1", "5, swapped → read{b:2} len 1"],
    );
}

/// A key of the dirty map alone. The reader may find the entry before the removal takes it out,
/// and load its value after that.
#[test]
fn a_dirty_key_is_removed_while_it_is_read() {
    explore(
        a_and_b_dirty,
        [|w| w.load_and_delete('a'), |w| w.load('a')],
        &["1, - → read{b:2} len 1", "1, 1 → read{b:2} len 1"],
    );
}

/// Clear against a new key (traps T9 and T14): the old keys do not come back.
#[test]
fn a_clear_meets_a_new_key() {
    explore(
        a_promoted,
        [|w| w.clear(), |w| w.swap('c', 3)],
        &[
            "cleared, - → read{} dirty{} 0 len 0",
            "cleared, - → read{}+ dirty{c:3} 0 len 1",
        ],
    );
}

/// Clear against a store that found its entry in the snapshot before the clear. What it stores
/// goes with the clear, and is not counted afterwards.
#[test]
fn a_clear_meets_a_late_store_through_the_old_snapshot() {
    explore(
        a_nil,
        [
            |w| w.clear(),
            |w| format!("{} then {}", w.swap('a', 2), w.load('a')),
        ],
        &[
            "cleared, - then - → read{} len 0",
            "cleared, - then 2 → read{a:2} len 1",
            "cleared, - then 2 → read{} len 0",
        ],
    );
}

/// Clear against a rebuild of the dirty map that expunges.
#[test]
fn a_clear_meets_a_rebuild() {
    explore(
        a_nil_b_promoted,
        [|w| w.clear(), |w| w.swap('c', 3)],
        &[
            "cleared, - → read{} dirty{} 0 len 0",
            "cleared, - → read{}+ dirty{c:3} 0 len 1",
        ],
    );
}

/// Clear against the return of an expunged key (trap T2 again).
#[test]
fn a_clear_meets_the_return_of_an_expunged_key() {
    explore(
        a_expunged_b_dirty,
        [|w| w.clear(), |w| w.load_or_store('a', 3)],
        &[
            "cleared, stored 3 → read{} dirty{} 0 len 0",
            "cleared, stored 3 → read{}+ dirty{a:3} 0 len 1",
        ],
    );
}

/// Clear against a look-up that would promote.
#[test]
fn a_clear_meets_a_promoting_miss() {
    explore(
        a_dirty,
        [|w| w.clear(), |w| w.load('a')],
        &[
            "cleared, - → read{} dirty{} 0 len 0",
            "cleared, 1 → read{} len 0",
        ],
    );
}

/// Two clears.
#[test]
fn two_clears_meet() {
    explore(
        a_promoted_b_dirty,
        [|w| w.clear(), |w| w.clear()],
        &["cleared, cleared → read{} dirty{} 0 len 0"],
    );
}

/// Iteration against a promotion by another thread: its miss is the last that this takes.
#[test]
fn an_iteration_meets_a_promotion() {
    explore(
        a_promoted_b_missed_once,
        [|w| w.range(), |w| w.load('b')],
        &["{a:1 b:2}, 2 → read{a:1 b:2} len 2"],
    );
}

/// Two iterations, each of which would promote.
#[test]
fn two_iterations_promote_once() {
    explore(
        a_promoted_b_dirty,
        [|w| w.range(), |w| w.range()],
        &["{a:1 b:2}, {a:1 b:2} → read{a:1 b:2} len 2"],
    );
}

/// Iteration against a new key.
#[test]
fn an_iteration_meets_a_new_key() {
    explore(
        a_promoted,
        [|w| w.range(), |w| w.swap('b', 2)],
        &[
            "{a:1 b:2}, - → read{a:1 b:2} len 2",
            "{a:1}, - → read{a:1}+ dirty{a:1 b:2} 0 len 2",
        ],
    );
}

/// Iteration against a removal.
#[test]
fn an_iteration_meets_a_removal() {
    explore(
        a_and_b_dirty,
        [|w| w.range(), |w| w.load_and_delete('a')],
        &[
            "{a:1 b:2}, 1 → read{a:nil b:2} len 1",
            "{b:2}, 1 → read{a:nil b:2} len 1",
            "{b:2}, 1 → read{b:2} len 1",
        ],
    );
}

/// Iteration against a clear.
#[test]
fn an_iteration_meets_a_clear() {
    explore(
        a_promoted_b_dirty,
        [|w| w.range(), |w| w.clear()],
        &[
            "{a:1 b:2}, cleared → read{} len 0",
            "{}, cleared → read{} dirty{} 0 len 0",
        ],
    );
}
