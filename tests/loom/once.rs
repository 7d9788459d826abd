//! Values that are made once: `get_or_insert_once`.

use crate::explore::explore;
use crate::worlds::{a_and_b_dirty, a_nil, a_promoted, empty};

#[test]
fn of_two_makers_of_one_new_key_one_makes() {
    explore(
        empty,
        [|w| w.make_once('a', 1), |w| w.make_once('a', 2)],
        &[
            "found 2, made 2 → read{a:2} len 1",
            "found 2, made 2 → read{}+ dirty{a:2} 0 len 1",
            "made 1, found 1 → read{a:1} len 1",
            "made 1, found 1 → read{}+ dirty{a:1} 0 len 1",
        ],
    );
}

#[test]
fn of_two_makers_of_a_deleted_key_one_makes() {
    explore(
        a_nil,
        [|w| w.make_once('a', 1), |w| w.make_once('a', 2)],
        &[
            "found 2, made 2 → read{a:2} len 1",
            "made 1, found 1 → read{a:1} len 1",
        ],
    );
}

/// Thread 1 fails. Thread 2, if it waited, makes the value.
#[test]
fn a_maker_that_fails_leaves_the_key_to_the_next() {
    explore(
        empty,
        [|w| w.fail_once('a'), |w| w.make_once('a', 2)],
        &[
            "failed, made 2 → read{}+ dirty{a:2} 0 len 1",
            "found 2, made 2 → read{a:2} len 1",
            "found 2, made 2 → read{}+ dirty{a:2} 0 len 1",
        ],
    );
}

/// The value of an insertion that comes meanwhile stays.
#[test]
fn a_maker_meets_an_insertion() {
    explore(
        empty,
        [|w| w.make_once('a', 1), |w| w.swap('a', 2)],
        &[
            "found 2, - → read{a:2} len 1",
            "found 2, - → read{}+ dirty{a:2} 0 len 1",
            "made 1, 1 → read{}+ dirty{a:2} 0 len 1",
            "made 2, - → read{a:2} len 1",
        ],
    );
}

/// If the key is removed, its value may be made once more.
#[test]
fn a_maker_meets_a_removal() {
    explore(
        a_promoted,
        [|w| w.make_once('a', 2), |w| w.load_and_delete('a')],
        &[
            "found 1, 1 → read{a:nil} len 0",
            "made 2, 1 → read{a:2} len 1",
        ],
    );
}

/// The reader finds the value or not. It does not wait.
#[test]
fn a_reader_meets_a_maker() {
    explore(
        a_and_b_dirty,
        [|w| w.make_once('c', 3), |w| w.load('c')],
        &[
            "made 3, - → read{}+ dirty{a:1 b:2 c:3} 1 len 3",
            "made 3, 3 → read{}+ dirty{a:1 b:2 c:3} 1 len 3",
        ],
    );
}

/// A clear comes between the making and the next call.
#[test]
fn a_maker_meets_a_clear() {
    explore(
        a_promoted,
        [|w| w.make_once('a', 2), |w| w.clear()],
        &[
            "found 1, cleared → read{} len 0",
            "made 2, cleared → read{}+ dirty{a:2} 0 len 1",
        ],
    );
}
