//! The user's code panics wherever it can: afterwards the map is as it was, or as
//! if the operation had been done, no lock is left held, and nothing is lost or
//! dropped twice.
//!
//! A destructor may run late and in some stranger's call; there its panic ends.
//! That of one that runs at once, with the map or with what was refused, reaches
//! the caller.

use crate::fuse::{Bang, Place, bangs, bangs_after, burn};
use crate::invariants::invariants_hold;
use crate::ledger::{Ledger, Ticket};
use crate::one_at_a_time::watched;
use crate::same_hash::Same;
use readmostly::{EntryState, Operation, SyncMap};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::ops::ControlFlow;
use std::panic::{self, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static LEDGER: Ledger = Ledger::new();

/// A key or a value. Dangerous ones panic when they are dropped.
struct Number {
    number: u32,
    ticket: Ticket,
    dangerous: bool,
}

impl Number {
    fn dangerous(number: u32) -> Self {
        let mut this = Self::from(number);
        this.dangerous = true;
        this
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        Self {
            number,
            ticket: LEDGER.issue(),
            dangerous: false,
        }
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if self.dangerous {
            BANGS.fetch_add(1, Ordering::SeqCst);
            resume_unwind(Box::new(Bang));
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

#[derive(Debug)]
struct Key(Number);

fn key(number: u32) -> Key {
    Key(number.into())
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Place::Hash);
        self.0.number.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfKeys);
        other.0.ticket.check();
        self.0.number == other.0.number
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Self {
        burn(Place::Clone);
        key(self.0.number)
    }
}

#[derive(Debug)]
struct Value(Number);

fn value(number: u32) -> Value {
    Value(number.into())
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfValues);
        self.0.number == other.0.number
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        burn(Place::Clone);
        self.0.ticket.check();
        value(self.0.number)
    }
}

type Map = SyncMap<Key, Value, BuildHasherDefault<Same>>;

/// A key in each state: 0 and 1 in `read`, 2 deleted, 3 expunged, 4 in the dirty
/// map alone, 5 deleted there; 6 is not there.
const KEYS: std::ops::Range<u32> = 0..7;

fn every_state() -> Map {
    let map: Map = (0..4).map(|n| (key(n), value(n))).collect();
    map.remove(&key(3));
    map.insert(key(4), value(4));
    map.insert(key(5), value(5));
    map.remove(&key(2));
    map.remove_if(&key(5), |_, _| true);
    invariants_hold(&map);
    assert_eq!(map.stats().tombstones, 3);
    map
}

/// What is present, sorted.
fn contents(map: &Map) -> Vec<(u32, u32)> {
    let inside = map.inspect();
    let mut entries = inside.read;
    let read: Vec<_> = entries.iter().map(|(key, _)| key.0.number).collect();
    let dirty = inside.dirty.unwrap_or_default().into_iter();
    entries.extend(dirty.filter(|(key, _)| !read.contains(&key.0.number)));
    let present = |(key, state): (Key, EntryState<Value>)| match state {
        EntryState::Value(value) => Some((key.0.number, value.0.number)),
        EntryState::Nil | EntryState::Expunged => None,
    };
    let mut present: Vec<_> = entries.into_iter().filter_map(present).collect();
    present.sort_unstable();
    present
}

/// Whether the map still does everything, for this thread and for others. It
/// would hang if the mutex had been left locked.
fn still_works(map: &Map) {
    invariants_hold(map);
    let everything = || {
        for n in KEYS {
            map.insert(key(n), value(10 + n));
            assert_eq!(map.get(&key(n)).unwrap().0.number, 10 + n);
            map.update(&key(n), |old| value(old.0.number + 1)).unwrap();
            assert!(map.try_insert(key(n), value(0)).is_err());
            let exchanged = map.compare_exchange(&key(n), &value(11 + n), value(30 + n));
            exchanged.unwrap();
            map.compute(key(n), |seen| {
                assert_eq!(seen.unwrap().1.0.number, 30 + n);
                Operation::<_, ()>::Insert(value(n))
            });
            assert_eq!(map.remove(&key(n)).unwrap().0.number, n);
            assert!(map.remove_if(&key(n), |_, _| true).is_none());
            assert_eq!(map.get_or_insert_with(key(n), || value(n)).0.number, n);
        }
        assert_eq!(map.len(), KEYS.len());
        map.retain(|key, _| key.0.number % 2 == 0);
        map.compact();
        assert_eq!(contents(map), [(0, 0), (2, 2), (4, 4), (6, 6)]);
        map.clear();
        assert!(map.is_empty());
    };
    everything();
    thread::scope(|scope| scope.spawn(everything).join().unwrap());
    invariants_hold(map);
}

