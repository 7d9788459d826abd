//! Each thread has keys of its own, so each knows what every one of its calls must
//! come to, whatever the other threads do. A failure means that a call took one
//! thread's key for another's, or lost a write.

use crate::hashers::Hashers;
use crate::watchdog::watched;
use crate::ways::{Calls, Conditionally, Way, by_both_ways, by_every_way};
use crate::{THREADS, together};

/// Keys of each thread.
const KEYS: u64 = if cfg!(miri) { 4 } else { 12 };
const ROUNDS: u64 = if cfg!(miri) { 3 } else { 40 };

/// What a key has before the threads begin.
fn first_value(key: u64) -> u64 {
    key << 32
}

fn keys_of(thread: u64) -> impl Iterator<Item = u64> + Clone {
    (0..KEYS).map(move |n| n * THREADS + thread)
}

/// Runs `act` on each thread for each round and key of its own, twice: on a map
/// whose keys are all new, and on one that has settled. All keys are present at
/// first.
///
/// In each round a key of the thread's comes and goes, so that the two tables of a
/// `SyncMap` are built and promoted all the time.
fn in_turns<W: Way, S: Hashers>(act: impl Fn(&W::Calls<'_, S>, u64, u64) + Sync) {
    for settled in [false, true] {
        let map = W::make::<S>();
        let all = 0..KEYS * THREADS;
        for key in all.clone() {
            let absent = W::calls::<S>(&map).insert(key, first_value(key));
            assert_eq!(absent, None);
        }
        if settled {
            W::settle::<S>(&map, all);
        }
        together(|thread| {
            let calls = W::calls::<S>(&map);
            for round in 0..ROUNDS {
                let passing = 1_000 + round * THREADS + thread;
                assert_eq!(calls.insert(passing, round), None);
                for key in keys_of(thread) {
                    act(&calls, key, round);
                }
                assert_eq!(calls.remove(passing), Some(round));
            }
        });
    }
}

fn each_value_is_exchanged_once<W: Way, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert!(!calls.exchange(key, now + 1, now + 2), "not there yet");
            assert!(calls.exchange(key, now, now + 1));
            assert!(!calls.exchange(key, now, now + 2), "not there any more");
            assert_eq!(calls.get(key), Some(now + 1));
        });
    });
}

fn a_removed_key_is_not_exchanged<W: Way, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert!(calls.exchange(key, now, now + 1));
            assert_eq!(calls.remove(key), Some(now + 1));
            assert!(!calls.exchange(key, now + 1, now + 2), "it is gone");
            assert_eq!(calls.get(key), None);
            assert_eq!(calls.insert(key, now + 1), None);
        });
    });
}

fn an_overwrite_gives_back_what_was_there<W: Way, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert_eq!(calls.insert(key, now + 1), Some(now));
            assert!(!calls.insert_if_absent(key, now + 2));
            assert_eq!(calls.get(key), Some(now + 1));
        });
    });
}

fn an_overwrite_finds_nothing_after_a_removal<W: Way, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert_eq!(calls.insert(key, now + 1), Some(now));
            assert_eq!(calls.remove(key), Some(now + 1));
            assert_eq!(calls.insert(key, now), None);
            assert_eq!(calls.insert(key, now + 1), Some(now));
        });
    });
}

fn a_removal_gives_back_the_value_once<W: Way, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert_eq!(calls.remove(key), Some(now));
            assert_eq!(calls.remove(key), None);
            assert!(calls.insert_if_absent(key, now + 1));
            assert!(!calls.insert_if_absent(key, now + 2));
        });
    });
}

fn a_conditional_removal_takes_the_value_it_names<W: Conditionally, S: Hashers>() {
    watched(|| {
        in_turns::<W, S>(|calls, key, round| {
            let now = first_value(key) + round;
            assert!(!W::compare_remove::<S>(calls, key, now + 1), "not there");
            assert_eq!(calls.get(key), Some(now));
            assert!(W::compare_remove::<S>(calls, key, now));
            assert!(!W::compare_remove::<S>(calls, key, now), "it is gone");
            assert_eq!(calls.insert(key, now + 1), None);
        });
    });
}

by_every_way! {
    each_value_is_exchanged_once
    a_removed_key_is_not_exchanged
    an_overwrite_gives_back_what_was_there
    an_overwrite_finds_nothing_after_a_removal
    a_removal_gives_back_the_value_once
}

by_both_ways! {
    a_conditional_removal_takes_the_value_it_names
}
