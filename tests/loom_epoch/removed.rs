//! Values and pairs that the caller owns, taken out when every guard is gone that could reach
//! them.
//!
//! `owned` says that the caller got the value itself: its destructor runs at once. `lent`
//! says that a guard may have been in the way: the value is retired instead.

use crate::explore::{explore, explore_up_to};
use crate::world::World;
use crate::worlds::{a_and_b_dirty, a_promoted};

fn a_and_b_promoted(w: &World) {
    a_and_b_dirty(w);
    w.range();
}

fn a_promoted_light(w: &World) {
    a_promoted(w);
    w.flushed(String::new());
    w.with_light_pins();
    w.take_part();
}

#[test]
fn a_value_is_taken_out_when_its_reader_is_gone() {
    explore(
        a_promoted,
        [|w| w.remove_and_own('a'), |w| w.load('a')],
        &[
            "1 lent, - → read{a:nil} len 0",
            "1 lent, 1 → read{a:nil} len 0",
            "1 owned, - → read{a:nil} len 0",
            "1 owned, 1 → read{a:nil} len 0",
        ],
    );
}

#[test]
fn a_value_is_taken_out_when_its_light_reader_is_gone() {
    explore_up_to(
        3,
        a_promoted_light,
        [|w| w.remove_and_own('a'), |w| w.load('a')],
        &[
            "1 lent, - → read{a:nil} len 0",
            "1 lent, 1 → read{a:nil} len 0",
            "1 owned, - → read{a:nil} len 0",
            "1 owned, 1 → read{a:nil} len 0",
        ],
    );
}

/// The first thread may rely on the grace period that the second one began. That one waits for
/// the reader only if it began after the first thread's removal.
#[test]
fn a_grace_period_of_another_thread_is_enough_if_it_is_later() {
    explore(
        a_and_b_promoted,
        [
            |w| w.remove_and_own('a'),
            |w| w.remove_and_own('b'),
            |w| w.load('a'),
        ],
        &[
            "1 lent, 2 lent, 1 → read{a:nil b:nil} len 0",
            "1 lent, 2 owned, 1 → read{a:nil b:nil} len 0",
            "1 owned, 2 lent, - → read{a:nil b:nil} len 0",
            "1 owned, 2 lent, 1 → read{a:nil b:nil} len 0",
            "1 owned, 2 owned, - → read{a:nil b:nil} len 0",
            "1 owned, 2 owned, 1 → read{a:nil b:nil} len 0",
        ],
    );
}

/// The second value of an entry has an allocation of its own.
#[test]
fn a_second_value_is_taken_out_too() {
    explore_up_to(
        3,
        |w| {
            a_promoted(w);
            w.flushed(w.swap('a', 2));
        },
        [|w| w.remove_and_own('a'), |w| w.load('a')],
        &[
            "2 lent, - → read{a:nil} len 0",
            "2 lent, 2 → read{a:nil} len 0",
            "2 owned, - → read{a:nil} len 0",
            "2 owned, 2 → read{a:nil} len 0",
        ],
    );
}

/// A store that came late, through the snapshot that was taken, is among what was taken.
#[test]
fn a_late_store_is_among_what_was_taken() {
    explore_up_to(
        3,
        a_promoted,
        [|w| w.take_all_and_own(), |w| w.swap('a', 2)],
        &[
            "lent, - → read{}+ dirty{a:2} 0 len 1",
            "lent, 1 → read{} len 0",
            "{a:1} owned, - → read{}+ dirty{a:2} 0 len 1",
            "{a:2} owned, 1 → read{} len 0",
        ],
    );
}

/// A removal that came late has its value, and what was taken has it not.
#[test]
fn a_value_is_removed_or_taken_and_never_both() {
    explore_up_to(
        3,
        a_promoted,
        [|w| w.take_all_and_own(), |w| w.load_and_delete('a')],
        &[
            "lent, - → read{} len 0",
            "lent, 1 → read{} len 0",
            "{a:1} owned, - → read{} len 0",
            "{} owned, 1 → read{} len 0",
        ],
    );
}

/// Thread 2 ends a grace period of its own, and then reads. If that grace period ended before
/// thread 1 took the pairs, it says nothing about that read.
#[test]
fn pairs_are_taken_when_a_reader_that_came_between_is_gone() {
    explore_up_to(
        2,
        a_and_b_promoted,
        [
            |w| w.take_all_and_own(),
            |w| format!("{} {}", w.remove_and_own('b'), w.load('a')),
        ],
        &[
            "lent, - - → read{} len 0",
            "lent, 2 lent - → read{} len 0",
            "lent, 2 lent 1 → read{} len 0",
            "lent, 2 owned - → read{} len 0",
            "lent, 2 owned 1 → read{} len 0",
            "{a:1 b:2} owned, - - → read{} len 0",
            "{a:1} owned, 2 lent - → read{} len 0",
            "{a:1} owned, 2 lent 1 → read{} len 0",
            "{a:1} owned, 2 owned - → read{} len 0",
            "{a:1} owned, 2 owned 1 → read{} len 0",
        ],
    );
}

/// Both remove: one of them has the value.
#[test]
fn two_removals_do_not_both_own_a_value() {
    explore_up_to(
        3,
        a_promoted,
        [|w| w.remove_and_own('a'), |w| w.remove_and_own('a')],
        &[
            "-, 1 lent → read{a:nil} len 0",
            "-, 1 owned → read{a:nil} len 0",
            "1 lent, - → read{a:nil} len 0",
            "1 owned, - → read{a:nil} len 0",
        ],
    );
}
