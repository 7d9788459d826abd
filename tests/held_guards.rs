//! Writes do not pile up garbage: who retires collects, under a held guard too,
//! as long as that is renewed now and then (rule M8).
//!
//! Measured in bytes, by the allocator. crossbeam-epoch collects by itself only
//! in an outermost pin, and then only what was handed over to it; without the
//! crate's own collecting each of these tests would leave all it replaces behind.
#![cfg(not(loom))]

#[path = "common/bytes.rs"]
mod bytes;

use readmostly::{Operation, Pinned, SyncMap};
use std::hash::RandomState;
use std::ops::ControlFlow;
use std::panic;
use std::sync::{Barrier, Mutex, PoisonError, mpsc};
use std::thread;

/// How many writes: 40 MB of values.
const WRITES: usize = 400_000;

/// As many where each of them takes longer: 10 MB.
const FEWER: usize = 100_000;

/// What may be in use at any time above what there was at the start. A thread
/// collects every 64 retirements; what it retires is freed three or so
/// collections later. That is far less.
const BOUND: isize = 4_000_000;

/// How often a held guard is renewed.
const RENEWED_EVERY: usize = 64;

type Value = [u8; 100];
type Map = SyncMap<usize, Value>;
type Pin<'m> = Pinned<'m, usize, Value, RandomState>;

fn value(n: usize) -> Value {
    [n as u8; 100]
}

/// The known keys.
const KEYS: usize = 8;

/// Runs `writes` on a map of 8 keys, alone in the process, and asserts how much memory is
/// in use meanwhile and after a flush. It runs on a thread that is joined, and `writes`
/// joins its own: neither a scope nor the test harness waits for thread-locals, which own
/// some memory and pin once more.
fn bounded(what: &str, writes: impl FnOnce(&Map) + Send) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = thread::scope(|scope| scope.spawn(|| is_bounded(what, writes)).join());
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic));
}

fn is_bounded(what: &str, writes: impl FnOnce(&Map)) {
    let map: Map = (0..KEYS).map(|n| (n, value(n))).collect();
    while !map.flush() {}
    let start = bytes::restart_peak();
    writes(&map);
    let peak = bytes::peak() - start;
    while !map.flush() {}
    let rest = bytes::live() - start;
    println!("{what}: {peak} bytes above the start at the peak, {rest} after a flush");
    assert!(peak < BOUND, "{what}: {peak} bytes");
    // The queue nodes of a bag or two, and the bag itself.
    assert!(
        rest < 100_000,
        "{what}: {rest} bytes are still there after a flush"
    );
    assert_eq!(map.len(), KEYS);
}

#[test]
fn overwrites_under_a_pin_that_is_renewed_by_repin_are_freed() {
    bounded("overwrites, repin", |map| {
        let mut pinned = map.pin();
        for n in 0..WRITES {
            if n % RENEWED_EVERY == 0 {
                pinned.repin();
            }
            assert!(pinned.insert(n % KEYS, value(n)).is_some());
        }
    });
}

#[test]
fn overwrites_under_a_pin_that_is_renewed_by_a_new_one_are_freed() {
    bounded("overwrites, a new pin", |map| {
        for n in 0..WRITES / RENEWED_EVERY {
            let pinned = map.pin();
            for n in n..n + RENEWED_EVERY {
                assert!(pinned.insert(n % KEYS, value(n)).is_some());
            }
        }
    });
}

#[test]
fn one_shot_overwrites_are_freed() {
    bounded("overwrites, one-shot", |map| {
        for n in 0..WRITES {
            assert!(map.insert(n % KEYS, value(n)).is_some());
        }
    });
}

#[test]
fn exchanges_under_a_pin_are_freed() {
    bounded("update, compute and compare_exchange, repin", |map| {
        let mut pinned = map.pin();
        for n in 0..FEWER / 4 {
            if n % (RENEWED_EVERY / 4) == 0 {
                pinned.repin();
            }
            let key = n % KEYS;
            pinned.update(&key, |_| value(0)).unwrap();
            pinned.compare_exchange(&key, &value(0), value(1)).unwrap();
            pinned.compute(key, |_| Operation::<_, ()>::Insert(value(2)));
            pinned.remove_if(&key, |_, _| true).unwrap();
            pinned.get_or_insert(key, value(3));
        }
    });
}

