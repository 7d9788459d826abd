//! The map where maps seldom are: in the destructors of thread-locals, on the
//! move, in a `static`, dropped while threads exit, with its guards forgotten,
//! called by its own keys, and fed with keys that lie.

use crate::child;
use crate::ledger::{Ledger, Ticket};
use crate::one_at_a_time::watched;
use readmostly::{Compute, Equivalent, Operation, Ref, SyncMap};
use std::cell::{Cell, RefCell};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

/// A value that counts its drops and says which it is.
struct Value(u32, Ticket);

fn values(ledger: &'static Ledger) -> impl Fn(u32) -> Value + Copy + Send + Sync {
    move |number| Value(number, ledger.issue())
}

impl Value {
    fn number(&self) -> u32 {
        self.1.check();
        self.0
    }
}

/// Runs `last` in the destructor of a thread-local, on a thread that has done
/// `before`; of one that is destroyed after those of this crate and of
/// crossbeam-epoch, if `late`, or before them.
///
/// Thread-locals are destroyed in the opposite order of their first use, as in
/// crossbeam-epoch's own test `pin_while_exiting`; [`epoch_is_gone`] makes sure.
fn in_a_destructor(late: bool, before: impl FnOnce() + Send, last: impl FnOnce() + Send + 'static) {
    struct Last(RefCell<Option<Box<dyn FnOnce()>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            if let Some(last) = self.0.take() {
                last();
            }
        }
    }
    thread_local! {
        static LAST: Last = const { Last(RefCell::new(None)) };
    }

    let (say, outcome) = mpsc::channel();
    // A panic in a thread-local's destructor would end the process.
    let last = move || {
        assert_eq!(epoch_is_gone(), late, "not the order this test is about");
        last();
    };
    let last = move || say.send(catch_unwind(AssertUnwindSafe(last))).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            if late {
                LAST.with(|_| ());
            }
            drop(crossbeam_epoch::pin());
            before();
            LAST.with(|cell| cell.0.replace(Some(Box::new(last))));
        });
    });
    if let Err(panic) = outcome.recv().unwrap() {
        resume_unwind(panic);
    }
}

/// Whether crossbeam-epoch's thread-local is: then each pin is a participant of
/// its own, and knows of no other.
fn epoch_is_gone() -> bool {
    let _pinned = crossbeam_epoch::pin();
    !crossbeam_epoch::is_pinned()
}

/// Does everything once, with a key of its own.
fn everything<S: std::hash::BuildHasher>(
    map: &SyncMap<u32, Value, S>,
    key: u32,
    value: impl Fn(u32) -> Value + Copy,
) {
    assert!(map.insert(key, value(1)).is_none());
    assert_eq!(map.get(&key).unwrap().number(), 1);
    assert_eq!(map.insert(key, value(2)).unwrap().number(), 1);
    assert_eq!(
        map.update(&key, |old| value(old.number() + 1))
            .unwrap()
            .number(),
        3
    );
    let held = map.get(&key).unwrap();
    match map.compute(key, |_| Operation::<_, ()>::Insert(value(4))) {
        Compute::Updated { old, new } => assert_eq!((old.number(), new.number()), (3, 4)),
        _ => panic!("it was present"),
    }
    assert!(map.try_insert(key, value(5)).is_err());
    let mut pinned = map.pin();
    assert_eq!(pinned.get(&key).unwrap().number(), 4);
    assert!(pinned.iter().any(|(other, _)| *other == key));
    assert!(
        map.iter()
            .any(|item| *item.key() == key && item.number() == 4)
    );
    let part = Ref::map(map.get(&key).unwrap(), |value| &value.0);
    let item = map.iter().next().unwrap();
    assert!(map.for_each(|_, _| ControlFlow::Break(())).is_break());
    assert_eq!(pinned.remove(&key).unwrap().number(), 4);
    pinned.repin();
    drop(pinned);
    assert!(!map.flush(), "a guard is held");
    assert_eq!((held.number(), *part, item.number()), (3, 4, 4));
    drop((held, part, item));
    map.flush();
    map.insert(key, value(6));
    map.retain(|other, _| *other != key);
    map.compact();
    assert!(map.get(&key).is_none());
    map.stats();
}

