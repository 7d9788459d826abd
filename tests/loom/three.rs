//! Three actors, in every order.

use crate::explore::explore;
use crate::worlds::{a_dirty, a_expunged_b_dirty, a_promoted};

#[test]
fn a_known_key_is_stored_removed_and_read() {
    explore(
        a_promoted,
        [
            |w| w.swap('a', 2),
            |w| w.load_and_delete('a'),
            |w| w.load('a'),
        ],
        &[
            "-, 1, - → read{a:2} len 1",
            "-, 1, 1 → read{a:2} len 1",
            "-, 1, 2 → read{a:2} len 1",
            "1, 2, - → read{a:nil} len 0",
            "1, 2, 1 → read{a:nil} len 0",
            "1, 2, 2 → read{a:nil} len 0",
        ],
    );
}

/// Trap T8: the dirty map is built from the snapshot that is current under the mutex, not from
/// one that was seen before the lock.
#[test]
fn a_new_key_meets_two_promoting_misses() {
    explore(
        a_dirty,
        [|w| w.load('a'), |w| w.swap('b', 2), |w| w.load('a')],
        &[
            "1, -, 1 → read{a:1 b:2} len 2",
            "1, -, 1 → read{a:1}+ dirty{a:1 b:2} 0 len 2",
        ],
    );
}

#[test]
fn a_new_key_meets_an_expunged_one_and_a_promoting_miss() {
    explore(
        a_expunged_b_dirty,
        [|w| w.swap('c', 3), |w| w.swap('a', 4), |w| w.load('b')],
        &[
            "-, -, 2 → read{a:4}+ dirty{a:4 b:2 c:3} 1 len 3",
            "-, -, 2 → read{b:2}+ dirty{a:4 b:2 c:3} 0 len 3",
        ],
    );
}

#[test]
fn a_clear_meets_a_store_and_a_load() {
    explore(
        a_promoted,
        [|w| w.clear(), |w| w.swap('a', 2), |w| w.load('a')],
        &[
            "cleared, -, - → read{}+ dirty{a:2} 0 len 1",
            "cleared, -, 1 → read{}+ dirty{a:2} 0 len 1",
            "cleared, -, 2 → read{a:2} len 1",
            "cleared, 1, - → read{} len 0",
            "cleared, 1, 1 → read{} len 0",
            "cleared, 1, 2 → read{} len 0",
        ],
    );
}

/// One overwrite waits for the mutex, and then finds its key promoted. It replaces what the
/// other overwrite has stored without the mutex.
#[test]
fn a_promoted_key_is_stored_to_both_ways() {
    explore(
        a_dirty,
        [|w| w.load('a'), |w| w.swap('a', 2), |w| w.swap('a', 3)],
        &[
            "1, 1, 2 → read{a:3} len 1",
            "1, 3, 1 → read{a:2} len 1",
            "2, 1, 2 → read{a:3} len 1",
            "2, 3, 1 → read{a:2} len 1",
            "3, 1, 2 → read{a:3} len 1",
            "3, 3, 1 → read{a:2} len 1",
        ],
    );
}