/// In its entry, and with an allocation of its own; moved out, and dropped unasked.
#[test]
fn owned_values_are_freed() {
    bounded("removals by value", |map| {
        let small = SyncMap::new();
        for n in 0..FEWER / 4 {
            small.insert(n, [7_u8; 40]);
            let removed = small.remove_owned(&n).expect("it is there");
            if n % 4 == 0 {
                assert_eq!(removed.wait().expect("no guard"), [7; 40]);
            }
            let removed = map.remove_owned(&(n % KEYS)).expect("it is there");
            if n % 4 == 1 {
                assert!(removed.wait().is_ok());
            }
            map.insert(n % KEYS, value(n));
            if n % 1_000 == 0 {
                drop(small.take_all());
                (0..1_000).for_each(|n| drop(small.insert(n, [8; 40])));
                assert!(
                    small
                        .take_all()
                        .wait()
                        .is_ok_and(|all| all.count() == 1_000)
                );
            }
        }
    });
}

#[test]
fn removals_and_insertions_are_freed() {
    bounded("removals and insertions, one-shot", |map| {
        for n in 0..FEWER {
            assert!(map.remove(&(n % KEYS)).is_some());
            map.insert(n % KEYS, value(n));
        }
    });
    bounded("removals and insertions, repin", |map| {
        let mut pinned = map.pin();
        for n in 0..FEWER {
            if n % RENEWED_EVERY == 0 {
                pinned.repin();
            }
            assert!(pinned.remove(&(n % KEYS)).is_some());
            pinned.insert(n % KEYS, value(n));
        }
    });
}

/// New keys that go again, by way of `dirty`: their entries are retired too.
#[test]
fn short_lived_keys_are_freed() {
    bounded("new keys and their removal, repin", |map| {
        let mut pinned = map.pin();
        for n in 0..FEWER / 4 {
            if n % RENEWED_EVERY == 0 {
                pinned.repin();
            }
            pinned.insert(1_000 + n, value(n));
            assert!(pinned.remove(&(1_000 + n)).is_some());
        }
    });
}

#[test]
fn cleared_maps_are_freed() {
    bounded("clear, repin", |map| {
        let mut pinned = map.pin();
        for n in 0..FEWER / 8 {
            if n % (RENEWED_EVERY / 8) == 0 {
                pinned.repin();
            }
            for key in 0..KEYS {
                pinned.insert(key, value(n));
            }
            if n + 1 < FEWER / 8 {
                pinned.clear();
            }
        }
    });
}

/// Five thousand entries at a time, 620 kB: they count one by one, however few
/// deferred calls free them.
#[test]
fn large_cleared_maps_are_freed() {
    bounded("clear of 5,000 new keys, repin", |map| {
        let mut pinned = map.pin();
        for _ in 0..30 {
            for key in 0..5_000 {
                pinned.insert(key, value(key));
            }
            pinned.clear();
            pinned.repin();
        }
        for key in 0..KEYS {
            pinned.insert(key, value(key));
        }
    });
}

/// Every round copies the table and promotes it, 150 kB each: tables count for
/// their size, not as one object of 64. The keys and values alone are 1.5 MB.
#[test]
fn replaced_tables_are_freed() {
    const MANY: usize = 10_000;
    fn rounds(map: &Map, mut promote: impl FnMut(&Map)) {
        for n in 0..MANY {
            map.insert(1_000 + n, value(n));
        }
        for n in 0..100 {
            map.insert(1_000_000 + n, value(n));
            promote(map);
            map.remove(&(1_000_000 + n));
        }
        map.retain(|key, _| *key < KEYS);
        map.compact();
    }
    bounded("promotions, one-shot", |map| {
        rounds(map, |map| _ = map.for_each(|_, _| ControlFlow::Break(())));
    });
    // The thread that promotes does nothing else: a reader.
    bounded("promotions by a reader", |map| {
        let (ask, asked) = std::sync::mpsc::sync_channel::<()>(0);
        let (say, said) = std::sync::mpsc::sync_channel(0);
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                for () in asked {
                    let mut pinned = map.pin();
                    assert!(pinned.iter().next().is_some());
                    pinned.repin();
                    drop(pinned);
                    say.send(()).unwrap();
                }
            });
            rounds(map, |_| {
                ask.send(()).unwrap();
                said.recv().unwrap();
            });
            drop(ask);
            reader.join().unwrap();
        });
    });
}

