//! The map used from everywhere its callers' code runs: while one of its guards
//! is held, in closures, comparisons, clones and destructors, at any depth.
//!
//! The mutex is not re-entrant, so each of these would hang (and the watchdog
//! fail it) if the map called out while holding it. The one exception, `Eq` of a
//! key, may run under the mutex and is documented; `odd_places.rs` has it.

use crate::invariants::invariants_hold;
use crate::one_at_a_time::watched;
use readmostly::{Compute, EntryState, Operation, Pinned, SyncMap};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

type Map = SyncMap<u32, Value>;

/// Something that is done to a map.
type Use = fn(&Map);

/// A value that may do something with a map when it is compared, cloned or
/// dropped.
#[derive(Default)]
struct Value {
    number: u32,
    act: Option<Act>,
}

/// What to do with which map, and on which occasion; done once.
struct Act {
    on: Occasion,
    map: Weak<Map>,
    operation: Use,
    times: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Occasion {
    Comparison,
    Clone,
    Drop,
}

impl Value {
    fn run(&self, on: Occasion) {
        if let Some(act) = self.act.as_ref().filter(|act| act.on == on) {
            if let Some(map) = act.map.upgrade() {
                if act.times.fetch_add(1, Ordering::SeqCst) == 0 {
                    (act.operation)(&map);
                }
            }
        }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self { number, act: None }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.run(Occasion::Comparison);
        self.number == other.number
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        self.run(Occasion::Clone);
        self.number.into()
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.run(Occasion::Drop);
    }
}

/// The keys that the tests themselves use; those of [`OPERATIONS`] are 10 and
/// more. Each value is the number of its key.
///
/// 0 and 1 are in the read snapshot, 5 in the dirty map alone, 6 is deleted, and
/// 7 expunged; 8 is in neither map. 30, 35, 36 and 37 are likewise.
fn map() -> Arc<Map> {
    let map: Map = [0, 1, 6, 7, 30, 36, 37].map(|n| (n, n.into())).into();
    for (dirty_only, deleted, expunged) in [(5, 6, 7), (35, 36, 37)] {
        map.remove(&expunged);
        map.insert(dirty_only, dirty_only.into());
        map.remove(&deleted);
    }
    let inside = map.inspect();
    let state = |n| {
        let found = inside.read.iter().find(|(key, _)| *key == n);
        found.map(|(_, state)| state.clone())
    };
    assert_eq!(state(7), Some(EntryState::Expunged));
    assert_eq!(state(6), Some(EntryState::Nil));
    assert!(state(5).is_none() && inside.amended);
    Arc::new(map)
}

fn number(found: Option<impl std::ops::Deref<Target = Value>>) -> Option<u32> {
    found.map(|value| value.number)
}

/// Everything a map can do, each with the result it must have. They use keys of
/// their own, so that they can run inside each other in any order.
const OPERATIONS: [(&str, Use); 15] = [
    ("get", |map| {
        map.get(&0);
        map.get(&5);
        assert!(map.get(&99).is_none());
        assert_eq!(map.get_cloned(&99).map(|v| v.number), None);
    }),
    ("get_many_with", |map| {
        map.get_many_with(&[0, 5, 99], |key, value| {
            assert!(*key != 99 || value.is_none());
            map.contains_key(&5);
        });
        assert!(map.pin().get_many([&99]) == [None]);
    }),
    ("insert and remove", |map| {
        map.insert(10, 10.into());
        assert_eq!(number(map.insert(10, 11.into())), Some(10));
        assert_eq!(number(map.get(&10)), Some(11));
        assert_eq!(number(map.remove(&10)), Some(11));
        assert!(map.remove(&10).is_none());
        for known in [30, 35, 36, 37] {
            map.insert(known, known.into());
            assert_eq!(number(map.get(&known)), Some(known));
        }
    }),
    ("try_insert", |map| {
        assert_eq!(map.try_insert(11, 11.into()).unwrap().number, 11);
        assert!(map.try_insert(11, 12.into()).is_err());
        assert!(map.try_insert_with(11, || unreachable!()).is_err());
        assert_eq!(map.get_or_insert(11, 13.into()).number, 11);
        map.remove(&11);
    }),
    ("get_or_insert_with", |map| {
        let made = map.get_or_insert_with(12, || {
            map.insert(13, 13.into());
            12.into()
        });
        assert_eq!(made.number, 12);
        assert_eq!(number(map.remove(&12)), Some(12));
        assert_eq!(number(map.remove(&13)), Some(13));
    }),
    ("update", |map| {
        map.insert(14, 14.into());
        let updated = map.update(&14, |value| (value.number + 1).into());
        assert_eq!(number(updated), Some(15));
        assert!(map.update(&99, |_| unreachable!()).is_none());
        map.remove(&14);
    }),
    ("compute", |map| {
        let add = |seen: Option<(&u32, &Value)>| match seen {
            None => Operation::Insert(1.into()),
            Some((_, value)) if value.number < 3 => Operation::Insert((value.number + 1).into()),
            Some((_, value)) if value.number == 3 => Operation::Remove,
            Some((_, value)) => Operation::Abort(value.number),
        };
        assert!(matches!(map.compute(15, add), Compute::Inserted(v) if v.number == 1));
        assert!(matches!(map.compute(15, add), Compute::Updated { old, new }
            if (old.number, new.number) == (1, 2)));
        assert!(matches!(map.compute(15, add), Compute::Updated { .. }));
        assert!(matches!(map.compute(15, add), Compute::Removed(Some(v)) if v.number == 3));
    }),
    ("compare_exchange", |map| {
        map.insert(16, 16.into());
        assert!(map.compare_exchange(&16, &0.into(), 1.into()).is_err());
        let old = map.compare_exchange(&16, &16.into(), 17.into());
        assert_eq!(old.unwrap().number, 16);
        assert!(map.compare_remove(&16, &16.into()).is_none());
        assert_eq!(number(map.compare_remove(&16, &17.into())), Some(17));
    }),
    ("remove_if", |map| {
        map.insert(17, 17.into());
        assert!(map.remove_if(&17, |_, value| value.number == 0).is_none());
        assert!(map.remove_if(&17, |key, _| *key == 17).is_some());
    }),
    ("clear", |map| {
        map.clear();
        assert!(map.get(&0).is_none() && map.get(&5).is_none());
        map.insert(0, 0.into());
        map.insert(5, 5.into());
    }),
    ("retain", |map| {
        map.insert(18, 18.into());
        map.retain(|key, _| *key != 18);
        assert!(!map.contains_key(&18));
    }),
    ("compact", |map| {
        map.compact();
        assert_eq!(map.stats().tombstones, 0);
    }),
    ("for_each", |map| {
        map.insert(19, 19.into());
        let found = map.for_each(|key, _| match key {
            19 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        assert!(found.is_break());
        let pinned = map.pin();
        assert!(pinned.iter().any(|(key, _)| *key == 19));
        pinned.remove(&19);
    }),
    ("stats and inspect", |map| {
        map.stats();
        map.inspect();
        assert_eq!(map.clone(), *map);
    }),
    ("flush", |map| {
        // Under a guard this is false, which must not mean: for ever.
        map.flush();
    }),
];

/// Whatever has happened to a map: it still does everything, and its mutex is
/// free.
fn still_works(map: &Map) {
    invariants_hold(map);
    for (_, operation) in OPERATIONS {
        operation(map);
    }
}

/// Runs `place` once for each operation, with a fresh map.
fn everywhere(place: impl Fn(&Arc<Map>, Use) + Send + 'static) {
    watched(move || {
        for (_, operation) in OPERATIONS {
            let map = map();
            place(&map, operation);
            still_works(&map);
        }
    });
}

#[test]
fn nothing_waits_for_a_ref_that_is_held() {
    everywhere(|map, operation| {
        let read = map.get(&0).unwrap();
        let dirty = map.get(&5).unwrap();
        let replaced = map.insert(1, 10.into()).unwrap();
        operation(map);
        assert_eq!((read.number, dirty.number, replaced.number), (0, 5, 1));
    });
}

#[test]
fn nothing_waits_for_a_pinned_that_is_held() {
    everywhere(|map, operation| {
        let pinned = map.pin();
        let (read, dirty) = (pinned.get(&0).unwrap(), pinned.get(&5).unwrap());
        let mut pairs = pinned.iter();
        let first = pairs.next().unwrap();
        operation(map);
        operation(pinned.map());
        let rest = pairs.count();
        assert_eq!((read.number, dirty.number), (0, 5));
        assert!(first.0 == &first.1.number && rest < 10);
    });
}

#[test]
fn a_visitor_may_do_anything() {
    everywhere(|map, operation| {
        let mut visited = HashSet::new();
        let walked = map.for_each(|key, value| {
            assert_eq!(*key, value.number);
            assert!(visited.insert(*key), "{key} visited twice");
            operation(map);
            ControlFlow::<()>::Continue(())
        });
        assert!(walked.is_continue());
        // The one that is present before the walk and is not written to; but
        // "clear" may have come first.
        assert!(visited.contains(&1) || !map.contains_key(&1));
    });
}

#[test]
fn closures_may_do_anything() {
    everywhere(|map, operation| {
        for key in [1, 5, 6, 7, 8] {
            map.update(&key, |value| {
                operation(map);
                value.number.into()
            });
            let mut calls = 0;
            map.compute(key, |_| {
                operation(map);
                calls += 1;
                if calls > 3 {
                    return Operation::Abort(());
                }
                Operation::Insert(key.into())
            });
            map.remove(&key);
            map.get_or_insert_with(key, || {
                operation(map);
                key.into()
            });
            map.remove(&key);
            drop(map.try_insert_with(key, || {
                operation(map);
                key.into()
            }));
            map.remove_if(&key, |_, _| {
                operation(map);
                true
            });
            // "clear" puts 5 back.
            assert!(!map.contains_key(&key) || key == 5);
        }
        // Keys that the operation itself writes to are kept: their removal would
        // never succeed.
        map.retain(|key, _| {
            operation(map);
            *key >= 10
        });
    });
}

#[test]
fn a_closure_that_overtakes_its_own_operation_is_called_again() {
    watched(|| {
        for key in [1, 5] {
            let map = map();
            let mut calls = 0;
            let updated = map.update(&key, |value| {
                calls += 1;
                if calls == 1 {
                    map.insert(key, 100.into());
                }
                (value.number + 1).into()
            });
            assert_eq!((number(updated), calls), (Some(101), 2));

            let mut calls = 0;
            let removed = map.remove_if(&key, |_, value| {
                calls += 1;
                if calls == 1 {
                    map.insert(key, 200.into());
                }
                value.number < 200
            });
            assert!(removed.is_none() && calls == 2);

            map.remove(&key);
            let refused = map.try_insert_with(key, || {
                map.insert(key, 300.into());
                400.into()
            });
            let refused = refused.err().unwrap();
            assert_eq!(
                (refused.current.number, number(refused.value.as_ref())),
                (300, Some(400))
            );
        }
    });
}

#[test]
fn the_comparison_of_values_may_do_anything() {
    everywhere(|map, operation| {
        for key in [1, 5] {
            let times = Arc::new(AtomicUsize::new(0));
            let act = |on| Act {
                on,
                map: Arc::downgrade(map),
                operation,
                times: Arc::clone(&times),
            };
            let comparing = |number| Value {
                number,
                act: Some(act(Occasion::Comparison)),
            };
            map.insert(key, comparing(key));
            drop(map.compare_exchange(&key, &key.into(), comparing(50)));
            assert!(times.swap(0, Ordering::SeqCst) >= 1);
            map.insert(key, comparing(key));
            drop(map.compare_remove(&key, &key.into()));
            assert!(times.load(Ordering::SeqCst) >= 1);
        }
    });
}

#[test]
fn the_clone_of_a_value_may_do_anything() {
    everywhere(|map, operation| {
        let places: [Use; 3] = [
            |map| drop(map.get_cloned(&1)),
            |map| drop(map.inspect()),
            |map| drop(map.clone()),
        ];
        for place in places {
            let times = Arc::new(AtomicUsize::new(0));
            let act = Act {
                on: Occasion::Clone,
                map: Arc::downgrade(map),
                operation,
                times: Arc::clone(&times),
            };
            let (number, act) = (1, Some(act));
            map.insert(1, Value { number, act });
            place(map);
            assert!(times.load(Ordering::SeqCst) >= 1);
        }
    });
}

/// The destructor may run in any thread that happens to collect; wherever it is,
/// no lock may be held.
#[test]
fn the_destructor_of_a_value_may_do_anything() {
    let ways: [Use; 7] = [
        |map| drop(map.insert(1, 1.into())),
        |map| drop(map.remove(&1)),
        |map| drop(map.remove_if(&1, |_, _| true)),
        |map| drop(map.update(&1, |_| 1.into())),
        |map| map.clear(),
        |map| _ = map.retain(|_, _| false),
        |map| drop(map.try_insert(1, 0.into())),
    ];
    everywhere(move |map, operation| {
        for (way, removes) in ways
            .into_iter()
            .zip([true, true, true, true, true, true, false])
        {
            let times = Arc::new(AtomicUsize::new(0));
            let act = Act {
                on: Occasion::Drop,
                map: Arc::downgrade(map),
                operation,
                times: Arc::clone(&times),
            };
            let (number, act) = (1, Some(act));
            map.insert(1, Value { number, act });
            way(map);
            if !removes {
                // A value that is refused is dropped by whoever offered it.
                map.remove(&1);
            }
            while times.load(Ordering::SeqCst) == 0 {
                map.flush();
                thread::yield_now();
            }
        }
    });
}

/// A key whose destructor writes to the map it was in, where its clone is.
#[test]
fn the_destructor_of_a_key_may_do_anything() {
    type Fixed = BuildHasherDefault<DefaultHasher>;
    static MAP: SyncMap<Key, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DESTROYED: AtomicUsize = AtomicUsize::new(0);

    #[derive(PartialEq, Eq)]
    struct Key(u32);
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    impl Drop for Key {
        fn drop(&mut self) {
            // Only the keys of the test itself, not those made here.
            if self.0 < 100 && DESTROYED.fetch_add(1, Ordering::SeqCst) < 1000 {
                let other = || Key(self.0 + 100);
                MAP.insert(other(), 1);
                assert_eq!(MAP.update(&other(), |n| n + 1).as_deref(), Some(&2));
                MAP.compact();
                assert_eq!(MAP.remove(&other()).as_deref(), Some(&2));
                MAP.retain(|key, _| key.0 < 100);
                MAP.stats();
            }
        }
    }

    watched(|| {
        let ways: [fn(); 3] = [
            // The key that is offered for one that is known.
            || {
                MAP.insert(Key(1), 2);
            },
            // A key of `dirty` alone.
            || {
                MAP.insert(Key(2), 2);
                MAP.remove(&Key(2));
            },
            // A tombstone, purged.
            || {
                MAP.remove(&Key(1));
                MAP.compact();
            },
        ];
        for way in ways {
            MAP.insert(Key(1), 1);
            MAP.compact();
            let before = DESTROYED.load(Ordering::SeqCst);
            way();
            while DESTROYED.load(Ordering::SeqCst) == before || !MAP.flush() {
                thread::yield_now();
            }
        }
        MAP.insert(Key(1), 1);
        assert_eq!(MAP.len(), 1);
        MAP.clear();
        assert!(MAP.is_empty());
    });
}

#[test]
fn everything_may_happen_inside_everything_else() {
    /// Eight ways to call back, one inside the other.
    fn nest(map: &Map, depth: u32, operation: Use) {
        if depth == 0 {
            return operation(map);
        }
        let deeper = || nest(map, depth - 1, operation);
        let key = 20 + depth;
        map.insert(key, key.into());
        match depth % 8 {
            0 => drop(map.get(&key).map(|_held| deeper())),
            1 => drop(map.update(&key, |value| {
                deeper();
                value.number.into()
            })),
            2 => drop(map.for_each(|_, _| {
                deeper();
                ControlFlow::Break(())
            })),
            3 => drop(map.get_or_insert_with(100 + key, || {
                deeper();
                key.into()
            })),
            4 => drop(map.remove_if(&key, |_, _| {
                deeper();
                true
            })),
            5 => drop(map.compute(key, |_| {
                deeper();
                Operation::<_, ()>::Abort(())
            })),
            6 => {
                let mut first = true;
                map.retain(|_, _| {
                    if std::mem::take(&mut first) {
                        deeper();
                    }
                    true
                });
            }
            _ => {
                let pinned = map.pin();
                deeper();
                assert!(pinned.len() < 1000);
            }
        }
    }
    everywhere(|map, operation| nest(map, 24, operation));
}

/// Whatever retires something may also have to collect, and so run destructors,
/// which here need the mutex: it must have let go of that before.
#[test]
fn destructors_run_after_the_unlock_whatever_collects() {
    type Fixed = BuildHasherDefault<DefaultHasher>;
    static MAP: SyncMap<u32, Locker, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DESTROYED: AtomicUsize = AtomicUsize::new(0);
    const NEW: u32 = 1_000_000;
    type Handle = Pinned<'static, u32, Locker, Fixed>;

    struct Locker(bool);
    impl Drop for Locker {
        fn drop(&mut self) {
            if self.0 {
                let key = 2 * NEW + DESTROYED.fetch_add(1, Ordering::SeqCst) as u32;
                MAP.insert(key, Locker(false));
                MAP.remove(&key);
            }
        }
    }
    impl PartialEq for Locker {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }

    /// Looks a new key up until that has paid for a promotion.
    fn until_promoted(mut look_up: impl FnMut()) {
        let before = MAP.stats().promotions;
        while MAP.stats().promotions == before {
            look_up();
        }
    }

    watched(|| {
        let ways: [fn(&Handle, u32); 8] = [
            |map, new| until_promoted(|| assert!(map.contains_key(&new))),
            |map, _| until_promoted(|| assert!(map.remove(&u32::MAX).is_none())),
            |map, new| until_promoted(|| assert!(map.try_insert(new, Locker(false)).is_err())),
            |map, new| {
                let exchange = || map.compare_exchange(&new, &Locker(false), Locker(false));
                until_promoted(|| assert!(exchange().is_err()));
            },
            |map, new| until_promoted(|| assert!(map.remove_if(&new, |_, _| false).is_none())),
            |map, _| assert!(map.iter().next().is_some()),
            |map, _| _ = map.compact(),
            |map, _| map.clear(),
        ];
        let mut new = NEW;
        for (index, way) in ways.into_iter().enumerate() {
            while !MAP.flush() {}
            // Under a pin that is held, nobody collects but a write or a
            // promotion for which that is due.
            let mut map = MAP.pin();
            let before = DESTROYED.load(Ordering::SeqCst);
            // Each round retires a table, or entries, enough for one collection, and for a
            // grace period; what the first one retired is free at the sixth.
            for _ in 0..10 {
                for known in 0..4_000 {
                    map.get_or_insert(known, Locker(false));
                }
                map.insert(0, Locker(true));
                map.insert(0, Locker(false));
                new += 1;
                map.insert(new, Locker(false));
                way(&map, new);
                map.repin();
            }
            assert!(DESTROYED.load(Ordering::SeqCst) > before, "{index}");
        }
        MAP.clear();
        while !MAP.flush() {}
    });
}

#[test]
fn a_value_may_own_the_map_it_is_in() {
    struct Owner(#[expect(dead_code, reason = "owned, not used")] Option<Arc<Loop>>);
    type Loop = SyncMap<u32, Owner>;
    watched(|| {
        let map = Arc::new(Loop::new());
        map.insert(1, Owner(Some(Arc::clone(&map))));
        map.insert(2, Owner(None));
        let gone = Arc::downgrade(&map);
        // The loop is broken, and the map dropped by the reclaimer, in the
        // middle of the destructor of what was one of its own values.
        map.clear();
        drop(map);
        let any = Loop::new();
        while gone.strong_count() > 0 {
            any.flush();
            thread::yield_now();
        }
    });
}

/// Each value takes the next one out of the map when it is destroyed. If one
/// destructor ran inside the other, ten thousand of them would not fit on the
/// stack.
#[test]
fn a_chain_of_destructors_does_not_grow_the_stack() {
    const LENGTH: u32 = 10_000;
    type Fixed = BuildHasherDefault<DefaultHasher>;
    static MAP: SyncMap<u32, Link, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DESTROYED: AtomicUsize = AtomicUsize::new(0);
    static DEEPEST: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    struct Link(u32);
    impl Drop for Link {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() + 1);
            DEEPEST.fetch_max(DEPTH.get(), Ordering::SeqCst);
            MAP.remove(&(self.0 + 1));
            DEPTH.set(DEPTH.get() - 1);
            DESTROYED.fetch_add(1, Ordering::SeqCst);
        }
    }

    watched(|| {
        for n in 0..LENGTH {
            MAP.insert(n, Link(n));
        }
        MAP.remove(&0);
        while DESTROYED.load(Ordering::SeqCst) < LENGTH as usize {
            MAP.flush();
            thread::yield_now();
        }
        assert_eq!(MAP.len(), 0);
        assert!(DEEPEST.load(Ordering::SeqCst) <= 2, "{DEEPEST:?} deep");
    });
}

/// As many destructors are due at once, and each of them retires something: the
/// collection that this makes due must not begin inside the one that runs them.
#[test]
fn a_backlog_of_destructors_that_write_does_not_grow_the_stack() {
    const BACKLOG: usize = 30_000;
    type Fixed = BuildHasherDefault<DefaultHasher>;
    static MAP: SyncMap<bool, Writer, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DESTROYED: AtomicUsize = AtomicUsize::new(0);
    static DEEPEST: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    struct Writer(bool);
    impl Drop for Writer {
        fn drop(&mut self) {
            if !self.0 {
                return;
            }
            DEPTH.set(DEPTH.get() + 1);
            DEEPEST.fetch_max(DEPTH.get(), Ordering::SeqCst);
            MAP.insert(false, Writer(false));
            DEPTH.set(DEPTH.get() - 1);
            DESTROYED.fetch_add(1, Ordering::SeqCst);
        }
    }

    watched(|| {
        let pinned = MAP.pin();
        for _ in 0..=BACKLOG {
            pinned.insert(true, Writer(true));
        }
        drop(pinned);
        while DESTROYED.load(Ordering::SeqCst) < BACKLOG {
            MAP.flush();
            thread::yield_now();
        }
        assert_eq!(MAP.len(), 2);
        assert!(DEEPEST.load(Ordering::SeqCst) <= 2, "{DEEPEST:?} deep");
        MAP.insert(true, Writer(false));
        while !MAP.flush() {}
    });
}

/// As above, with destructors that call `flush`.
#[test]
fn a_backlog_of_destructors_that_flush_does_not_grow_the_stack() {
    const BACKLOG: usize = 3_000;
    type Fixed = BuildHasherDefault<DefaultHasher>;
    static MAP: SyncMap<u32, Flusher, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DESTROYED: AtomicUsize = AtomicUsize::new(0);
    static DEEPEST: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    struct Flusher;
    impl Drop for Flusher {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() + 1);
            DEEPEST.fetch_max(DEPTH.get(), Ordering::SeqCst);
            MAP.flush();
            DEPTH.set(DEPTH.get() - 1);
            DESTROYED.fetch_add(1, Ordering::SeqCst);
        }
    }

    watched(|| {
        let pinned = MAP.pin();
        for _ in 0..=BACKLOG {
            pinned.insert(1, Flusher);
        }
        drop(pinned);
        while DESTROYED.load(Ordering::SeqCst) < BACKLOG {
            MAP.flush();
            thread::yield_now();
        }
        assert!(DEEPEST.load(Ordering::SeqCst) <= 2, "{DEEPEST:?} deep");
    });
}