/// The methods that `everything` leaves out, each on a map of its own.
fn the_rest() {
    let mut map = SyncMap::from([(1, 10), (2, 20)]);
    assert!(map.contains_key(&1) && !map.contains_key(&3));
    assert_eq!(map.get_cloned(&1), Some(10));
    assert_eq!(*map.try_insert_with(3, || 30).unwrap(), 30);
    assert_eq!(*map.get_or_insert(4, 40), 40);
    assert_eq!(*map.get_or_insert_with(5, || 50), 50);
    assert_eq!(*map.compare_exchange(&5, &50, 51).unwrap(), 50);
    assert!(map.compare_exchange(&9, &90, 91).is_err());
    assert_eq!(map.compare_remove(&5, &51).as_deref(), Some(&51));
    assert_eq!(map.remove_if(&4, |_, n| *n == 40).as_deref(), Some(&40));
    let pinned = map.pin();
    assert_eq!(pinned.get_key_value(&3), Some((&3, &30)));
    assert_eq!(pinned.keys().sum::<u32>(), 6);
    assert_eq!(pinned.values().sum::<u32>(), 60);
    assert_eq!((pinned.len(), pinned.is_empty()), (3, false));
    assert_eq!(format!("{pinned:?}").len(), format!("{map:?}").len());
    drop(pinned);
    assert_eq!(map.inspect().read.len(), map.stats().read_entries);
    assert_eq!(map, map.clone());
    (&map).extend([(6, 60)]);
    *map.get_mut(&6).unwrap() += 1;
    map.iter_mut().for_each(|(_, n)| *n += 1);
    assert_eq!(map.pin().values().sum::<u32>(), 60 + 61 + 4);
    assert_eq!(map.clone().into_iter().count(), 4);
    assert_eq!(map.drain().take(2).count(), 2);
    map.insert(7, 70);
    map.clear();
    assert_eq!(map.into_iter().next(), None);
}

#[test]
fn a_thread_locals_destructor_may_use_a_map() {
    static LEDGER: Ledger = Ledger::new();
    static MAP: SyncMap<u32, Value, Fixed> = SyncMap::with_hasher(Fixed::new());
    watched(|| {
        let value = values(&LEDGER);
        for late in [false, true] {
            let before = || {
                everything(&MAP, 1, value);
                the_rest();
            };
            in_a_destructor(late, before, move || {
                for key in 0..100 {
                    everything(&MAP, key, value);
                }
                the_rest();
                // One that is born, used and dropped here.
                let map = SyncMap::<u32, Value>::new();
                everything(&map, 1, value);
                map.insert(1, value(1));
            });
            assert!(MAP.is_empty());
        }
        MAP.clear();
        LEDGER.settles_at(0);
    });
}

/// There a pin shares nothing with another one: each of the two values that
/// `compute` gives back has to be kept by its own guard.
#[test]
fn both_values_of_a_compute_live_as_long_as_their_refs() {
    static LEDGER: Ledger = Ledger::new();
    static MAP: SyncMap<u32, Value, Fixed> = SyncMap::with_hasher(Fixed::new());
    watched(|| {
        let value = values(&LEDGER);
        for late in [false, true] {
            MAP.insert(1, value(0));
            let before = || drop(MAP.get(&1));
            in_a_destructor(late, before, move || {
                for n in 1..20 {
                    let computed = MAP.compute(1, |_| Operation::<_, ()>::Insert(value(n)));
                    let Compute::Updated { old, new } = computed else {
                        panic!("it was present");
                    };
                    MAP.insert(1, value(n));
                    let (first, second, number) = match n % 2 {
                        0 => (old, new, n),
                        _ => (new, old, n - 1),
                    };
                    // As far as the guard allows, which is not far enough.
                    let try_hard = || {
                        MAP.insert(2, value(n));
                        assert!(!MAP.flush());
                    };
                    try_hard();
                    first.number();
                    drop(first);
                    try_hard();
                    assert_eq!(second.number(), number);
                }
            });
        }
        MAP.clear();
        LEDGER.settles_at(0);
    });
}

