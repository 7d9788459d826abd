//! While a value is being made, only calls that want it made wait.

use crate::ledger::FLUSHES;
use crate::same_hash::Same;
use crate::watchdog::watched;
use readmostly::SyncMap;
use std::hash::BuildHasherDefault;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread;

/// `meanwhile` runs while another thread makes the value of "new" as 1. The result is the
/// value that it got.
fn meanwhile(map: &SyncMap<&'static str, u32>, meanwhile: impl FnOnce()) -> u32 {
    let (begun, end) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let maker = scope.spawn(|| {
            let value = map.get_or_insert_once("new", || {
                begun.wait();
                end.wait();
                1
            });
            *value
        });
        begun.wait();
        meanwhile();
        end.wait();
        maker.join().expect("it does not panic")
    })
}

fn known() -> SyncMap<&'static str, u32> {
    SyncMap::from([("old", 7)])
}

#[test]
fn readers_and_writers_go_on() {
    watched(|| {
        let map = known();
        let got = meanwhile(&map, || {
            assert!(map.get("new").is_none() && !map.contains_key("new"));
            assert_eq!(map.get("old").as_deref(), Some(&7));
            assert!(map.insert("other", 3).is_none());
            assert_eq!(*map.get_or_insert_once("another", || 4), 4);
            assert_eq!(*map.get_or_insert_once("old", || 5), 7);
            assert!(map.remove("new").is_none());
            assert!(map.compare_exchange("new", &1, 2).is_err());
            map.compact();
            let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
            map.clear();
            assert!(map.pin().iter().next().is_none());
        });
        assert_eq!(got, 1);
        assert_eq!(map.get("new").as_deref(), Some(&1));
    });
}

/// As for `get_or_insert_with`: an absent key counts no miss.
#[test]
fn an_absent_key_counts_no_miss() {
    watched(|| {
        let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
        map.insert(10, 10);
        let before = map.stats();
        map.get_or_insert_once(11, || 11);
        let failed = map.get_or_try_insert_once(12, || Err(()));
        assert!(failed.is_err());
        let after = map.stats();
        assert_eq!(
            (after.misses, after.promotions),
            (before.misses, before.promotions)
        );
    });
}

/// The state that the key had before, as seen by readers: a tombstone, in either table.
#[test]
fn readers_see_the_state_of_before() {
    watched(|| {
        let map = known();
        map.insert("new", 9);
        map.remove("new");
        meanwhile(&map, || assert!(map.get("new").is_none()));
        map.compact();
        map.remove("new");
        meanwhile(&map, || assert!(map.get("new").is_none()));
        map.remove("new");
        // Expunges it.
        map.insert("newer", 1);
        meanwhile(&map, || assert!(map.get("new").is_none()));
        assert_eq!(map.get("new").as_deref(), Some(&1));
        map.compact();
        assert_eq!(map.len(), 3);
    });
}

#[test]
fn a_value_that_is_inserted_meanwhile_stays() {
    watched(|| {
        let map = known();
        assert_eq!(meanwhile(&map, || drop(map.insert("new", 2))), 2);
        assert_eq!(map.get("new").as_deref(), Some(&2));
    });
}