/// Where panics were caught: before the mutex was locked, and after.
#[derive(Default)]
struct Caught {
    before_locking: usize,
    after_locking: usize,
}

/// Does `operation` to a key in each state, and panics at the first, second, …
/// call of the user's code at `place`, until there are no more calls.
fn panic_at_each_call(place: Place, operation: impl Fn(&Map, u32)) -> Caught {
    let mut caught = Caught::default();
    for number in KEYS {
        for calls in 0.. {
            let map = every_state();
            let (before, locks) = (contents(&map), map.stats().locks);
            if !bangs_after(calls, place, || operation(&map, number)) {
                break;
            }
            match map.stats().locks == locks {
                true => caught.before_locking += 1,
                false => caught.after_locking += 1,
            }
            assert_eq!(contents(&map), before, "{place:?} {number} {calls}");
            still_works(&map);
        }
    }
    LEDGER.settles_at(0);
    caught
}

type OnOneKey = fn(&Map, u32);

/// Every operation on one key.
const ON_ONE_KEY: [(&str, OnOneKey); 31] = [
    ("get", |map, n| drop(map.get(&key(n)))),
    ("get_cloned", |map, n| drop(map.get_cloned(&key(n)))),
    ("contains_key", |map, n| _ = map.contains_key(&key(n))),
    ("get_key_value", |map, n| {
        _ = map.pin().get_key_value(&key(n))
    }),
    ("get_many", |map, n| _ = map.pin().get_many([&key(n)])),
    ("get_many_with", |map, n| {
        map.get_many_with([&key(n)], |_, _| ())
    }),
    ("insert", |map, n| drop(map.insert(key(n), value(50)))),
    ("try_insert", |map, n| {
        drop(map.try_insert(key(n), value(50)))
    }),
    ("try_insert_with", |map, n| {
        drop(map.try_insert_with(key(n), || value(50)))
    }),
    ("get_or_insert", |map, n| {
        drop(map.get_or_insert(key(n), value(50)))
    }),
    ("get_or_insert_with", |map, n| {
        drop(map.get_or_insert_with(key(n), || value(50)))
    }),
    ("update", |map, n| drop(map.update(&key(n), |_| value(50)))),
    ("compute, insert", |map, n| {
        map.compute(key(n), |_| Operation::<_, ()>::Insert(value(50)));
    }),
    ("compute, remove", |map, n| {
        map.compute(key(n), |_| Operation::<_, ()>::Remove);
    }),
    ("compare_exchange", |map, n| {
        drop(map.compare_exchange(&key(n), &value(n), value(50)))
    }),
    ("compare_remove", |map, n| {
        drop(map.compare_remove(&key(n), &value(n)))
    }),
    ("remove", |map, n| drop(map.remove(&key(n)))),
    ("remove_if", |map, n| {
        drop(map.remove_if(&key(n), |_, _| true))
    }),
    ("remove_entry", |map, n| _ = map.pin().remove_entry(&key(n))),
    ("get_or_try_insert_with", |map, n| {
        _ = map.get_or_try_insert_with(key(n), || Ok::<_, ()>(value(50)))
    }),
    ("get_or_try_insert_with, failing", |map, n| {
        _ = map.get_or_try_insert_with(key(n), || Err(()))
    }),
    ("pinned get_or_try_insert_with", |map, n| {
        _ = (map.pin()).get_or_try_insert_with(key(n), || Ok::<_, ()>(value(50)))
    }),
    ("update_or_insert_with", |map, n| {
        drop(map.update_or_insert_with(key(n), |_| value(51), || value(50)))
    }),
    ("pinned update_or_insert_with", |map, n| {
        _ = (map.pin()).update_or_insert_with(key(n), |_| value(51), || value(50))
    }),
    ("update_or_remove", |map, n| {
        drop(map.update_or_remove(&key(n), |_| Some(value(50))))
    }),
    ("update_or_remove, removing", |map, n| {
        drop(map.update_or_remove(&key(n), |_| None))
    }),
    ("replace", |map, n| drop(map.replace(&key(n), value(50)))),
    ("replace_if", |map, n| {
        drop(map.replace_if(&key(n), |_, _| true, value(50)))
    }),
    ("try_remove_if", |map, n| {
        drop(map.try_remove_if(&key(n), |_, _| true))
    }),
    ("try_remove_if, refusing", |map, n| {
        drop(map.try_remove_if(&key(n), |_, _| false))
    }),
    ("compute_entry", |map, n| {
        (map.pin()).compute_entry(key(n), |_| Operation::<_, ()>::Insert(value(50)));
    }),
];

