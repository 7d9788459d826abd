//! The order between keys: of `insert(a); get(b) ∥ insert(b); get(a)`, not both
//! look-ups may miss the other's insert. See `docs/orderings.md`.
//!
//! A litmus test on real threads: it can only fail on a machine that shows the
//! reordering, and then not every time. A failure means that the promise is
//! broken.

#![cfg(not(loom))]

use readmostly::SyncMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const ROUNDS: u64 = 20_000;

/// Runs `one` and `other` at the same time, once a round, as near to each other
/// as two threads come, and counts the rounds in which neither saw the other.
fn both_missed(
    prepare: impl Fn() + Sync,
    one: impl Fn(u64) -> bool + Sync,
    other: impl Fn(u64) -> bool + Sync,
) -> usize {
    let arrived = AtomicU64::new(0);
    // Spinning, since a barrier would let go of one long before the other.
    let meet = |meeting: u64| {
        arrived.fetch_add(1, Ordering::SeqCst);
        let mut spins = 0;
        while arrived.load(Ordering::SeqCst) < 2 * meeting {
            spins += 1;
            if spins % 10_000 == 0 {
                thread::yield_now();
            }
            std::hint::spin_loop();
        }
    };
    let other_saw = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                meet(2 * round - 1);
                other_saw.store(other(round), Ordering::Relaxed);
                meet(2 * round);
            }
        });
        let mut missed = 0;
        for round in 1..=ROUNDS {
            prepare();
            meet(2 * round - 1);
            let one_saw = one(round);
            meet(2 * round);
            missed += usize::from(!one_saw && !other_saw.load(Ordering::Relaxed));
        }
        missed
    })
}

#[test]
fn two_known_keys_one_shot() {
    let map = SyncMap::from([("a", 0), ("b", 0)]);
    let insert_and_see = |mine, yours, round| {
        map.insert(mine, round);
        *map.get(yours).unwrap() == round
    };
    let missed = both_missed(
        || {},
        |round| insert_and_see("a", "b", round),
        |round| insert_and_see("b", "a", round),
    );
    assert_eq!(missed, 0);
}

#[test]
fn two_known_keys_under_a_held_pin() {
    let map = SyncMap::from([("a", 0), ("b", 0)]);
    let insert_and_see = |mine, yours, round| {
        let pinned = map.pin();
        pinned.insert(mine, round);
        pinned.get(yours) == Some(&round)
    };
    let missed = both_missed(
        || {},
        |round| insert_and_see("a", "b", round),
        |round| insert_and_see("b", "a", round),
    );
    assert_eq!(missed, 0);
}

/// The known key is overwritten without the mutex, the new one is inserted with
/// it, and the snapshot was just promoted, so that its insertion is what says
/// that it is amended.
#[test]
fn a_known_key_and_a_new_one() {
    let map = SyncMap::from([("a", 0)]);
    let missed = both_missed(
        || {
            map.remove("b");
            map.compact();
        },
        |round| {
            let pinned = map.pin();
            pinned.insert("a", round);
            pinned.get("b") == Some(&round)
        },
        |round| {
            let pinned = map.pin();
            pinned.insert("b", round);
            pinned.get("a") == Some(&round)
        },
    );
    assert_eq!(missed, 0);
}

#[test]
fn two_new_keys() {
    let map = SyncMap::new();
    let insert_and_see = |mine, yours, round| {
        let pinned = map.pin();
        pinned.insert(mine, round);
        pinned.get(yours) == Some(&round)
    };
    let missed = both_missed(
        || map.clear(),
        |round| insert_and_see("a", "b", round),
        |round| insert_and_see("b", "a", round),
    );
    assert_eq!(missed, 0);
}