/// A computation takes both pins before it looks. Before it has returned, another
/// thread removes the new value, which is already in the map, and tries to free it; and
/// again when the reference to the old value, with one of the pins, has been dropped.
///
/// The other thread's guard is older than the pins: it keeps the epoch where it is
/// until the removed value is booked under that epoch. A pin taken later than that
/// would come too late.
#[test]
fn a_reference_to_a_computed_value_outlives_that_to_the_old_one() {
    static LEDGER: Ledger = Ledger::new();
    static MAP: SyncMap<u32, Value, Fixed> = SyncMap::with_hasher(Fixed::new());
    static NEXT: Barrier = Barrier::new(2);

    fn let_the_other_try() {
        NEXT.wait();
        NEXT.wait();
    }
    /// Goes with the closure that owns it: when the new value is in the map.
    struct InTheMap;
    impl Drop for InTheMap {
        fn drop(&mut self) {
            let_the_other_try();
        }
    }

    watched(move || {
        let value = values(&LEDGER);
        for late in [false, true] {
            MAP.insert(1, value(1));
            let other = thread::spawn(|| {
                let older = MAP.pin();
                assert!(!MAP.flush(), "a guard is held");
                NEXT.wait();
                NEXT.wait();
                assert_eq!(MAP.remove(&1).unwrap().number(), 2);
                assert!(!MAP.flush(), "three guards are held");
                drop(older);
                assert!(!MAP.flush(), "two guards are held");
                NEXT.wait();
                NEXT.wait();
                assert!(!MAP.flush(), "a guard is held");
                NEXT.wait();
            });
            let before = || drop(MAP.get(&1));
            in_a_destructor(late, before, move || {
                NEXT.wait();
                let in_the_map = InTheMap;
                let computed = MAP.compute(1, move |_| {
                    let _ = &in_the_map;
                    Operation::<_, ()>::Insert(value(2))
                });
                let Compute::Updated { old, new } = computed else {
                    panic!("it was present");
                };
                assert_eq!((old.number(), new.number()), (1, 2));
                drop(old);
                let_the_other_try();
                assert_eq!(LEDGER.live(), 2, "a value was freed under a reference");
                assert_eq!(new.number(), 2);
            });
            other.join().unwrap();
            LEDGER.settles_at(0);
        }
    });
}

#[test]
fn a_map_may_be_a_thread_local() {
    static LEDGER: Ledger = Ledger::new();
    thread_local! {
        static MAP: SyncMap<u32, Value> = SyncMap::new();
    }
    watched(|| {
        let value = values(&LEDGER);
        for first_the_map in [false, true] {
            thread::scope(|scope| {
                scope.spawn(|| {
                    if first_the_map {
                        MAP.with(|_| ());
                    }
                    everything(&SyncMap::<u32, Value>::new(), 1, value);
                    MAP.with(|map| {
                        everything(map, 1, value);
                        (0..100).for_each(|n| _ = map.insert(n, value(n)));
                        map.remove(&1);
                    });
                });
            });
            LEDGER.settles_at(0);
        }
    });
}

#[test]
fn a_map_may_move_between_operations() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let value = values(&LEDGER);
        let step = move |map: &SyncMap<u32, Value>, n: u32| {
            assert_eq!(map.len(), n as usize);
            map.insert(n, value(n));
            for old in 0..=n {
                assert_eq!(map.get(&old).unwrap().number(), old);
            }
        };
        let map = SyncMap::new();
        step(&map, 0);
        let map = Box::new(map);
        step(&map, 1);
        let mut maps = vec![*map];
        step(&maps[0], 2);
        for n in 3..40 {
            maps.push(SyncMap::new());
            maps.shrink_to_fit();
            step(&maps[0], n);
        }
        let map = maps.swap_remove(0);
        let map = thread::spawn(move || {
            step(&map, 40);
            map
        });
        let map = map.join().unwrap();
        step(&map, 41);
        let map = Arc::new(map);
        step(&map, 42);
        let mut map = Arc::into_inner(map).unwrap();
        map.get_mut(&1).unwrap().0 = 1;
        let other = mem::replace(&mut map, SyncMap::new());
        step(&other, 43);
        step(&map, 0);
        assert_eq!(other.into_iter().count(), 44);
        drop(map);
        LEDGER.settles_at(0);
    });
}

