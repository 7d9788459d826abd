//! How much of others' garbage a call of a `HybridMap` drops: as much as one of a
//! `SyncMap`, which collects once.
#![cfg(not(any(counted, loom)))]

#[path = "common/watchdog.rs"]
mod watchdog;

use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::thread;
use watchdog::watched;

thread_local! {
    /// How many values this thread has dropped.
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// A value that is counted when it is dropped.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        let _ = DROPPED.try_with(|dropped| dropped.set(dropped.get() + 1));
    }
}

/// Several times what one collection drops.
const GARBAGE: usize = if cfg!(miri) { 600 } else { 6_000 };
/// Enough for all of it to come due.
const PINS: usize = 10_000;
/// So many hot keys that a copy of their table has to be collected.
const HOT: u32 = if cfg!(miri) { 100 } else { 2_000 };
/// Cold keys follow the hot ones.
const COLD: u32 = HOT + 100;
/// Never there.
const ABSENT: u32 = u32::MAX;

type Map = HybridMap<u32, u32>;
type Call = (&'static str, fn(&Map));

const CALLS: &[Call] = &[
    ("get_with, hot", |map| assert!(map.contains_key(&0))),
    ("get_with, cold", |map| assert!(map.contains_key(&HOT))),
    ("get_with, absent", |map| {
        assert!(!map.contains_key(&ABSENT))
    }),
    ("get_with, that makes a key hot", |map| {
        assert!(map.contains_key(&(HOT + 1)));
    }),
    ("insert, hot", |map| drop(map.insert(0, 1))),
    ("insert, cold", |map| drop(map.insert(HOT, 1))),
    ("insert, new", |map| drop(map.insert(ABSENT, 1))),
    ("insert_hot, hot", |map| drop(map.insert_hot(0, 1))),
    ("insert_hot, cold", |map| drop(map.insert_hot(HOT, 1))),
    ("insert_hot, new", |map| drop(map.insert_hot(ABSENT, 1))),
    ("get_with_or_insert, hot", |map| {
        map.get_with_or_insert(0, || 1, |_| ())
    }),
    ("get_with_or_insert, cold", |map| {
        map.get_with_or_insert(HOT, || 1, |_| ())
    }),
    ("get_with_or_insert, new", |map| {
        map.get_with_or_insert(ABSENT, || 1, |_| ())
    }),
    ("remove, hot", |map| drop(map.remove(&0))),
    ("remove, cold", |map| drop(map.remove(&HOT))),
    ("remove, absent", |map| drop(map.remove(&ABSENT))),
    ("modify, hot", |map| assert!(map.modify(&0, |n| n + 1))),
    ("modify, cold", |map| assert!(map.modify(&HOT, |n| n + 1))),
    ("modify, absent", |map| {
        assert!(!map.modify(&ABSENT, |n| n + 1))
    }),
    ("compare_and_set, hot", |map| {
        assert!(map.compare_and_set(&0, &0, 1).is_ok())
    }),
    ("compare_and_set, hot, refused", |map| {
        assert!(map.compare_and_set(&0, &9, 1).is_err())
    }),
    ("compare_and_set, cold", |map| {
        assert!(map.compare_and_set(&HOT, &0, 1).is_ok())
    }),
    ("compare_and_set, cold, refused", |map| {
        assert!(map.compare_and_set(&HOT, &9, 1).is_err());
    }),
    ("compare_and_set, absent", |map| {
        assert!(map.compare_and_set(&ABSENT, &0, 1).is_err());
    }),
    ("declare_hot, hot", |map| assert!(map.declare_hot(&0))),
    ("declare_hot, cold", |map| assert!(map.declare_hot(&HOT))),
    ("declare_hot, absent", |map| {
        assert!(!map.declare_hot(&ABSENT))
    }),
    ("declare_all_hot", |map| {
        let keys: Vec<_> = (HOT..COLD).collect();
        assert_eq!(map.declare_all_hot(&keys), keys.len());
    }),
    ("hot_len", |map| assert!(map.hot_len() > 0)),
    ("len", |map| assert!(map.len() > 0)),
    ("is_empty", |map| assert!(!map.is_empty())),
    ("for_each", |map| {
        let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    }),
    ("retain, all", |map| _ = map.retain(|_, _| true)),
    ("retain, some", |map| _ = map.retain(|key, _| key % 2 == 0)),
    ("clear", |map| map.clear()),
    ("clone", |map| drop(map.clone())),
    ("==, itself", |map| assert!(map.eq(map))),
    ("==, a map of another size", |map| {
        assert!(*map != Map::new())
    }),
    ("Debug", |map| assert!(!format!("{map:?}").is_empty())),
    #[cfg(feature = "serde")]
    ("Serialize", |map| {
        assert!(serde_json::to_string(map).is_ok())
    }),
];

/// A call that collects twice drops twice as much, and one that does not collect leaves
/// everything to others.
#[test]
fn a_call_collects_once() {
    let one = watched(|| dropped_by(|any, _| drop(any.insert(0, Counted))));
    assert!(one > 0, "nothing was due");
    for &(name, call) in CALLS {
        let dropped = watched(move || dropped_by(|_, map| call(map)));
        assert_eq!(dropped, one, "what {name} drops, and a collection");
    }
}

/// How many values of others a call drops, when far more of them are due.
fn dropped_by(call: impl Fn(&SyncMap<u32, Counted>, &Map)) -> usize {
    let any = SyncMap::new();
    any.insert(0, Counted);
    let map = Map::new().promote_after(2);
    (0..COLD).for_each(|key| drop(map.insert(key, 0)));
    let hot: Vec<_> = (0..HOT).collect();
    assert_eq!(map.declare_all_hot(&hot), hot.len());
    // One read fewer than makes this key hot by itself.
    let reads = 2 * (1 + HOT / 8) - 1;
    (0..reads).for_each(|_| assert!(map.contains_key(&(HOT + 1))));
    hoard(&any);
    let before = DROPPED.get();
    call(&any, &map);
    let dropped = DROPPED.get() - before;
    while !any.flush() {}
    dropped
}

/// Others' garbage, far more than one collection drops, all of it due. Pins move the
/// epoch on; while a lock is held, what comes due by that is not dropped.
fn hoard(any: &SyncMap<u32, Counted>) {
    let overwrite = || (0..GARBAGE).for_each(|_| drop(any.insert(0, Counted)));
    let pin = any.pin();
    thread::scope(|scope| scope.spawn(overwrite).join().expect("it ends"));
    drop(pin);
    let lock = MutexMap::from([((), ())]);
    let pins = |_: &()| (0..PINS).for_each(|_| assert!(any.contains_key(&0)));
    lock.get_with(&(), pins).expect("it is there");
}
