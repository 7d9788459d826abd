//! A snapshot that was replaced.

use crate::explore::{explore, explore_up_to};
use crate::worlds::a_expunged_b_dirty;
use readmostly::internals::hand_over;
use std::cell::Cell;

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

thread_local! {
    /// How far a model has come that goes in stages. Outside the model: a thread that waits
    /// for a stage learns nothing of what the other one wrote. loom runs all threads of a model
    /// on one.
    static STAGE: Cell<u32> = const { Cell::new(0) };
}

/// The other thread may go on from here.
fn reach(stage: u32) {
    STAGE.set(stage);
}

fn wait_for(stage: u32) {
    while STAGE.get() < stage {
        loom::thread::yield_now();
    }
}

/// 1. Thread 1: pins an empty map.
/// 2. Thread 2: inserts a key and promotes it. Its first snapshot is retired, and the epoch
///    moves on by one.
/// 3. Thread 1: renews its pin. Meanwhile thread 2 lets the epoch move on once more, and the
///    first snapshot is freed.
///
/// Thread 1 must not find the first snapshot, which it has not seen before. It waits in
/// between, since loom passes over these orders otherwise: both threads load what they then
/// write.
#[test]
fn a_renewed_pin_does_not_find_what_was_retired_before() {
    explore(
        |_| reach(0),
        [
            |w| {
                w.load_around_a_renewal('a', || {
                    reach(1);
                    wait_for(2);
                    reach(3);
                })
            },
            |w| {
                wait_for(1);
                let (stored, seen) = (w.swap('a', 1), w.load('a'));
                hand_over();
                reach(2);
                wait_for(3);
                hand_over();
                format!("{stored} {seen}")
            },
        ],
        &["- 1, - 1 → read{a:1} len 1"],
    );
}