/// Each thread has keys of its own and shares one: failing would mean that a
/// write was lost, or went to another thread's key.
#[test]
fn a_static_is_shared_by_many_threads_and_never_dropped() {
    static LEDGER: Ledger = Ledger::new();
    static MAP: SyncMap<u32, Value, Fixed> = SyncMap::with_hasher(Fixed::new());
    watched(|| {
        let value = values(&LEDGER);
        const THREADS: u32 = 8;
        let start = Barrier::new(THREADS as usize);
        MAP.insert(0, value(0));
        thread::scope(|scope| {
            for thread in 1..=THREADS {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for n in 0..500 {
                        let key = thread + THREADS * (n % 3);
                        let before = MAP.insert(key, value(n));
                        assert_eq!(before.is_some(), n >= 3);
                        assert_eq!(MAP.get(&key).unwrap().number(), n);
                        MAP.update(&0, |sum| value(sum.number() + 1)).unwrap();
                    }
                });
            }
        });
        assert_eq!(MAP.get(&0).unwrap().number(), 500 * THREADS);
        assert_eq!(MAP.len(), 1 + 3 * THREADS as usize);
        LEDGER.settles_at(1 + 3 * THREADS as usize);
    });
}

/// The last of some exiting threads drops the map, be it in the destructor of a
/// thread-local.
#[test]
fn a_map_may_be_dropped_by_threads_that_exit() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let value = values(&LEDGER);
        for late in [false, true] {
            for _ in 0..20 {
                let map = Arc::new(SyncMap::<u32, Value>::new());
                thread::scope(|scope| {
                    for thread in 0..4 {
                        let (map, last) = (Arc::clone(&map), Arc::clone(&map));
                        scope.spawn(move || {
                            let before = move || {
                                for n in 0..50 {
                                    map.insert(n % 5, value(n));
                                    map.remove(&(n % 7));
                                }
                            };
                            in_a_destructor(late, before, move || {
                                last.insert(10 + thread, value(0));
                                drop(last);
                            });
                        });
                    }
                    drop(map);
                });
                LEDGER.settles_at(0);
            }
        }
    });
}

