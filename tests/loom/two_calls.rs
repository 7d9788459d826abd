//! One call of one thread against two calls of another.
//!
//! What an operation does under the mutex must be done before the unlock. If some of it is
//! done after the unlock, one call of another thread cannot always show that. Most of these
//! models need two calls. Either the first call promotes the dirty map, and the second adds a
//! key: its rebuild marks the entry that the operation has left unfinished. Or the first call
//! is a `clear`, and the second adds a key.

use crate::explore::explore;
use crate::world::World;
use crate::worlds::{
    a_and_b_dirty, a_dirty, a_expunged_b_dirty, a_nil, a_nil_and_b_dirty, a_nil_b_promoted,
    a_promoted, a_promoted_b_nil, empty,
};
use readmostly::internals::take_turns_at_numbers_too;

/// Promotes the dirty map, and then rebuilds it for a new key.
fn promote_and_rebuild(w: &World) -> String {
    format!("{} {}", w.range(), w.swap('c', 4))
}

/// The same, where the next miss promotes.
fn miss_and_rebuild(w: &World) -> String {
    format!("{} {}", w.load('b'), w.swap('c', 4))
}

/// The store brings the entry back, as nil at first. If it stores after the unlock, the
/// promotion publishes the nil, the rebuild marks it, and the store meets the tombstone.
#[test]
fn an_expunged_key_is_stored_to_while_others_promote_and_rebuild() {
    explore(
        a_expunged_b_dirty,
        [|w| w.swap('a', 3), promote_and_rebuild],
        &[
            "-, {a:3 b:2} - → read{a:3 b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
            "-, {b:2} - → read{b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
        ],
    );
}

/// An insertion brings the entry back in the same way.
#[test]
fn an_expunged_key_is_inserted_while_others_promote_and_rebuild() {
    explore(
        a_expunged_b_dirty,
        [|w| w.load_or_store('a', 3), promote_and_rebuild],
        &[
            "stored 3, {a:3 b:2} - → read{a:3 b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
            "stored 3, {b:2} - → read{b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
        ],
    );
}

/// So does an insertion that makes its value only after it has found none. It stores the value
/// in a second round.
#[test]
fn an_expunged_key_is_inserted_lazily_while_others_promote_and_rebuild() {
    explore(
        a_expunged_b_dirty,
        [|w| w.load_or_store_with('a', 3), promote_and_rebuild],
        &[
            "stored 3, {a:3 b:2} - → read{a:3 b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
            "stored 3, {b:2} - → read{b:2}+ dirty{a:3 b:2 c:4} 0 len 3",
        ],
    );
}

/// So does a computation.
#[test]
fn an_expunged_key_is_computed_while_others_promote_and_rebuild() {
    explore(
        a_expunged_b_dirty,
        [|w| w.compute_up('a'), promote_and_rebuild],
        &[
            "inserted, {a:1 b:2} - → read{a:1 b:2}+ dirty{a:1 b:2 c:4} 0 len 3",
            "inserted, {b:2} - → read{b:2}+ dirty{a:1 b:2 c:4} 0 len 3",
            "inserted, {b:2} - → read{b:2}+ dirty{a:1 b:2 c:4} 1 len 3",
        ],
    );
}

/// The store finds a nil in the dirty map alone. If it stores after the unlock, the
/// promotion publishes the nil, and the rebuild marks it.
#[test]
fn a_deleted_dirty_key_is_stored_to_while_others_promote_and_rebuild() {
    explore(
        a_nil_and_b_dirty,
        [|w| w.swap('a', 3), miss_and_rebuild],
        &["-, 2 - → read{a:3 b:2}+ dirty{a:3 b:2 c:4} 0 len 3"],
    );
}

/// An insertion finds the nil too. It counts its miss after it has stored, and before the
/// unlock.
#[test]
fn a_deleted_dirty_key_is_inserted_while_others_promote_and_rebuild() {
    explore(
        a_nil_and_b_dirty,
        [|w| w.load_or_store('a', 3), miss_and_rebuild],
        &["stored 3, 2 - → read{a:3 b:2}+ dirty{a:3 b:2 c:4} 0 len 3"],
    );
}

/// If the removal takes its entry out of the dirty map after the unlock, it comes too late: the
/// promotion has published the entry, and the rebuild has copied it.
#[test]
fn a_dirty_key_is_removed_while_others_promote_and_rebuild() {
    explore(
        a_and_b_dirty,
        [|w| w.load_and_delete('a'), promote_and_rebuild],
        &[
            "1, {a:1 b:2} - → read{a:X b:2}+ dirty{b:2 c:4} 0 len 2",
            "1, {a:1 b:2} - → read{a:nil b:2}+ dirty{a:nil b:2 c:4} 0 len 2",
            "1, {b:2} - → read{a:X b:2}+ dirty{b:2 c:4} 0 len 2",
            "1, {b:2} - → read{a:nil b:2}+ dirty{a:nil b:2 c:4} 0 len 2",
            "1, {b:2} - → read{b:2}+ dirty{b:2 c:4} 0 len 2",
        ],
    );
}