/// Every operation that borrows its key. A key that is made is hashed too.
const BY_BORROWED_KEY: [(&str, OnOneKey); 9] = [
    ("get_or_insert_with_ref", |map, n| {
        drop(map.get_or_insert_with_ref(&key(n), || made_key(n), || value(50)))
    }),
    ("pinned get_or_insert_with_ref", |map, n| {
        _ = (map.pin()).get_or_insert_with_ref(&key(n), || made_key(n), || value(50))
    }),
    ("get_or_insert_key_value_with_ref", |map, n| {
        let pinned = map.pin();
        pinned.get_or_insert_key_value_with_ref(&key(n), || made_key(n), || value(50));
    }),
    ("get_or_try_insert_with_ref", |map, n| {
        let value = || Ok::<_, ()>(value(50));
        _ = map.get_or_try_insert_with_ref(&key(n), || made_key(n), value)
    }),
    ("update_or_insert_with_ref", |map, n| {
        drop(map.update_or_insert_with_ref(&key(n), || made_key(n), |_| value(51), || value(50)))
    }),
    ("pinned update_or_insert_with_ref", |map, n| {
        let pinned = map.pin();
        pinned.update_or_insert_with_ref(&key(n), || made_key(n), |_| value(51), || value(50));
    }),
    ("compute_ref", |map, n| {
        map.compute_ref(
            &key(n),
            || made_key(n),
            |_| Operation::<_, ()>::Insert(value(50)),
        );
    }),
    ("pinned compute_ref", |map, n| {
        let pinned = map.pin();
        pinned.compute_ref(
            &key(n),
            || made_key(n),
            |_| Operation::<_, ()>::Insert(value(50)),
        );
    }),
    ("get_or_insert_hashed_with", |map, n| {
        let hash = map.hasher().hash_one(key(n));
        drop(map.get_or_insert_hashed_with(hash, &key(n), || made_key(n), || value(50)))
    }),
];

/// A key that a closure makes of a borrowed one, as `to_owned` does.
fn made_key(n: u32) -> Key {
    burn(Place::Closure);
    key(n).clone()
}

#[test]
fn a_panic_in_hash_changes_nothing() {
    watched(|| {
        for (name, operation) in ON_ONE_KEY {
            let caught = panic_at_each_call(Place::Hash, operation);
            // Once for each key, before the lock: a table never hashes.
            assert_eq!(caught.before_locking, KEYS.len(), "{name}");
            assert_eq!(caught.after_locking, 0, "{name}");
        }
        for (name, operation) in BY_BORROWED_KEY {
            let caught = panic_at_each_call(Place::Hash, operation);
            // Once for each key, and once more for the four that are made. That one may come
            // after a look-up that took the mutex, and has unlocked it.
            let caught = caught.before_locking + caught.after_locking;
            assert_eq!(caught, KEYS.len() + 4, "{name}");
        }
    });
}

/// The closure that makes the key, and the clone in it.
#[test]
fn a_panic_while_a_key_is_made_changes_nothing() {
    watched(|| {
        for (name, operation) in BY_BORROWED_KEY {
            for place in [Place::Closure, Place::Clone] {
                let caught = panic_at_each_call(place, operation);
                let caught = caught.before_locking + caught.after_locking;
                // The four keys that are absent.
                assert_eq!(caught, 4, "{name}");
            }
        }
    });
}

#[test]
fn a_panic_in_the_comparison_of_keys_changes_nothing() {
    watched(|| {
        for (name, operation) in ON_ONE_KEY.into_iter().chain(BY_BORROWED_KEY) {
            let caught = panic_at_each_call(Place::EqOfKeys, operation);
            assert!(
                caught.before_locking > KEYS.len(),
                "{name}: no lock-free look-up"
            );
            assert!(
                caught.after_locking > KEYS.len(),
                "{name}: none under the mutex"
            );
        }
    });
}

