//! H6: no destructor runs while a lock of a `HybridMap` is held. Each value here
//! takes every lock of its map when it is dropped, and so would wait for itself for
//! ever if one of them were held by the thread it is dropped on.

use crate::one_at_a_time::watched;
use crate::same_hash::Same;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::iter;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Weak};
use std::thread;

thread_local! {
    /// What this thread does when it next compares two keys.
    static AT_NEXT_EQ: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };

    /// Whether comparing two values panics.
    static VALUES_PANIC: Cell<bool> = const { Cell::new(false) };

    /// How many clones this thread can make of values.
    static CLONES_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// A number, and perhaps something that is dropped with it.
struct Key {
    number: u32,
    _nosy: Option<Nosy>,
}

/// Always hot.
const HOT: Key = key(0);
/// What the tests are about.
const MOVED: Key = key(1);
/// Never there.
const ABSENT: Key = key(u32::MAX);
/// As many as a thread may retire before it has to collect, and more.
const MANY: std::ops::Range<u32> = 10..90;

const fn key(number: u32) -> Key {
    Key {
        number,
        _nosy: None,
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        key(self.number)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        if let Some(act) = AT_NEXT_EQ.take() {
            act();
        }
        self.number == other.number
    }
}

impl Eq for Key {}

/// Takes every lock of its map when it is dropped.
struct Nosy(Weak<Map>);

impl Clone for Nosy {
    fn clone(&self) -> Self {
        match CLONES_LEFT.get().checked_sub(1) {
            Some(left) => CLONES_LEFT.set(left),
            None => resume_unwind(Box::new("no more clones")),
        }
        Self(Weak::clone(&self.0))
    }
}

type Map = HybridMap<Key, Nosy, BuildHasherDefault<Same>>;

impl PartialEq for Nosy {
    fn eq(&self, _: &Self) -> bool {
        if VALUES_PANIC.take() {
            resume_unwind(Box::new("a comparison"));
        }
        true
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        let act = AT_NEXT_EQ.take();
        if let Some(map) = self.0.upgrade() {
            assert!(!map.declare_hot(&ABSENT));
        }
        AT_NEXT_EQ.set(act);
    }
}

fn nosy(map: &Arc<Map>) -> Nosy {
    Nosy(Arc::downgrade(map))
}

/// A map with a key that is hot, and one shard.
fn map() -> Arc<Map> {
    let map = Arc::new(empty());
    map.insert_hot(HOT, nosy(&map));
    map
}

fn empty() -> Map {
    Map::with_shards_and_hasher(1, BuildHasherDefault::default())
}

type Act = Box<dyn FnOnce(&Arc<Map>) + Send>;

/// [`MOVED`], which takes every lock too when it is dropped.
fn nosy_key(map: &Arc<Map>) -> Key {
    Key {
        _nosy: Some(nosy(map)),
        ..MOVED
    }
}

/// Another thread, so that what it retires does not count for this one.
struct Other {
    ask: Sender<Act>,
    done: Receiver<()>,
}

impl Other {
    fn of(map: &Arc<Map>) -> Self {
        let (ask, asked) = mpsc::channel::<Act>();
        let (end, done) = mpsc::channel();
        let map = Arc::clone(map);
        thread::spawn(move || {
            for act in asked {
                act(&map);
                end.send(()).expect("somebody waits");
            }
        });
        Self { ask, done }
    }

    /// Has it done, and waits for that.
    fn does(&self, act: impl FnOnce(&Arc<Map>) + Send + 'static) {
        self.ask.send(Box::new(act)).expect("it is there");
        self.done.recv().expect("it is done");
    }
}

/// So much garbage that it lasts for a while, wherever it is collected.
fn hoard(other: &Other) {
    let any = SyncMap::<(), ()>::new();
    // Nothing is freed meanwhile.
    let _pin = any.pin();
    other.does(|map| (0..GARBAGE).for_each(|_| drop(map.insert(HOT, nosy(map)))));
}

fn becomes_cold(map: &Arc<Map>) {
    drop(map.remove(&MOVED));
    drop(map.insert(MOVED, nosy(map)));
    // Purges what the removal has left in the hot map.
    map.declare_hot(&ABSENT);
}

/// Calls `act` for a key that becomes hot between the first look and the lock. In
/// so many rounds it comes to collecting, as each of them retires something.
fn when_it_has_become_hot(rounds: usize, act: fn(&Arc<Map>, &Other)) {
    watched(move || {
        let map = map();
        let other = Rc::new(Other::of(&map));
        for round in 0..rounds {
            if round % 64 == 0 {
                hoard(&other);
            }
            other.does(becomes_cold);
            let mover = Rc::clone(&other);
            let moves = move || mover.does(|map| assert!(map.declare_hot(&MOVED)));
            AT_NEXT_EQ.set(Some(Box::new(moves)));
            act(&map, &other);
            assert!(AT_NEXT_EQ.take().is_none(), "no key was compared");
        }
    });
}

const ROUNDS: usize = if cfg!(miri) { 2 } else { 200 };
const GARBAGE: usize = if cfg!(miri) { 100 } else { 6_000 };

#[test]
fn an_insertion_collects_after_the_unlock() {
    when_it_has_become_hot(ROUNDS, |map, _| {
        drop(map.insert(MOVED, nosy(map)));
    });
}

#[test]
fn a_hot_insertion_collects_after_the_unlock() {
    when_it_has_become_hot(ROUNDS, |map, _| {
        drop(map.insert_hot(MOVED, nosy(map)));
    });
}