/// In a process of its own: a guard that is forgotten keeps reclamation from
/// going on in all of it, for ever.
#[test]
fn what_is_forgotten_leaks_and_does_no_other_harm() {
    const NAME: &str = "what_is_forgotten_leaks_and_does_no_other_harm";
    static LEDGER: Ledger = Ledger::new();
    if child::has_passed(module_path!(), NAME, &[child::LEAKS]) {
        return;
    }

    watched(|| {
        let value = values(&LEDGER);
        let filled = || (0..10).map(|n| (n, value(n))).collect::<SyncMap<_, _>>();

        // Neither of these owns a guard.
        let mut map = filled();
        mem::forget(map.drain());
        assert!(map.is_empty() && map.get(&1).is_none());
        everything(&map, 1, value);
        let mut some = map.into_iter();
        some.next();
        mem::forget(some);
        mem::forget(filled().into_iter());
        mem::forget(filled());
        let map = filled();
        LEDGER.settles_at(10 + 10 + 10 + 10);

        // These do.
        let map = Arc::new(map);
        mem::forget(map.pin());
        mem::forget(map.get(&2));
        mem::forget(map.insert(2, value(20)));
        mem::forget(
            map.try_insert(2, value(30))
                .map_err(|refused| refused.current),
        );
        assert_eq!(map.get(&2).unwrap().number(), 20);
        forget_every_result(&map, value);
        for n in 0..1_000 {
            map.insert(1, value(n));
        }
        assert!(!map.flush(), "this thread is pinned for ever");
        assert!(LEDGER.live() > 1_000);
        let shared = Arc::clone(&map);
        let other = thread::spawn(move || {
            for n in 0..1_000 {
                shared.insert(3, value(n));
                assert_eq!(shared.get(&3).unwrap().number(), n);
                shared.remove(&4);
                shared.compact();
            }
            assert!(!shared.flush());
        });
        other.join().unwrap();
        map.clear();
        everything_but_flush(&map, value);
        drop(Arc::into_inner(map));
        LEDGER.live();
    });

    /// Whatever else has a guard, or a part in one.
    fn forget_every_result(map: &SyncMap<u32, Value>, value: impl Fn(u32) -> Value) {
        let pinned = mem::ManuallyDrop::new(map.pin());
        // Its iterators borrow it and own nothing that could be forgotten.
        assert!(pinned.iter().next().is_some());
        mem::forget(map.try_insert(20, value(20)).ok());
        mem::forget(map.try_insert_with(21, || value(21)).ok());
        mem::forget(map.get_or_insert(20, value(0)));
        mem::forget(map.get_or_insert_with(22, || value(22)));
        mem::forget(map.update(&20, |old| value(old.number() + 100)));
        mem::forget(map.compute(20, |_| Operation::<_, ()>::Insert(value(121))));
        mem::forget(map.compute(21, |_| Operation::<_, ()>::Remove));
        mem::forget(map.remove_if(&22, |_, _| true));
        mem::forget(map.remove(&3));
        mem::forget(map.iter());
        mem::forget(map.values().next());
        let refused = map.try_insert(20, value(0)).err();
        mem::forget(refused.map(|refused| refused.current));
        assert_eq!(map.get(&20).unwrap().number(), 121);
        assert!(map.get(&21).is_none() && map.get(&22).is_none());
    }

    fn everything_but_flush(map: &SyncMap<u32, Value>, value: impl Fn(u32) -> Value) {
        map.insert(1, value(1));
        assert_eq!(map.remove(&1).unwrap().number(), 1);
        map.retain(|_, _| true);
        map.compact();
    }
}

#[test]
fn a_ref_outlives_whatever_happens_to_its_key() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let value = values(&LEDGER);
        for key in [1, 2] {
            let map: SyncMap<_, _> = [(1, value(10))].into();
            map.insert(2, value(20));
            let held = map.get(&key).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| {
                    map.remove(&key);
                    map.compact();
                    map.insert(key, value(0));
                    map.clear();
                    map.insert(key, value(1));
                    map.compact();
                    assert!(!map.flush());
                });
            });
            assert!(!map.flush());
            assert_eq!((*held.key(), held.number()), (key, 10 * key));
            drop(held);
            drop(map);
            LEDGER.settles_at(0);
        }
    });
}

#[test]
fn a_ref_to_one_map_outlives_another_map() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let value = values(&LEDGER);
        let map: SyncMap<_, _> = [(1, value(10))].into();
        let other: SyncMap<_, _> = [(1, value(20))].into();
        let pinned = map.pin();
        let (held, found) = (map.get(&1).unwrap(), pinned.get(&1).unwrap());
        other.insert(2, value(30));
        other.insert(1, value(40));
        drop(other);
        // What was replaced waits for the guards, the rest went with its map.
        assert_eq!(LEDGER.live(), 2);
        map.clear();
        assert_eq!((held.number(), found.number()), (10, 10));
        drop((held, pinned));
        LEDGER.settles_at(0);
    });
}