/// If the store stores after the unlock, the removal may have taken its entry out of the map.
#[test]
fn a_dirty_key_is_stored_to_while_it_is_removed_and_inserted() {
    explore(
        a_and_b_dirty,
        [
            |w| w.swap('a', 3),
            |w| format!("{} {}", w.load_and_delete('a'), w.load_or_store('a', 5)),
        ],
        &[
            "-, 1 loaded 3 → read{b:2}+ dirty{a:3 b:2} 1 len 2",
            "1, 3 stored 5 → read{b:2}+ dirty{a:5 b:2} 0 len 2",
            "5, 1 stored 5 → read{b:2}+ dirty{a:3 b:2} 0 len 2",
        ],
    );
}

/// The computation finds a nil in the dirty map alone, and decides without the mutex. By
/// then the removal may have taken the entry out.
#[test]
fn a_deleted_dirty_key_is_computed_while_it_is_removed() {
    explore(
        |w| {
            a_nil_and_b_dirty(w);
            w.swap('c', 3);
        },
        [|w| w.compute_up('a'), |w| w.load_and_delete('a')],
        &[
            "inserted, - → read{b:2 c:3}+ dirty{a:1 b:2 c:3} 0 len 3",
            "inserted, 1 → read{a:nil b:2 c:3} len 2",
        ],
    );
}

/// Thread 1 counts its key in the generation to which it has added the key. The clear may have
/// ended that generation by then.
#[test]
fn the_first_key_meets_a_clear_and_a_new_key() {
    // Both threads load the address of the snapshot that they then replace.
    take_turns_at_numbers_too(true);
    explore(
        empty,
        [
            |w| w.swap('a', 1),
            |w| format!("{} {}", w.clear(), w.swap('b', 2)),
        ],
        &[
            "-, cleared - → read{}+ dirty{a:1 b:2} 0 len 2",
            "-, cleared - → read{}+ dirty{b:2} 0 len 1",
        ],
    );
    take_turns_at_numbers_too(false);
}

/// Thread 2 adds its key to the same dirty map, and promotes it. If thread 1 adds its key after
/// the unlock, it comes too late.
#[test]
fn a_new_key_meets_another_and_a_promotion() {
    explore(
        a_promoted,
        [
            |w| w.swap('b', 2),
            |w| format!("{} {}", w.swap('c', 3), w.range()),
        ],
        &[
            "-, - {a:1 b:2 c:3} → read{a:1 b:2 c:3} len 3",
            "-, - {a:1 c:3} → read{a:1 c:3}+ dirty{a:1 b:2 c:3} 0 len 3",
        ],
    );
}

/// `b` is deleted before the rebuild, and `a` after it. So `a` stays in the dirty map, and a
/// thread that adds a key must not mark the entry of `a`.
#[test]
fn a_new_key_meets_another_and_the_removal_of_a_known_one() {
    explore(
        a_promoted_b_nil,
        [
            |w| w.swap('c', 3),
            |w| format!("{} {}", w.swap('d', 4), w.load_and_delete('a')),
        ],
        &["-, - 1 → read{a:nil b:X}+ dirty{a:nil c:3 d:4} 0 len 2"],
    );
}

/// If `clear` empties the dirty map after the unlock, the new key is published together with
/// the old one. Then it is cleared, and is not counted.
#[test]
fn a_clear_meets_a_new_key_and_a_look_up_of_an_old_one() {
    explore(
        a_dirty,
        [
            |w| w.clear(),
            |w| format!("{} {}", w.swap('b', 2), w.load('a')),
        ],
        &[
            "cleared, - - → read{b:2} len 1",
            "cleared, - - → read{} dirty{} 0 len 0",
            "cleared, - 1 → read{} dirty{} 0 len 0",
        ],
    );
}

/// The purge promotes twice under one lock. If it unlocks in between, it goes on with a snapshot
/// that may no longer be the current one.
#[test]
fn a_purge_meets_a_new_key_and_a_promotion() {
    explore(
        a_nil_b_promoted,
        [
            |w| w.compact(),
            |w| format!("{} {}", w.swap('c', 3), w.range()),
        ],
        &[
            "purged 0, - {b:2 c:3} → read{b:2 c:3} len 2",
            "purged 1, - {b:2 c:3} → read{b:2 c:3} len 2",
        ],
    );
}

/// The iteration replaces the snapshot that is current under the mutex. The clear may have
/// replaced the one that the iteration saw before the lock.
#[test]
fn an_iteration_meets_a_clear_and_a_new_key() {
    explore(
        a_dirty,
        [
            |w| w.range(),
            |w| format!("{} {}", w.clear(), w.swap('a', 2)),
        ],
        &[
            "{a:1}, cleared - → read{}+ dirty{a:2} 0 len 1",
            "{a:2}, cleared - → read{a:2} len 1",
            "{}, cleared - → read{}+ dirty{a:2} 0 len 1",
        ],
    );
}

/// Thread 1 stores its value, and counts the key after that. In between, thread 2 may remove the
/// key and count the removal. The count is below zero then, and `len` returns 0.
#[test]
fn a_removal_is_counted_before_the_store_it_followed() {
    explore(
        a_nil,
        [
            |w| w.swap('a', 2),
            |w| format!("{} {}", w.load_and_delete('a'), w.len()),
        ],
        &[
            "-, - len 0 → read{a:2} len 1",
            "-, - len 1 → read{a:2} len 1",
            "-, 2 len 0 → read{a:nil} len 0",
        ],
    );
}