#[test]
fn a_panic_in_the_comparison_of_values_changes_nothing() {
    watched(|| {
        let operations: [OnOneKey; 4] = [
            |map, n| drop(map.compare_exchange(&key(n), &value(n), value(50))),
            |map, n| drop(map.compare_remove(&key(n), &value(n))),
            |map, n| _ = map.pin().compare_exchange(&key(n), &value(n), value(50)),
            |map, n| _ = map.pin().compare_remove(&key(n), &value(n)),
        ];
        for operation in operations {
            let caught = panic_at_each_call(Place::EqOfValues, operation);
            // 0 and 1, and 4 under the mutex to be found, but not any more.
            assert_eq!((caught.before_locking, caught.after_locking), (2, 1));
        }
    });
}

#[test]
fn a_panic_in_a_closure_changes_nothing() {
    fn made() -> Value {
        burn(Place::Closure);
        value(50)
    }
    fn yes() -> bool {
        burn(Place::Closure);
        true
    }
    watched(|| {
        // With how often the closure is called for all keys together.
        let operations: [(OnOneKey, usize); 19] = [
            (|map, n| drop(map.update(&key(n), |_| made())), 3),
            (
                |map, n| drop(map.compute(key(n), |_| Operation::<_, ()>::Insert(made()))),
                7,
            ),
            (|map, n| drop(map.get_or_insert_with(key(n), made)), 4),
            (|map, n| drop(map.try_insert_with(key(n), made)), 4),
            (|map, n| drop(map.remove_if(&key(n), |_, _| yes())), 3),
            (|map, _| _ = map.retain(|_, _| yes()), 7 * 3),
            (
                |map, _| {
                    _ = map.for_each(|_, _| match yes() {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    });
                },
                7 * 3,
            ),
            (|map, n| _ = map.pin().update(&key(n), |_| made()), 3),
            (|map, n| _ = map.pin().get_or_insert_with(key(n), made), 4),
            (|map, _| _ = map.pin().retain(|_, _| yes()), 7 * 3),
            (
                |map, n| _ = map.get_or_try_insert_with(key(n), || Ok::<_, ()>(made())),
                4,
            ),
            (
                |map, n| drop(map.get_or_insert_with_ref(&key(n), || key(n), made)),
                4,
            ),
            (
                |map, n| drop(map.update_or_insert_with(key(n), |_| made(), || value(50))),
                3,
            ),
            (
                |map, n| drop(map.update_or_insert_with(key(n), |_| value(51), made)),
                4,
            ),
            (
                |map, n| drop(map.update_or_remove(&key(n), |_| Some(made()))),
                3,
            ),
            (
                |map, n| drop(map.replace_if(&key(n), |_, _| yes(), value(50))),
                3,
            ),
            (|map, n| drop(map.try_remove_if(&key(n), |_, _| yes())), 3),
            (
                |map, n| {
                    map.compute_ref(&key(n), || key(n), |_| Operation::<_, ()>::Insert(made()));
                },
                7,
            ),
            (
                |map, n| {
                    let pinned = map.pin();
                    pinned
                        .extract_if(|key, _| !yes() && key.0.number == n)
                        .for_each(drop);
                },
                7 * 3,
            ),
        ];
        for (index, (operation, calls)) in operations.into_iter().enumerate() {
            let caught = panic_at_each_call(Place::Closure, operation);
            let caught = caught.before_locking + caught.after_locking;
            assert_eq!(caught, calls, "{index}");
        }
    });
}

#[test]
fn a_panic_half_way_through_retain_keeps_what_was_not_visited() {
    watched(|| {
        for calls in 0..3 {
            let map = every_state();
            let banged = bangs_after(calls, Place::Closure, || {
                map.retain(|_, _| {
                    burn(Place::Closure);
                    false
                });
            });
            assert!(banged);
            assert_eq!(contents(&map).len(), 3 - calls);
            still_works(&map);
        }
        LEDGER.settles_at(0);
    });
}