/// `flush` says that the destructors have run, not that somebody has begun to
/// run them.
#[test]
fn flush_is_not_true_while_another_thread_is_inside_a_destructor() {
    /// Stops in its destructor, if it is told to.
    struct Stopping(Option<(SyncSender<()>, Mutex<Receiver<()>>)>);
    static DONE: AtomicUsize = AtomicUsize::new(0);
    impl Drop for Stopping {
        fn drop(&mut self) {
            if let Some((entered, leave)) = self.0.take() {
                entered.send(()).unwrap();
                leave.lock().unwrap().recv().unwrap();
                DONE.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    watched(|| {
        let stopping = || {
            let (entered, inside) = mpsc::sync_channel(1);
            let (go, leave) = mpsc::sync_channel(1);
            (Stopping(Some((entered, Mutex::new(leave)))), inside, go)
        };
        let (first, first_inside, first_go) = stopping();
        let (second, second_inside, second_go) = stopping();
        let map = Arc::new(SyncMap::<u32, Stopping>::new());
        map.insert(1, Stopping(None));
        map.compact();
        while !map.flush() {}

        // A guard elsewhere, and a flush that has moved the epoch as far as that
        // lets it: what is retired now all becomes due at once.
        let (pinned, unpin) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _guard = map.pin();
                pinned.wait();
                unpin.wait();
            });
            pinned.wait();
            assert!(!map.flush());
            for stopping in [first, second] {
                map.insert(1, stopping);
                // A collection that is due hands it over, in a bag of its own.
                for _ in 0..64 {
                    map.insert(1, Stopping(None));
                }
            }
            unpin.wait();
        });

        // This thread's flush stops in the first destructor; the other thread
        // takes the next bag meanwhile, and stops in the second one.
        let shared = Arc::clone(&map);
        let other = thread::spawn(move || {
            first_inside.recv().unwrap();
            while !shared.flush() {}
        });
        let helper = thread::spawn(move || {
            second_inside.recv().unwrap();
            first_go.send(()).unwrap();
        });
        let flushed = map.flush();
        let done = DONE.load(Ordering::SeqCst);
        second_go.send(()).unwrap();
        other.join().unwrap();
        helper.join().unwrap();
        assert!(!flushed || done == 2, "true, but only {done} of 2 have run");
        while !map.flush() {}
        assert_eq!(DONE.load(Ordering::SeqCst), 2);
    });
}

type Numbers = SyncMap<u32, u32, Fixed>;
type Act = fn(&Numbers);

/// A key that is looked up, and that does something with the map whenever it is
/// compared with the one it equals.
struct Curious<'m, F: Fn(&Numbers)> {
    number: u32,
    map: &'m Numbers,
    act: F,
}

impl<F: Fn(&Numbers)> Hash for Curious<'_, F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<F: Fn(&Numbers)> Equivalent<u32> for Curious<'_, F> {
    fn equivalent(&self, key: &u32) -> bool {
        let equal = self.number == *key;
        if equal {
            (self.act)(self.map);
        }
        equal
    }
}

/// Without a lock held a comparison may do anything with the map, its own entry
/// included.
#[test]
fn a_comparison_on_the_lock_free_path_may_use_the_map() {
    watched(|| {
        let acts: [(Act, Option<u32>); 7] = [
            (
                |map| assert_eq!(map.get(&1).as_deref(), Some(&10)),
                Some(10),
            ),
            (|map| _ = map.insert(1, 11), Some(11)),
            (|map| _ = map.remove(&1), None),
            // The look-up then ends in the old generation, before the clear.
            (|map| map.clear(), Some(10)),
            (
                |map| {
                    map.insert(3, 30);
                    assert_eq!(map.pin().iter().count(), 3);
                },
                Some(10),
            ),
            (
                |map| {
                    map.remove(&1);
                    map.insert(3, 30);
                    map.compact();
                    assert!(!map.flush(), "the look-up has a guard");
                },
                None,
            ),
            (
                |map| drop((map.stats(), map.inspect(), map.clone())),
                Some(10),
            ),
        ];
        for (act, expected) in acts {
            let map: Numbers = [(1, 10), (2, 20)].into_iter().collect();
            let number = 1;
            let map = &map;
            let one = Curious { number, map, act };
            assert_eq!(map.get(&one).as_deref().copied(), expected);
        }
    });
}