#[test]
fn a_maker_may_do_anything_else() {
    watched(|| {
        let map = known();
        let value = map.get_or_insert_once("new", || {
            map.clear();
            map.insert("a", 1);
            map.insert("new", 2);
            map.remove("new");
            *map.get_or_insert_once("b", || 10) + map.len() as u32
        });
        assert_eq!(*value, 12);
        drop(value);
        assert!(readmostly::synchronize().is_ok());
        // No guard is held while it runs.
        map.remove("new");
        map.get_or_insert_once("new", || {
            assert!(readmostly::synchronize().is_ok());
            3
        });
    });
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_maker_that_needs_itself_is_told_so() {
    watched(|| {
        let map = known();
        let asks_itself = || {
            map.get_or_insert_once("new", || *map.get_or_insert_once("new", || 1));
        };
        assert!(panics(asks_itself));
        assert!(map.get("new").is_none());
        assert_eq!(*map.get_or_insert_once("new", || 2), 2);
    });
}

/// Each of two threads makes a key, and needs that of the other. One is told so; the other
/// makes both.
#[test]
fn of_two_makers_that_need_each_other_one_is_told_so() {
    watched(|| {
        for _ in 0..200 {
            let map = SyncMap::new();
            let both = Barrier::new(2);
            let told = thread::scope(|scope| {
                let make = |mine, theirs| {
                    let (map, both) = (&map, &both);
                    move || {
                        let ask = || {
                            map.get_or_insert_once(mine, || {
                                both.wait();
                                *map.get_or_insert_once(theirs, || 5) + 1
                            });
                        };
                        usize::from(panics(ask))
                    }
                };
                let (one, two) = (scope.spawn(make("a", "b")), scope.spawn(make("b", "a")));
                one.join().expect("it is caught") + two.join().expect("it is caught")
            });
            assert_eq!(told, 1);
            let mut values = [*map.get("a").expect("made"), *map.get("b").expect("made")];
            values.sort();
            assert_eq!(values, [5, 6]);
        }
    });
}

/// Each of three makers needs the next one: A needs B, B needs C, and C needs A.
#[test]
fn of_three_makers_that_need_each_other_one_is_told_so() {
    watched(|| {
        let map = Arc::new(SyncMap::new());
        let all = Arc::new(Barrier::new(3));
        let makers = [("a", "b"), ("b", "c"), ("c", "a")].map(|(mine, next)| {
            let (map, all) = (Arc::clone(&map), Arc::clone(&all));
            thread::spawn(move || {
                let ask = || {
                    map.get_or_insert_once(mine, || {
                        all.wait();
                        *map.get_or_insert_once(next, || 5) + 1
                    });
                };
                usize::from(panics(ask))
            })
        });
        let mut looks = 0;
        while !makers.iter().all(thread::JoinHandle::is_finished) {
            looks += 1;
            assert!(looks < FLUSHES, "they wait for each other");
            thread::yield_now();
        }
        let told = makers.map(|maker| maker.join().expect("it is caught"));
        assert_eq!(told.into_iter().sum::<usize>(), 1);
        let mut values = ["a", "b", "c"].map(|key| *map.get(key).expect("made"));
        values.sort();
        assert_eq!(values, [5, 6, 7]);
    });
}

/// A chain is no circle: A needs B, and B needs C, which a third thread makes.
#[test]
fn a_chain_of_makers_ends() {
    watched(|| {
        let map = SyncMap::new();
        let (c, b) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                map.get_or_insert_once("c", || {
                    c.wait();
                    (0..1_000).for_each(|_| thread::yield_now());
                    1
                });
            });
            scope.spawn(|| {
                map.get_or_insert_once("b", || {
                    b.wait();
                    c.wait();
                    *map.get_or_insert_once("c", || 0) + 1
                });
            });
            b.wait();
            let a = map.get_or_insert_once("a", || *map.get_or_insert_once("b", || 0) + 1);
            assert_eq!(*a, 3);
        });
    });
}

/// Thread 1 waits for what thread 2 makes. Thread 2 has made it, and waits for thread 1, which
/// may not have woken up yet.
#[test]
fn a_wait_that_is_over_is_no_circle() {
    watched(|| {
        for _ in 0..3_000 {
            let map = SyncMap::new();
            let (b, a) = (Barrier::new(2), Barrier::new(2));
            thread::scope(|scope| {
                scope.spawn(|| {
                    map.get_or_insert_once("b", || {
                        b.wait();
                        a.wait();
                        thread::yield_now();
                        1
                    });
                    assert_eq!(*map.get_or_insert_once("a", || 0), 2);
                });
                b.wait();
                let two = map.get_or_insert_once("a", || {
                    a.wait();
                    *map.get_or_insert_once("b", || 0) + 1
                });
                assert_eq!(*two, 2);
            });
        }
    });
}

/// A key is told from another one by `Eq`, not by its hash.
#[test]
fn another_key_of_the_same_hash_is_made_meanwhile() {
    watched(|| {
        let map = SyncMap::with_hasher(BuildHasherDefault::<Same>::default());
        let one = map.get_or_insert_once("one", || *map.get_or_insert_once("two", || 2) - 1);
        assert_eq!(*one, 1);
    });
}

/// The key is made only if it is absent, and before the wait.
#[test]
fn a_borrowed_key_is_made_if_it_is_absent() {
    watched(|| {
        let map = SyncMap::<String, u32>::new();
        let no_key = || unreachable!("it is there");
        assert_eq!(*map.get_or_insert_once_ref("a", || "a".into(), || 1), 1);
        assert_eq!(*map.get_or_insert_once_ref("a", no_key, || 2), 1);
        map.compact();
        assert_eq!(*map.get_or_insert_once_ref("a", no_key, || 2), 1);
        let refused = map.get_or_try_insert_once_ref("b", || "b".into(), || Err("no"));
        assert!(refused.is_err() && map.len() == 1);
        // A key that is not equal to the borrowed one is inserted as itself.
        assert_eq!(*map.get_or_insert_once_ref("b", || "c".into(), || 3), 3);
        assert!(map.get("b").is_none() && map.len() == 2);
        assert_eq!(*map.get_or_insert_once_ref("b", || "c".into(), || 4), 3);
        let asks_itself = || {
            map.get_or_insert_once_ref(
                "d",
                || "d".into(),
                || *map.get_or_insert_once_ref("d", || "d".into(), || 1),
            );
        };
        assert!(panics(asks_itself));
    });
}

/// The same keys in another map are other keys.
#[test]
fn another_map_makes_its_own() {
    watched(|| {
        let (map, other) = (known(), known());
        meanwhile(&map, || {
            assert_eq!(*other.get_or_insert_once("new", || 2), 2)
        });
    });
}
