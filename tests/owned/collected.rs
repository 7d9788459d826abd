//! Counters that threads change in place, through references, while another thread collects
//! and resets them: no change is lost.

use crate::one_at_a_time::watched;
use readmostly::SyncMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const THREADS: u64 = 3;
const KEYS: u64 = 7;

/// How many additions: ten million, in an optimised build.
const ADDITIONS: u64 = if cfg!(debug_assertions) {
    300_000
} else {
    10_000_000
};

/// Adds on three threads, and calls `collect` on this one until they have ended. The result
/// is the sum of what `collect` has collected.
fn added(map: &SyncMap<u64, AtomicU64>, collect: impl Fn() -> u64) -> u64 {
    let each = ADDITIONS / THREADS;
    let mut collected = 0;
    thread::scope(|scope| {
        let adders: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    for n in 0..each {
                        let key = (n + thread) % KEYS;
                        map.get_or_insert_with(key, || AtomicU64::new(0))
                            .fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        while !adders.iter().all(|adder| adder.is_finished()) {
            collected += collect();
        }
    });
    collected + collect()
}

#[test]
fn all_that_is_taken_at_once_has_every_addition() {
    watched(|| {
        let map = SyncMap::new();
        let sum = added(&map, || {
            let all = map.take_all().wait().expect("no guard of this thread");
            all.map(|(_, counter)| counter.into_inner()).sum()
        });
        assert_eq!(sum, ADDITIONS / THREADS * THREADS);
    });
}

#[test]
fn what_is_removed_key_by_key_has_every_addition() {
    watched(|| {
        let map = SyncMap::new();
        let sum = added(&map, || {
            let removed: Vec<_> = (0..KEYS).filter_map(|key| map.remove_owned(&key)).collect();
            let owned = removed
                .into_iter()
                .map(|removed| removed.wait().expect("no guard"));
            owned.map(AtomicU64::into_inner).sum()
        });
        assert_eq!(sum, ADDITIONS / THREADS * THREADS);
    });
}

/// Values that writers overwrite and remove meanwhile: each one that was put in comes out once,
/// of an overwrite, of a removal, or of what was taken.
#[test]
fn each_value_comes_out_once() {
    const WRITES: u64 = 100_000;
    watched(|| {
        let map = SyncMap::new();
        let done = AtomicBool::new(false);
        let (mut sum, mut count) = (0, 0);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|thread| {
                    let map = &map;
                    scope.spawn(move || {
                        let (mut sum, mut count) = (0, 0);
                        for n in 0..WRITES {
                            let old = if n % 3 == 2 {
                                map.remove(&(n % KEYS))
                            } else {
                                map.insert(n % KEYS, thread * WRITES + n)
                            };
                            sum += old.as_deref().copied().unwrap_or(0);
                            count += u64::from(old.is_some());
                        }
                        (sum, count)
                    })
                })
                .collect();
            let taker = scope.spawn(|| {
                let (mut sum, mut count) = (0, 0);
                let mut last = false;
                loop {
                    for (_, n) in map.take_all().wait().expect("no guard") {
                        sum += n;
                        count += 1;
                    }
                    if last {
                        return (sum, count);
                    }
                    last = done.load(Ordering::Acquire);
                }
            });
            for writer in writers {
                let (theirs, values) = writer.join().expect("it does not panic");
                sum += theirs;
                count += values;
            }
            done.store(true, Ordering::Release);
            let (theirs, values) = taker.join().expect("it does not panic");
            sum += theirs;
            count += values;
        });
        let puts = |thread: u64| {
            (0..WRITES)
                .filter(|n| n % 3 != 2)
                .map(move |n| thread * WRITES + n)
        };
        assert_eq!(count, puts(0).chain(puts(1)).count() as u64);
        assert_eq!(sum, puts(0).chain(puts(1)).sum::<u64>());
    });
}