#[test]
fn a_panic_in_clone_changes_nothing() {
    watched(|| {
        let operations: [OnOneKey; 3] = [
            |map, n| drop(map.get_cloned(&key(n))),
            |map, _| drop(map.inspect()),
            |map, _| drop(map.clone()),
        ];
        // 3 values are there; 4 keys in `read`, 5 in `dirty`, and 2 values in
        // both; 3 pairs.
        let clones = [3, 7 * (4 + 2 + 5 + 3), 7 * 2 * 3];
        for (operation, clones) in operations.into_iter().zip(clones) {
            let caught = panic_at_each_call(Place::Clone, operation);
            assert_eq!(caught.before_locking + caught.after_locking, clones);
        }
    });
}

#[test]
fn a_panic_half_way_through_extend_keeps_what_was_inserted() {
    watched(|| {
        let map = Map::default();
        let banged = bangs(|| {
            let mut map = &map;
            map.extend((0..300).map(|n| {
                if n == 261 {
                    resume_unwind(Box::new(Bang));
                }
                (key(n), value(n))
            }));
        });
        assert!(banged);
        // The block of the pair that was being made is dropped.
        assert_eq!(map.len(), 256);
        map.retain(|key, _| *key == self::key(0));
        still_works(&map);
        drop(map);
        LEDGER.settles_at(0);
    });
}

/// How often a destructor has panicked.
static BANGS: AtomicUsize = AtomicUsize::new(0);

type Retire = fn(&Map);

/// Retires a dangerous value, or a dangerous key, together with much else.
const RETIREMENTS: [(&str, Retire); 8] = [
    ("overwrite", |map| {
        map.insert(key(0), Value(Number::dangerous(0)));
        map.insert(key(0), value(1));
    }),
    ("update", |map| {
        map.insert(key(4), Value(Number::dangerous(0)));
        map.update(&key(4), |_| value(1));
    }),
    ("remove", |map| {
        map.insert(key(0), Value(Number::dangerous(0)));
        map.remove(&key(0));
    }),
    ("remove from dirty", |map| {
        map.insert(Key(Number::dangerous(6)), value(6));
        map.remove(&key(6));
    }),
    ("remove_if", |map| {
        map.insert(key(4), Value(Number::dangerous(0)));
        map.remove_if(&key(4), |_, _| true);
    }),
    ("compact", |map| {
        map.insert(Key(Number::dangerous(6)), value(6));
        map.remove_if(&key(6), |_, _| true);
        map.compact();
    }),
    ("retain", |map| {
        map.insert(key(0), Value(Number::dangerous(0)));
        map.retain(|key, _| key.0.number != 0);
    }),
    ("clear", |map| {
        map.insert(key(1), Value(Number::dangerous(0)));
        map.clear();
    }),
];