/// Under the mutex a comparison may read what needs no mutex.
#[test]
fn a_comparison_under_the_mutex_may_read_known_keys() {
    watched(|| {
        let map: Numbers = [(1, 10), (2, 20)].into_iter().collect();
        map.remove(&2);
        map.insert(3, 30);
        map.insert(4, 40);
        let times = AtomicUsize::new(0);
        let act = |map: &Numbers| {
            times.fetch_add(1, Ordering::SeqCst);
            assert_eq!(map.get(&1).as_deref(), Some(&10));
            assert_eq!(map.get_cloned(&2), None, "a tombstone");
            assert_eq!((map.contains_key(&1), map.len()), (true, 3));
            let pinned = map.pin();
            assert_eq!(pinned.get_key_value(&1), Some((&1, &10)));
        };
        let (number, map) = (3, &map);
        let three = Curious { number, map, act };
        assert_eq!(map.get(&three).as_deref(), Some(&30));
        assert_eq!(map.update(&three, |n| n + 1).as_deref(), Some(&31));
        assert_eq!(map.remove(&three).as_deref(), Some(&31));
        assert_eq!(times.load(Ordering::SeqCst), 3);
    });
}

/// `Hash` and `Eq` that contradict themselves get whatever answers they deserve,
/// but no undefined behaviour: everything is still dropped once, and not while
/// it can be seen.
#[test]
fn keys_that_lie_break_nothing_but_their_own_look_ups() {
    static LEDGER: Ledger = Ledger::new();
    thread_local! {
        static LIES: Cell<u32> = const { Cell::new(1) };
    }

    /// A number from 0 to 7 that looks random.
    fn lie() -> u32 {
        LIES.set(
            LIES.get()
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223),
        );
        LIES.get() >> 29
    }

    struct Liar(Ticket);
    impl Hash for Liar {
        fn hash<H: Hasher>(&self, state: &mut H) {
            (lie() / 4).hash(state);
        }
    }
    impl PartialEq for Liar {
        fn eq(&self, other: &Self) -> bool {
            self.0.check();
            other.0.check();
            lie() == 0
        }
    }
    impl Eq for Liar {}

    fn lie_a_lot(map: &SyncMap<Liar, Value>, seed: u32) {
        let value = values(&LEDGER);
        let liar = || Liar(LEDGER.issue());
        let see = |found: Option<Ref<'_, Liar, Value>>| {
            if let Some(found) = found {
                found.number();
                found.key().0.check();
            }
        };
        LIES.set(seed);
        for n in 0..3_000 {
            match lie() + lie() {
                0 if lie() == 0 => map.clear(),
                0 => _ = map.compact(),
                1 => _ = map.pin().iter().map(|(_, value)| value.number()).max(),
                2 => see(map.get(&liar())),
                3..6 => see(map.insert(liar(), value(n))),
                6..9 => see(map.remove(&liar())),
                9 => see(Some(map.get_or_insert(liar(), value(n)))),
                10 => see(map.update(&liar(), |old| value(old.number()))),
                11 => see(map.remove_if(&liar(), |_, value| value.number() % 2 == 0)),
                12 => match map.compute(liar(), |_| match lie() {
                    0..3 => Operation::Insert(value(n)),
                    3..6 => Operation::Remove,
                    _ => Operation::Abort(()),
                }) {
                    Compute::Inserted(new) => see(Some(new)),
                    Compute::Updated { old, new } => [old, new].map(Some).into_iter().for_each(see),
                    Compute::Removed(old) => see(old),
                    Compute::Aborted(()) => {}
                },
                13 => _ = map.retain(|_, value| value.number() % 3 == 0),
                _ => {
                    map.stats();
                    map.flush();
                }
            }
        }
    }

    watched(|| {
        for threads in [1, 1, 1, 4, 4] {
            let map = SyncMap::new();
            thread::scope(|scope| {
                for thread in 0..threads {
                    let map = &map;
                    scope.spawn(move || lie_a_lot(map, 7 + 13 * thread + 1_000 * threads));
                }
            });
            drop(map);
            LEDGER.settles_at(0);
        }
    });
}