#[test]
fn a_removal_collects_after_the_unlock() {
    when_it_has_become_hot(ROUNDS, |map, _| drop(map.remove(&MOVED)));
}

#[test]
fn an_exchange_collects_after_the_unlock() {
    when_it_has_become_hot(ROUNDS, |map, _| {
        assert!(map.compare_and_set(&MOVED, &nosy(map), nosy(map)).is_ok());
    });
}

#[test]
fn an_update_collects_after_the_unlock() {
    when_it_has_become_hot(ROUNDS, |map, _| {
        assert!(map.modify(&MOVED, |_| nosy(map)));
    });
}

#[test]
fn a_value_that_is_made_too_late_is_dropped_after_the_unlock() {
    when_it_has_become_hot(2, |map, other| {
        let mut calls = 0;
        assert!(map.modify(&MOVED, |_| {
            calls += 1;
            if calls == 1 {
                // It is hot: that takes no lock.
                other.does(|map| drop(map.insert(MOVED, nosy(map))));
            }
            nosy(map)
        }));
        assert_eq!(calls, 2);
    });
}

#[test]
fn a_value_whose_comparison_panics_is_dropped_after_the_unlock() {
    when_it_has_become_hot(2, |map, _| {
        VALUES_PANIC.set(true);
        let exchange = || map.compare_and_set(&MOVED, &nosy(map), nosy(map));
        assert!(catch_unwind(AssertUnwindSafe(exchange)).is_err());
    });
}

/// What it captures, too, may use the map.
#[test]
fn a_closure_is_dropped_after_the_unlock() {
    when_it_has_become_hot(2, |map, _| {
        let captured = nosy(map);
        assert!(map.modify(&MOVED, move |_| captured.clone()));
    });
}

/// Of a key whose tombstone the hot map still has.
#[test]
fn a_key_that_is_not_needed_is_dropped_after_the_unlock() {
    watched(|| {
        let map = map();
        let key = || nosy_key(&map);
        drop(map.insert_hot(key(), nosy(&map)));
        for _ in 0..3 {
            drop(map.remove(&MOVED));
            drop(map.insert(key(), nosy(&map)));
            assert!(map.declare_hot(&MOVED));
            drop(map.remove(&MOVED));
            drop(map.insert_hot(key(), nosy(&map)));
        }
    });
}

#[test]
fn keys_that_become_hot_by_reads_and_are_not_needed_are_dropped_after_the_unlock() {
    watched(|| {
        let map = Arc::new(empty().promote_after(1));
        let key = || nosy_key(&map);
        drop(map.insert_hot(key(), nosy(&map)));
        for _ in 0..3 {
            drop(map.remove(&MOVED));
            drop(map.insert(key(), nosy(&map)));
            assert!(map.contains_key(&MOVED) && map.is_hot(&MOVED));
        }
    });
}

#[test]
fn retain_collects_after_the_unlock() {
    many_hot_keys(|map| _ = map.retain(|key, _| *key == HOT));
}

#[test]
fn clear_collects_after_the_unlock() {
    many_hot_keys(|map| map.clear());
}

fn many_hot_keys(act: fn(&Arc<Map>)) {
    watched(move || {
        let map = map();
        let other = Other::of(&map);
        for _ in 0..3 {
            hoard(&other);
            other.does(|map| {
                for number in MANY {
                    drop(map.insert_hot(key(number), nosy(map)));
                }
            });
            act(&map);
        }
    });
}

fn visit_all(map: &Map) {
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
}

/// One that has to promote, and so retires what it does not find any more.
#[test]
fn a_walk_collects_after_the_unlock() {
    unpromoted(visit_all);
}

#[test]
fn a_clone_collects_after_the_unlock() {
    unpromoted(|map| drop(map.clone()));
}

#[test]
fn clones_are_dropped_after_the_unlock_if_one_panics() {
    watched(|| {
        let map = map();
        for number in MANY {
            drop(map.insert(key(number), nosy(&map)));
        }
        map.declare_all_hot([&key(20), &key(30), &key(40)]);
        for clones in 0..map.len() {
            CLONES_LEFT.set(clones);
            assert!(catch_unwind(AssertUnwindSafe(|| Map::clone(&map))).is_err());
        }
        CLONES_LEFT.set(usize::MAX);
    });
}

/// Calls `act` when a key has become hot and many others have been removed, and all
/// that waits for a promotion.
fn unpromoted(act: fn(&Map)) {
    watched(move || {
        let map = map();
        let other = Other::of(&map);
        for _ in 0..3 {
            hoard(&other);
            other.does(|map| {
                for number in MANY {
                    drop(map.insert_hot(key(number), nosy(map)));
                }
                becomes_cold(map);
                MANY.for_each(|number| drop(map.remove(&key(number))));
            });
            // Keys are asked for one by one, between their moves.
            let between = iter::from_fn(|| {
                act(&map);
                None
            });
            assert_eq!(map.declare_all_hot(iter::once(&MOVED).chain(between)), 1);
        }
    });
}

/// Nothing else could run destructors here.
#[test]
fn a_pin_under_a_lock_runs_nothing() {
    let calls: [fn(&Arc<Map>); 5] = [
        |map| assert_eq!(map.len(), 1),
        |map| visit_all(map),
        |map| _ = map.retain(|_, _| true),
        |map| drop(Map::clone(map)),
        |map| map.clear(),
    ];
    for call in calls {
        watched(move || {
            let map = map();
            let other = Other::of(&map);
            hoard(&other);
            // In so many pins crossbeam-epoch collects three times.
            (0..3 * 128).for_each(|_| call(&map));
        });
    }
}
