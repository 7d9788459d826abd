//! Values that are seen, and changed, where they are: `get_with` of a `SyncMap`, and what a
//! change is worth whose key is removed at the same time.

use crate::watchdog::watched;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap, RwLockMap, ShardedMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

/// The closure may use the map, also its own key. Its value stays as it was.
#[test]
fn the_closure_of_get_with_may_use_the_map() {
    watched(|| {
        let map = SyncMap::from([("a", String::from("x"))]);
        let seen = map.get_with("a", |value| {
            assert_eq!(map.get_with("a", |same| same.len()), Some(1));
            map.insert("a", String::from("y"));
            map.insert("b", String::from("z"));
            map.remove("a");
            map.clear();
            map.compact();
            assert!(!map.flush(), "the value is still in use");
            value.clone()
        });
        assert_eq!((seen.as_deref(), map.len()), (Some("x"), 0));
    });
}

#[test]
fn get_with_gives_back_what_the_closure_returns() {
    let map = SyncMap::from([("a", 1)]);
    map.insert("b", 2);
    let pinned = map.pin();
    for (key, expected) in [("a", Some(10)), ("b", Some(20)), ("c", None)] {
        let mut calls = 0;
        let seen = map.get_with(key, |n| {
            calls += 1;
            n * 10
        });
        assert_eq!((seen, calls), (expected, usize::from(expected.is_some())));
        assert_eq!(pinned.get_with(key, |n| n * 10), expected);
    }
}

/// No guard is left, also if the closure panics.
#[test]
fn the_pin_of_get_with_ends_with_the_call() {
    watched(|| {
        let map = SyncMap::new();
        for panics in [false, true] {
            let value = Arc::new(1);
            map.insert("a", Arc::clone(&value));
            let look = |_: &Arc<i32>| {
                if panics {
                    resume_unwind(Box::new("bang"));
                }
            };
            let ended = catch_unwind(AssertUnwindSafe(|| map.get_with("a", look)));
            assert_eq!(ended.is_err(), panics);
            assert_eq!(map.get_with("a", |value| **value), Some(1));
            map.remove("a");
            // Guards of other tests may be in the way for a while.
            while !map.flush() {
                thread::yield_now();
            }
            assert_eq!(Arc::strong_count(&value), 1);
        }
    });
}

/// Takes the counter out, and tells what it had.
type Collect<M> = fn(&M) -> u32;

fn by_remove<M: ConcurrentMap<u32, AtomicU32>>(map: &M) -> u32 {
    map.remove(&1).map_or(0, |n| n.load(Ordering::Relaxed))
}

fn by_retain<M: ConcurrentMap<u32, AtomicU32>>(map: &M) -> u32 {
    let mut sum = 0;
    map.retain(|_, n| {
        sum = n.load(Ordering::Relaxed);
        false
    });
    sum
}

/// A change in the closure of `get_with` that is not finished when the removal begins.
fn a_change_is_not_lost<M>(map: M)
where
    M: ConcurrentMap<u32, AtomicU32> + Send + Sync + 'static,
{
    watched(move || {
        let collections: [Collect<M>; 2] = [by_remove, by_retain];
        for collect in collections {
            map.insert(1, AtomicU32::new(0));
            let (begun, begins) = mpsc::channel();
            let collected = AtomicBool::new(false);
            let sum = thread::scope(|scope| {
                let (map, collected) = (&map, &collected);
                let collector = scope.spawn(move || {
                    begins.recv().expect("the closure runs");
                    let sum = collect(map);
                    collected.store(true, Ordering::Relaxed);
                    sum
                });
                map.get_with(&1, |counter| {
                    begun.send(()).expect("the collector waits");
                    for _ in 0..200 {
                        assert!(!collected.load(Ordering::Relaxed), "the removal waits");
                        thread::yield_now();
                    }
                    counter.fetch_add(1, Ordering::Relaxed);
                });
                collector.join().expect("it collected")
            });
            assert_eq!((sum, map.len()), (1, 0));
        }
    });
}

#[test]
fn with_locks_a_change_in_place_is_not_lost() {
    a_change_is_not_lost(MutexMap::new());
    a_change_is_not_lost(RwLockMap::new());
    a_change_is_not_lost(ShardedMap::new());
    a_change_is_not_lost(HybridMap::new());
}

