//! Errors and panics leave nothing behind, and everything is dropped once.

use crate::fuse::{Place, bangs_after, burn};
use crate::ledger::{FLUSHES, Ledger, Ticket};
use crate::watchdog::watched;
use readmostly::SyncMap;
use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

/// A key whose `Hash` and `Eq` panic on demand.
#[derive(Clone)]
struct Key(u32, Ticket);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfKeys);
        self.1.check();
        other.1.check();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Place::Hash);
        // All keys have the same hash: so each look-up compares.
        0.hash(state);
    }
}

/// Each place, at its first call, its second, and so on, until the call does not come so far.
#[test]
fn a_panic_anywhere_leaves_the_map_whole() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        for place in [Place::Hash, Place::EqOfKeys, Place::Closure] {
            // Whether the key is new, deleted, expunged, known, or known to `dirty` alone.
            for state in 0..5 {
                let mut calls = 0;
                loop {
                    let key = |n| Key(n, LEDGER.issue());
                    let map = SyncMap::new();
                    for n in 0..3 {
                        map.insert(key(n), LEDGER.issue());
                    }
                    map.compact();
                    match state {
                        0 => {}
                        1 => drop(map.insert(key(9), LEDGER.issue())),
                        2 => drop((map.remove(&key(1)), map.insert(key(9), LEDGER.issue()))),
                        3 => drop(map.remove(&key(1))),
                        _ => drop(map.insert(key(8), LEDGER.issue())),
                    }
                    let wanted = [8, 9, 1, 1, 8][state];
                    let banged = bangs_after(calls, place, || {
                        map.get_or_insert_once(key(wanted), || {
                            burn(Place::Closure);
                            LEDGER.issue()
                        });
                    });
                    // The key is not on the list any more: nobody waits for it.
                    map.get_or_insert_once(key(wanted), || LEDGER.issue())
                        .check();
                    map.insert(key(1), LEDGER.issue());
                    assert!(map.get(&key(1)).is_some() && map.get(&key(wanted)).is_some());
                    let len = map.len();
                    assert_eq!(map.into_iter().count(), len);
                    LEDGER.settles_at(0);
                    if !banged {
                        break;
                    }
                    calls += 1;
                }
                let comes_there = !(matches!(place, Place::Closure) && matches!(state, 1 | 4));
                assert_eq!(calls > 0, comes_there, "{place:?} in state {state}");
            }
        }
    });
}

/// `Eq` panics while the value that was made is inserted. The thread that waits for the value
/// goes on, and makes it.
#[test]
fn who_waits_goes_on_after_a_panic_in_the_insertion() {
    /// Whether some thread has found its key on the list. It waits, or will.
    static FOUND: AtomicBool = AtomicBool::new(false);
    thread_local! {
        static PANICS: Cell<bool> = const { Cell::new(false) };
    }
    struct Same(());
    impl Hash for Same {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }
    impl PartialEq for Same {
        fn eq(&self, _: &Self) -> bool {
            if PANICS.get() {
                resume_unwind(Box::new("on purpose"));
            }
            FOUND.store(true, Ordering::Relaxed);
            true
        }
    }
    impl Eq for Same {}
    watched(|| {
        let map = Arc::new(SyncMap::new());
        let (theirs, mut waits) = (Arc::clone(&map), None);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            map.get_or_insert_once(Same(()), || {
                waits = Some(thread::spawn(move || {
                    *theirs.get_or_insert_once(Same(()), || 2)
                }));
                while !FOUND.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                // The insertion compares with this one.
                map.insert(Same(()), 1);
                map.compact();
                map.remove(&Same(()));
                PANICS.set(true);
                1
            });
        }));
        assert!(panicked.is_err());
        let waits = waits.expect("it was begun");
        let mut looks = 0;
        while !waits.is_finished() {
            looks += 1;
            assert!(looks < FLUSHES, "it waits for ever");
            thread::yield_now();
        }
        assert_eq!(waits.join().expect("it does not panic"), 2);
    });
}

#[test]
fn an_error_leaves_nothing_behind() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let map = SyncMap::new();
        let before = format!("{:?}", map.stats().promotions);
        for _ in 0..100 {
            let key = Key(1, LEDGER.issue());
            let made: Result<_, &str> = map.get_or_try_insert_once(key, || Err("no"));
            assert_eq!(
                made.map(|value: readmostly::Ref<'_, _, Ticket>| value.check()),
                Err("no")
            );
        }
        assert!(map.is_empty());
        assert_eq!(format!("{:?}", map.stats().promotions), before);
        LEDGER.settles_at(0);
    });
}

/// A value that loses against an insertion, and the keys of all calls.
#[test]
fn everything_is_dropped_once() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let map = SyncMap::new();
        let (begun, end) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let value = map.get_or_insert_once(Key(1, LEDGER.issue()), || {
                    begun.wait();
                    end.wait();
                    LEDGER.issue()
                });
                value.check();
            });
            begun.wait();
            map.insert(Key(1, LEDGER.issue()), LEDGER.issue());
            end.wait();
        });
        for _ in 0..3 {
            let key = Key(1, LEDGER.issue());
            map.get_or_insert_once(key, || LEDGER.issue()).check();
        }
        LEDGER.settles_at(2);
        drop(map);
        LEDGER.settles_at(0);
    });
}

/// Panics in its drop, once.
struct Bomb<'a>(&'a std::cell::Cell<bool>);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        if self.0.replace(false) {
            std::panic::resume_unwind(Box::new(crate::fuse::Bang));
        }
    }
}

/// What is not needed is dropped while the result is not the caller's yet: a panic there
/// leaves no guard behind.
#[test]
fn a_closure_whose_drop_panics_leaves_no_guard() {
    watched(|| {
        let map = SyncMap::from([(1, 1)]);
        map.insert(2, 2);
        for key in [1, 2] {
            let armed = std::cell::Cell::new(true);
            let bomb = Bomb(&armed);
            assert!(crate::fuse::bangs(|| {
                map.get_or_insert_once(key, move || {
                    let _bomb = &bomb;
                    unreachable!("the key is there")
                });
            }));
            let armed = std::cell::Cell::new(true);
            let bomb = Bomb(&armed);
            assert!(crate::fuse::bangs(|| {
                map.remove_if(&key, move |_, _| {
                    let _bomb = &bomb;
                    true
                });
            }));
            assert!(readmostly::synchronize().is_ok(), "a guard is left");
            map.insert(key, key);
        }
    });
}

/// A destructor of retired garbage may ask for the key that its thread is about to make.
#[test]
fn a_destructor_that_asks_for_the_key_does_not_wait_for_its_own_thread() {
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    static MAP: LazyLock<SyncMap<u32, u32>> = LazyLock::new(SyncMap::new);
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            if std::panic::catch_unwind(|| *MAP.get_or_insert_once(1, || 1)).is_err() {
                REFUSED.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    watched(|| {
        let garbage = SyncMap::new();
        for n in 0..20_000 {
            garbage.insert(n % 3, Asks);
            MAP.get_or_insert_once(1, || 1);
            MAP.remove(&1);
        }
        assert_eq!(REFUSED.load(Ordering::Relaxed), 0);
    });
}