/// Runs `collect` with each of [`RETIREMENTS`] due, handed over by a thread that
/// has exited. Asserts that it goes well, that the destructor ran, once, and that
/// everything else was dropped too.
fn contained(collect: impl Fn(&Map, &(dyn Fn() -> bool + Sync))) {
    for (name, retire) in RETIREMENTS {
        let map = every_state();
        while !map.flush() {}
        let before = BANGS.load(Ordering::SeqCst);
        let bangs = || BANGS.load(Ordering::SeqCst) - before;
        thread::scope(|scope| scope.spawn(|| retire(&map)).join().unwrap());
        collect(&map, &|| bangs() > 0);
        assert_eq!(bangs(), 1, "{name}");
        still_works(&map);
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_destructor_that_panics_does_not_disturb_flush() {
    watched(|| contained(|map, _| while !map.flush() {}));
}

#[test]
fn a_destructor_that_panics_does_not_disturb_the_write_that_collects() {
    watched(|| {
        contained(|map, banged| {
            let mut n = 0;
            while !banged() {
                n += 1;
                map.insert(key(1), value(n));
                assert_eq!(map.get(&key(1)).unwrap().0.number, n);
            }
        });
    });
}

#[test]
fn a_destructor_that_panics_does_not_disturb_a_held_pin() {
    watched(|| {
        contained(|map, banged| {
            let mut pinned = map.pin();
            let mut n = 0;
            while !banged() {
                pinned.repin();
                n += 1;
                let known = pinned.get(&key(1)).is_some();
                assert_eq!(pinned.insert(key(1), value(n)).is_some(), known);
                assert_eq!(pinned.get(&key(1)).unwrap().0.number, n);
            }
        });
    });
}

/// A stranger, who only reads, and that another map.
#[test]
fn a_destructor_that_panics_does_not_disturb_somebody_elses_reads() {
    watched(|| {
        contained(|_, banged| {
            let other: SyncMap<u32, u32> = [(1, 1)].into();
            while !banged() {
                assert_eq!(other.get(&1).as_deref(), Some(&1));
            }
        });
    });
}

/// In a thread-local's destructor a panic would end the process.
#[test]
fn a_destructor_that_panics_does_not_disturb_a_thread_that_exits() {
    watched(|| {
        // Not empty, as `map` may be by now: that would need no pin.
        let other = SyncMap::from([(1, 1)]);
        other.compact();
        contained(|_, banged| {
            while !banged() {
                // The pins of such a thread are its first, which collects, and
                // 127 more; then comes the one at its exit, which does as well.
                let read = || (0..128).for_each(|_| assert!(other.contains_key(&1)));
                thread::scope(|scope| scope.spawn(read).join().unwrap());
            }
        });
    });
}

/// That the thread goes on collecting as before: it does not let garbage pile up.
#[test]
fn a_destructor_that_panics_does_not_end_collecting() {
    watched(|| {
        let map = every_state();
        for _ in 0..100 {
            map.insert(key(0), Value(Number::dangerous(0)));
        }
        let mut pinned = map.pin();
        for n in 0..10_000 {
            pinned.insert(key(0), value(n));
            pinned.repin();
            assert!(LEDGER.live() < 1_000, "nothing is collected any more");
        }
        drop(pinned);
        drop(map);
        LEDGER.settles_at(0);
    });
}

/// It is contained, but not hushed up.
#[test]
fn a_destructor_that_panics_is_reported_by_the_panic_hook() {
    struct Loud;
    impl Drop for Loud {
        fn drop(&mut self) {
            panic!("loud");
        }
    }
    watched(|| {
        static REPORTS: AtomicUsize = AtomicUsize::new(0);
        let map = SyncMap::<u32, Loud>::new();
        let loud = panic::take_hook();
        panic::set_hook(Box::new(|report| {
            let message = report.payload().downcast_ref();
            if message == Some(&"loud") {
                REPORTS.fetch_add(1, Ordering::SeqCst);
            }
        }));
        map.insert(1, Loud);
        map.remove(&1);
        while !map.flush() {}
        panic::set_hook(loud);
        assert_eq!(REPORTS.load(Ordering::SeqCst), 1);
    });
}

/// A key that is not needed is dropped in the call it was offered to, and its
/// panic reaches the caller; what is due to be given back must not be lost then,
/// least of all a guard: nothing in the process would be freed any more.
fn a_key_that_is_not_needed(offer: impl Fn(&Map, Key), afterwards: impl Fn(u32) -> u32) {
    for known in [0, 4] {
        let map = every_state();
        let offered = Key(Number::dangerous(known));
        assert!(bangs(|| offer(&map, offered)));
        assert!(!crossbeam_epoch::is_pinned(), "a guard was left behind");
        let expected = (known, afterwards(known));
        assert!(contents(&map).contains(&expected), "done all the same");
        still_works(&map);
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_key_that_panics_when_it_is_not_needed_is_dropped_once() {
    watched(|| {
        a_key_that_is_not_needed(|map, key| drop(map.insert(key, value(50))), |_| 50);
        a_key_that_is_not_needed(|map, key| drop(map.try_insert(key, value(50))), |n| n);
        a_key_that_is_not_needed(
            |map, key| _ = map.pin().get_or_insert(key, value(50)),
            |n| n,
        );
        let insert = |_: Option<(&Key, &Value)>| Operation::<_, ()>::Insert(value(50));
        a_key_that_is_not_needed(|map, key| drop(map.compute(key, insert)), |_| 50);
    });
}

#[test]
fn a_key_that_panics_when_it_is_not_needed_leaves_no_guard_behind() {
    watched(|| {
        a_key_that_is_not_needed(|map, key| drop(map.get_or_insert(key, value(50))), |n| n);
        let made = || unreachable!("it is present");
        a_key_that_is_not_needed(|map, key| drop(map.get_or_insert_with(key, made)), |n| n);
        let made = || -> Result<Value, ()> { unreachable!("it is present") };
        let offer = |map: &Map, key| _ = map.get_or_try_insert_with(key, made);
        a_key_that_is_not_needed(offer, |n| n);
        let offer = |map: &Map, key| _ = map.pin().get_or_try_insert_with(key, made);
        a_key_that_is_not_needed(offer, |n| n);
        let offer = |map: &Map, key| {
            drop(map.update_or_insert_with(key, |_| value(50), || unreachable!("it is present")))
        };
        a_key_that_is_not_needed(offer, |_| 50);
    });
}

/// The closure that would make the key owns it, and is dropped without a call.
#[test]
fn a_closure_that_panics_when_it_is_not_needed_leaves_no_guard_behind() {
    watched(|| {
        let made = || unreachable!("it is present");
        let offer = |map: &Map, offered: Key| {
            let borrowed = key(offered.0.number);
            drop(map.get_or_insert_with_ref(&borrowed, move || offered, made));
        };
        a_key_that_is_not_needed(offer, |n| n);
        let offer = |map: &Map, offered: Key| {
            let borrowed = key(offered.0.number);
            _ = map
                .pin()
                .get_or_insert_with_ref(&borrowed, move || offered, made);
        };
        a_key_that_is_not_needed(offer, |n| n);
        let offer = |map: &Map, offered: Key| {
            let known = key(offered.0.number);
            let made = move || {
                drop(offered);
                unreachable!("it is present")
            };
            drop(map.get_or_insert_with(known, made));
        };
        a_key_that_is_not_needed(offer, |n| n);
        let offer = |map: &Map, offered: Key| {
            let borrowed = key(offered.0.number);
            map.compute_ref(
                &borrowed,
                move || offered,
                |_| Operation::<_, ()>::Insert(value(50)),
            );
        };
        a_key_that_is_not_needed(offer, |_| 50);
    });
}

/// Another key and value came while these were made.
#[test]
fn a_key_and_a_value_that_come_too_late_are_dropped_once() {
    type Offer = fn(&Map, Key, Value);
    let offers: [Offer; 5] = [
        |map, late, made| {
            let make = || {
                map.insert(key(6), value(1));
                made
            };
            drop(map.get_or_insert_once(late, make))
        },
        |map, late, made| {
            let make = || {
                map.insert(key(6), value(1));
                made
            };
            drop(map.get_or_insert_with_ref(&key(6), || late, make))
        },
        |map, late, made| {
            let make = || {
                map.insert(key(6), value(1));
                Ok::<_, ()>(made)
            };
            _ = map.pin().get_or_try_insert_with(late, make);
        },
        |map, late, made| {
            let make = || {
                map.insert(key(6), value(0));
                made
            };
            drop(map.update_or_insert_with(late, |_| value(1), make))
        },
        |map, late, made| {
            let make = || {
                map.insert(key(6), value(0));
                made
            };
            drop(map.update_or_insert_with_ref(&key(6), || late, |_| value(1), make))
        },
    ];
    watched(move || {
        for (number, offer) in offers.into_iter().enumerate() {
            for dangerous_key in [true, false] {
                let map = every_state();
                let (late, made) = match dangerous_key {
                    true => (Key(Number::dangerous(6)), value(50)),
                    false => (key(6), Value(Number::dangerous(50))),
                };
                assert!(bangs(|| offer(&map, late, made)), "{number}");
                assert!(contents(&map).contains(&(6, 1)), "{number}");
                still_works(&map);
                drop(map);
                LEDGER.settles_at(0);
            }
        }
    });
}

#[test]
fn a_destructor_that_panics_while_the_map_is_dropped_spares_the_others() {
    watched(|| {
        let ways: [fn(Map); 4] = [
            drop,
            |map| drop(map.into_iter()),
            |mut map| drop(map.drain()),
            // Either as it is handed out, or with what is left.
            |map| drop(map.into_iter().next()),
        ];
        for way in ways {
            for dangerous in [0, 4] {
                let map = every_state();
                map.insert(key(dangerous), Value(Number::dangerous(50)));
                assert!(bangs(|| way(map)));
                LEDGER.settles_at(0);
            }
            // The key of a tombstone.
            let map = every_state();
            map.insert(Key(Number::dangerous(6)), value(6));
            map.remove_if(&key(6), |_, _| true);
            assert!(bangs(|| way(map)));
            LEDGER.settles_at(0);
        }
    });
}