/// The trap that the documentation of `ConcurrentMap` describes: a reference is not a lock.
#[test]
fn without_locks_a_change_in_place_is_lost_if_the_key_is_removed() {
    let map = SyncMap::new();
    let add = |counter: &AtomicU32| counter.fetch_add(1, Ordering::Relaxed);
    for collect in [by_remove, by_retain] as [Collect<SyncMap<u32, AtomicU32>>; 2] {
        let collect_from_another_thread =
            || thread::scope(|scope| scope.spawn(|| collect(&map)).join().expect("collected"));

        map.insert(1, AtomicU32::new(0));
        let counter = map.get(&1).expect("it is there");
        let sum = collect_from_another_thread();
        add(&counter);
        assert_eq!((sum, map.len()), (0, 0), "the 1 is lost");
        drop(counter);

        map.insert(1, AtomicU32::new(0));
        let mut sum = None;
        map.get_with(&1, |counter| {
            sum = Some(collect_from_another_thread());
            add(counter)
        });
        assert_eq!((sum, map.len()), (Some(0), 0), "the 1 is lost");
    }

    map.insert(1, AtomicU32::new(0));
    let counter = map.get(&1).expect("it is there");
    map.clear();
    add(&counter);
    drop(counter);
    assert!(map.is_empty());

    // The way round: the pairs come when nobody can change them any more.
    map.insert(1, AtomicU32::new(0));
    let all = thread::scope(|scope| {
        let (found, finds) = mpsc::channel();
        let (taken, takes) = mpsc::channel();
        let adder = &map;
        scope.spawn(move || {
            let counter = adder.get(&1).expect("it is there");
            found.send(()).expect("the collector waits");
            takes.recv().expect("the key is taken");
            add(&counter);
        });
        finds.recv().expect("the adder has it");
        let all = map.take_all();
        taken.send(()).expect("the adder waits");
        all
    });
    let pairs = watched(move || all.wait().map(Vec::from_iter).expect("no guard here"));
    let pairs: Vec<_> = (pairs.into_iter())
        .map(|(key, n)| (key, n.into_inner()))
        .collect();
    assert_eq!(pairs, [(1, 1)]);

    // As for the hot keys of a `HybridMap`.
    let hybrid = HybridMap::new();
    hybrid.insert_hot(1, AtomicU32::new(0));
    let mut sum = None;
    hybrid.get_with(&1, |counter| {
        sum = thread::scope(|scope| scope.spawn(|| by_remove(&hybrid)).join().ok());
        add(counter)
    });
    assert_eq!((sum, hybrid.len()), (Some(0), 0));
}

/// The way round: `modify` replaces the value, so the removal takes what was counted.
#[test]
fn a_replaced_value_is_not_lost() {
    const ROUNDS: u32 = if cfg!(miri) { 50 } else { 5_000 };

    fn counted<M>(map: &M)
    where
        M: ConcurrentMap<u32, u32> + Sync,
    {
        let done = AtomicBool::new(false);
        let sum: u32 = thread::scope(|scope| {
            let collector = scope.spawn(|| {
                let mut sum = 0;
                while !done.load(Ordering::Acquire) {
                    sum += map.remove(&1).map_or(0, |n| *n);
                }
                sum
            });
            for _ in 0..ROUNDS {
                while !map.modify(&1, |n| n + 1) {
                    map.get_with_or_insert(1, || 0, |_| ());
                }
            }
            done.store(true, Ordering::Release);
            collector.join().expect("it collected")
        });
        let rest = map.remove(&1).map_or(0, |n| *n);
        assert_eq!(sum + rest, ROUNDS);
    }
    watched(|| {
        counted(&SyncMap::new());
        counted(&MutexMap::new());
        counted(&RwLockMap::new());
        counted(&ShardedMap::new());
        counted(&HybridMap::new());
        counted(&HybridMap::new().promote_after(1));
    });
}

/// `retain` counts what it removed, and not what it wanted to remove.
#[test]
fn retain_does_not_count_what_its_closure_removed() {
    let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    let removed = map.retain(|key, _| {
        if key % 2 == 0 {
            map.remove(key);
        }
        false
    });
    assert_eq!((removed, map.len()), (5, 0));
    (&map).extend((0..10).map(|n| (n, n)));
    let pinned = map.pin();
    let removed = pinned.retain(|key, _| pinned.remove(key).is_none());
    assert_eq!((removed, map.len()), (0, 0));
}