/// A look-up under a pin may be the last call of its thread, and promote. So it hands the
/// table over that it replaced.
#[test]
fn tables_that_look_ups_replace_are_freed() {
    tables_are_freed(|pinned, misses| {
        (0..misses).for_each(|_| assert!(pinned.get(&usize::MAX).is_none()));
    });
}

#[test]
fn tables_that_look_ups_of_many_keys_replace_are_freed() {
    tables_are_freed(|pinned, misses| {
        for _ in 0..misses.div_ceil(20) {
            assert!(
                pinned
                    .get_many([&usize::MAX; 20])
                    .iter()
                    .all(Option::is_none)
            );
        }
    });
}

/// `look_up` looks an absent key up, at least so many times.
fn tables_are_freed(look_up: impl Fn(&Pin<'_>, usize) + Sync) {
    const MANY: usize = 8_000;
    const THREADS: usize = 40;
    bounded("promotions by readers that then are idle", |map| {
        for n in 0..MANY {
            map.insert(1_000 + n, value(n));
        }
        map.compact();
        thread::scope(|scope| {
            let (mut ends, mut threads) = (Vec::new(), Vec::new());
            for n in 0..THREADS {
                map.remove(&(1_000_000 + n));
                map.insert(1_000_001 + n, value(n));
                // So many misses, and the last of them promotes.
                let misses = map.len();
                let (say, said) = mpsc::channel();
                let (end, may_end) = mpsc::channel::<()>();
                let look_up = &look_up;
                threads.push(scope.spawn(move || {
                    let pinned = map.pin();
                    look_up(&pinned, misses);
                    drop(pinned);
                    say.send(()).unwrap();
                    // Idle until the end.
                    let _ = may_end.recv();
                }));
                said.recv().unwrap();
                ends.push(end);
            }
            drop(ends);
            for thread in threads {
                thread.join().unwrap();
            }
        });
        map.retain(|key, _| *key < KEYS);
        map.compact();
    });
}

/// Two threads, in step: neither can get far ahead while the other one is kept
/// from running with its guard in hand, which would hold everything up.
fn from_two_threads(writes: impl Fn(usize) + Sync) {
    const STEP: usize = 1_000;
    let in_step = Barrier::new(2);
    thread::scope(|scope| {
        let threads = [0, 1].map(|thread| {
            let (writes, in_step) = (&writes, &in_step);
            scope.spawn(move || {
                for step in 0..FEWER / STEP / 2 {
                    in_step.wait();
                    for n in 0..STEP {
                        writes(2 * (step * STEP + n) + thread);
                    }
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_two_threads_write_is_freed() {
    bounded("overwrites by two threads, one-shot", |map| {
        from_two_threads(|n| _ = map.insert(n % KEYS, value(n)));
    });
    bounded("removals and insertions by two threads, one-shot", |map| {
        from_two_threads(|n| {
            map.remove(&(n % KEYS));
            map.insert(n % KEYS, value(n));
        });
    });
}

#[test]
fn what_two_threads_write_under_pins_is_freed() {
    bounded("overwrites by two threads, repin", |map| {
        const STEP: usize = 1_000;
        let in_step = Barrier::new(2);
        thread::scope(|scope| {
            let write = || {
                let mut pinned = map.pin();
                for n in 0..FEWER / 2 {
                    if n % RENEWED_EVERY == 0 {
                        pinned.repin();
                    }
                    if n % STEP == 0 {
                        in_step.wait();
                    }
                    assert!(pinned.insert(n % KEYS, value(n)).is_some());
                }
            };
            for thread in [(); 2].map(|()| scope.spawn(write)) {
                thread.join().unwrap();
            }
        });
    });
}
