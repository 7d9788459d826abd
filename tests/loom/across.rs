//! The promise across keys. Two threads each write one key and then read the other's key: at
//! least one of them finds what the other has written.
//!
//! A SeqCst load reads the newest value here (`be_sequential` in `src/sync/model/`). A write
//! that is weaker than SeqCst takes its word out of the one order of all SeqCst accesses. So
//! these models also find a write that is too weak.

use crate::explore::{self, Actor};
use crate::world::World;
use crate::worlds::{a_promoted, empty};

/// `read{a:1 b:1}`.
fn both_promoted(w: &World) {
    w.swap('a', 1);
    w.swap('b', 1);
    w.range();
}

/// [`explore::explore`], with SeqCst loads that read the newest value.
#[track_caller]
fn explore<const N: usize>(init: fn(&World), actors: [Actor<World>; N], expected: &[&str]) {
    // For the rest of this thread, which runs this test and no other.
    readmostly::internals::be_sequential(true);
    explore::explore(init, actors, expected);
}

#[test]
fn of_two_writers_of_known_keys_one_finds_what_the_other_wrote() {
    explore(
        both_promoted,
        [
            |w| format!("{} {}", w.swap('a', 2), w.load('b')),
            |w| format!("{} {}", w.swap('b', 2), w.load('a')),
        ],
        &[
            "1 1, 1 2 → read{a:2 b:2} len 2",
            "1 2, 1 1 → read{a:2 b:2} len 2",
            "1 2, 1 2 → read{a:2 b:2} len 2",
        ],
    );
}

#[test]
fn of_a_writer_of_a_known_key_and_one_of_a_new_key_one_finds_what_the_other_wrote() {
    explore(
        a_promoted,
        [
            |w| format!("{} {}", w.swap('a', 2), w.load('b')),
            |w| format!("{} {}", w.swap('b', 2), w.load('a')),
        ],
        &[
            "1 -, - 2 → read{a:2}+ dirty{a:2 b:2} 0 len 2",
            "1 2, - 1 → read{a:2}+ dirty{a:2 b:2} 1 len 2",
            "1 2, - 2 → read{a:2}+ dirty{a:2 b:2} 1 len 2",
        ],
    );
}

#[test]
fn of_two_who_remove_known_keys_one_finds_the_others_gone() {
    explore(
        both_promoted,
        [
            |w| format!("{} {}", w.load_and_delete('a'), w.load('b')),
            |w| format!("{} {}", w.load_and_delete('b'), w.load('a')),
        ],
        &[
            "1 -, 1 - → read{a:nil b:nil} len 0",
            "1 -, 1 1 → read{a:nil b:nil} len 0",
            "1 1, 1 - → read{a:nil b:nil} len 0",
        ],
    );
}

#[test]
fn of_two_who_exchange_known_values_one_finds_the_others_new_one() {
    explore(
        both_promoted,
        [
            |w| format!("{} {}", w.compare_and_swap('a', 1, 2), w.load('b')),
            |w| format!("{} {}", w.compare_and_swap('b', 1, 2), w.load('a')),
        ],
        &[
            "swapped 1, swapped 2 → read{a:2 b:2} len 2",
            "swapped 2, swapped 1 → read{a:2 b:2} len 2",
            "swapped 2, swapped 2 → read{a:2 b:2} len 2",
        ],
    );
}

/// A word beside the map takes the place of the other key.
#[test]
fn the_first_key_of_a_map_is_there_for_who_comes_after() {
    explore(
        empty,
        [
            |w| format!("{} {}", w.swap('a', 1), w.announced()),
            |w| {
                w.announce();
                w.load('a')
            },
        ],
        &[
            "- 0, 1 → read{a:1} len 1",
            "- 1, - → read{}+ dirty{a:1} 0 len 1",
            "- 1, 1 → read{a:1} len 1",
        ],
    );
}

#[test]
fn a_clear_is_seen_by_a_held_pin_that_comes_after() {
    explore(
        a_promoted,
        [
            |w| format!("{} {}", w.clear(), w.announced()),
            |w| w.load_announce_load('a'),
        ],
        &[
            "cleared 0, - - → read{} len 0",
            "cleared 0, 1 - → read{} len 0",
            "cleared 1, - - → read{} len 0",
            "cleared 1, 1 - → read{} len 0",
            "cleared 1, 1 1 → read{} len 0",
        ],
    );
}

/// Under a light pin the reader finds the address of a snapshot, and asks that snapshot for its
/// state. The address may be an old one. The first load makes the thread's record.
#[test]
fn a_clear_is_seen_by_a_light_pin_that_comes_after() {
    explore(
        |w| {
            a_promoted(w);
            w.with_light_pins();
        },
        [
            |w| format!("{} {}", w.clear(), w.announced()),
            |w| {
                let first = w.load('a');
                w.announce();
                format!("{first} {}", w.load('a'))
            },
        ],
        &[
            "cleared 0, - - → read{} len 0",
            "cleared 0, 1 - → read{} len 0",
            "cleared 1, - - → read{} len 0",
            "cleared 1, 1 - → read{} len 0",
            "cleared 1, 1 1 → read{} len 0",
        ],
    );
}
