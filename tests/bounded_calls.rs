//! What one public call frees has a bound that no destructor can move, and what a
//! thread keeps back has one in bytes (`docs/memory.md`, "When destructors run").

#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/child.rs"]
mod child;

use alone::alone;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap};
use readmostly::{Operation, Pinned, RemovedAll, SyncMap};
use std::cell::Cell;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicIsize, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

/// How many values and entries one call drops at the most, as documented.
const AT_ONCE: usize = 1_024;

/// How many a `flush` does.
const FLUSHED_AT_ONCE: usize = 64 * AT_ONCE;

/// How many bytes a thread retires, as documented, before it hands them over.
const BYTES_BEFORE_COLLECTING: isize = 64 << 10;

/// So many calls of one thread look after what waits several times: after 256 at first,
/// and each time after twice as many.
const CALLS: usize = 1 << 17;

thread_local! {
    /// How many destructors this thread has run.
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// Reads that free whatever waits, if the other threads are idle: a thread looks after it
/// once in 65,536 reads at the least.
const READS: usize = 64 << 16;

/// What this thread drops while `f` runs.
fn dropped_by<R>(f: impl FnOnce() -> R) -> usize {
    let before = DROPPED.get();
    f();
    DROPPED.get() - before
}

/// A value whose destructor does what makes more garbage: it overwrites a value, and
/// removes a key, inserts another and puts the first back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    /// Nothing, and it does not count: it belongs to the call that is measured.
    Mine,
    /// Nothing.
    Stop,
    /// One write.
    Overwrite,
    /// Three writes, which retire as many objects.
    Churn,
}

#[derive(PartialEq, Eq, Debug)]
struct Value(u32, Then);

impl Clone for Value {
    fn clone(&self) -> Self {
        Self(self.0, Then::Mine)
    }
}

static OTHER: SyncMap<u32, Box<u32>, Fixed> = SyncMap::with_hasher(Fixed::new());

impl Drop for Value {
    fn drop(&mut self) {
        if self.1 == Then::Mine {
            return;
        }
        DROPPED.set(DROPPED.get() + 1);
        match self.1 {
            Then::Mine | Then::Stop => {}
            Then::Overwrite => _ = OTHER.insert(1, Box::new(self.0)),
            Then::Churn => {
                OTHER.remove(&2);
                OTHER.insert(3, Box::new(self.0));
                OTHER.insert(2, Box::new(self.0));
            }
        }
    }
}

type Map = SyncMap<u32, Value, Fixed>;

/// Overwrites so many values while a guard is held, so that all of them come due when
/// it goes.
fn backlog(values: u32, then: Then) {
    let map = Map::default();
    map.insert(0, Value(0, Then::Stop));
    let held = map.pin();
    for n in 0..values {
        map.insert(0, Value(n, then));
    }
    drop(held);
    // The map goes too, with its last value.
}

/// Far more than two calls free, which comes due at a time, with any pins.
fn cleared_backlog() {
    let map: Map = (0..60_000).map(|n| (n, Value(n, Then::Stop))).collect();
    thread::scope(|scope| scope.spawn(|| map.clear()).join().unwrap());
}

fn free_all() {
    while !OTHER.flush() {
        thread::yield_now();
    }
}

/// Runs one call again and again while there is a backlog, and demands that none of
/// them drops more than the bound, and that together they drop some.
fn bounded(name: &str, mut call: impl FnMut()) {
    bounded_if_prepared(name, || (), |()| call());
}

/// The same of a call that needs something done before, which is not measured.
fn bounded_if_prepared<P>(name: &str, prepare: impl Fn() -> P, mut call: impl FnMut(P)) {
    free_all();
    for then in [Then::Stop, Then::Overwrite, Then::Churn] {
        backlog(6_000, then);
        let mut all = 0;
        for _ in 0..CALLS {
            let before = DROPPED.get();
            let prepared = prepare();
            all += DROPPED.get() - before;
            let dropped = dropped_by(|| call(prepared));
            assert!(
                dropped <= AT_ONCE,
                "{name}, {then:?}: {dropped} by one call"
            );
            all += dropped;
            if all > 4 * AT_ONCE {
                break;
            }
        }
        assert!(all > 0, "{name}, {then:?}: nothing was freed by any call");
        free_all();
    }
}

/// A map of 100 known keys, of which each call may have one, and new ones.
struct Scene {
    map: Map,
    next: AtomicU32,
    taken: Mutex<Vec<RemovedAll<u32, Value>>>,
}

impl Scene {
    fn new() -> Self {
        let map: Map = (0..100).map(|n| (n, value(n))).collect();
        let next = AtomicU32::new(1_000);
        let taken = Mutex::default();
        Self { map, next, taken }
    }

    fn known(&self) -> u32 {
        7
    }

    fn new_key(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

fn value(n: u32) -> Value {
    Value(n, Then::Mine)
}

/// The methods of `SyncMap`, and of `Pinned` under a pin that each call renews.
type Call = (&'static str, fn(&Scene));

const ONE_SHOT: &[Call] = &[
    ("get", |s| drop(s.map.get(&s.known()))),
    ("get of an absent key", |s| drop(s.map.get(&999))),
    ("get_cloned", |s| drop(s.map.get_cloned(&s.known()))),
    ("contains_key", |s| _ = s.map.contains_key(&s.known())),
    ("get_many_with", |s| {
        s.map.get_many_with([&s.known(), &999], |_, _| ());
    }),
    ("len", |s| _ = s.map.len()),
    ("is_empty", |s| _ = s.map.is_empty()),
    ("pin", |s| drop(s.map.pin())),
    ("stats", |s| _ = s.map.stats()),
    ("inspect", |s| _ = s.map.inspect()),
    ("for_each", |s| {
        _ = s.map.for_each(|_, _| ControlFlow::Break(()));
    }),
    ("iter", |s| drop(s.map.iter().next())),
    ("keys", |s| drop(s.map.keys().next())),
    ("values", |s| drop(s.map.values().next())),
    ("insert, known", |s| drop(s.map.insert(s.known(), value(1)))),
    ("insert, new", |s| drop(s.map.insert(s.new_key(), value(1)))),
    ("try_insert, known", |s| {
        drop(s.map.try_insert(s.known(), value(1)));
    }),
    ("try_insert, new", |s| {
        drop(s.map.try_insert(s.new_key(), value(1)));
    }),
    ("try_insert_with", |s| {
        drop(s.map.try_insert_with(s.new_key(), || value(1)));
    }),
    ("get_or_insert", |s| {
        drop(s.map.get_or_insert(s.new_key(), value(1)));
    }),
    ("get_or_insert_with", |s| {
        drop(s.map.get_or_insert_with(s.known(), || value(1)));
    }),
    ("update", |s| drop(s.map.update(&s.known(), |_| value(1)))),
    ("compute, insert", |s| {
        s.map
            .compute(s.new_key(), |_| Operation::<_, ()>::Insert(value(1)));
    }),
    ("compute, overwrite", |s| {
        s.map
            .compute(s.known(), |_| Operation::<_, ()>::Insert(value(1)));
    }),
    ("compute, remove", |s| {
        s.map.compute(s.known(), |_| Operation::<_, ()>::Remove);
    }),
    ("compute, abort", |s| {
        s.map.compute(s.known(), |_| Operation::Abort(()));
    }),
    ("compare_exchange", |s| {
        drop(s.map.compare_exchange(&s.known(), &value(1), value(1)));
    }),
    ("remove", |s| drop(s.map.remove(&s.known()))),
    ("remove of an absent key", |s| drop(s.map.remove(&997))),
    ("remove_if", |s| {
        drop(s.map.remove_if(&s.known(), |_, _| true));
    }),
    ("compare_remove", |s| {
        drop(s.map.compare_remove(&s.known(), &value(1)));
    }),
    ("get_hashed", |s| drop(s.map.get_hashed(0, &s.known()))),
    ("get_or_insert_with_ref", |s| {
        let key = s.new_key();
        drop(s.map.get_or_insert_with_ref(&key, || key, || value(1)));
    }),
    ("get_or_try_insert_with", |s| {
        let failed = s.map.get_or_try_insert_with(s.new_key(), || Err(()));
        assert!(failed.is_err());
    }),
    ("get_or_insert_once, new", |s| {
        drop(s.map.get_or_insert_once(s.new_key(), || value(1)));
    }),
    ("get_or_insert_once_ref, new", |s| {
        let key = s.new_key();
        drop(s.map.get_or_insert_once_ref(&key, || key, || value(1)));
    }),
    ("get_or_try_insert_once, failed", |s| {
        let failed = s.map.get_or_try_insert_once(s.new_key(), || Err(()));
        assert!(failed.is_err());
    }),
    ("update_or_insert_with", |s| {
        drop((s.map).update_or_insert_with(s.known(), |_| value(1), || value(1)));
    }),
    ("update_or_remove", |s| {
        s.map.update_or_remove(&s.known(), |_| Some(value(1)));
    }),
    ("compute_ref", |s| {
        let insert = |_: Option<(&u32, &Value)>| Operation::<_, ()>::Insert(value(1));
        s.map.compute_ref(&s.known(), || s.known(), insert);
    }),
    ("replace", |s| drop(s.map.replace(&s.known(), value(1)))),
    ("replace_if", |s| {
        drop(s.map.replace_if(&s.known(), |_, _| true, value(1)));
    }),
    ("try_remove_if", |s| {
        drop(s.map.try_remove_if(&s.known(), |_, _| true));
    }),
    ("extract_if", |s| drop(s.map.extract_if(|_, _| true).next())),
    ("capacity", |s| _ = s.map.capacity()),
    ("reserve", |s| s.map.reserve(1)),
    ("shrink_to_fit", |s| s.map.shrink_to_fit()),
    ("clear", |s| s.map.clear()),
    ("retain", |s| _ = s.map.retain(|_, _| true)),
    ("compact", |s| _ = s.map.compact()),
    ("fmt", |s| _ = format!("{:?}", s.map)),
    ("eq", |s| {
        let other = &s.map;
        assert!(s.map == *other);
    }),
    ("eq of unequal lengths", |s| {
        static EMPTY: Map = Map::with_hasher(Fixed::new());
        assert!(s.map != EMPTY);
    }),
];

/// Calls under a pin. Each renews it first: what is retired under a pin waits for it.
type PinnedCall = (&'static str, fn(&Scene, &Pinned<'_, u32, Value, Fixed>));

const PINNED: &[PinnedCall] = &[
    ("get_many", |s, pinned| {
        _ = pinned.get_many([&s.known(), &999]);
    }),
    ("get_many_with", |s, pinned| {
        pinned.get_many_with([&s.known(), &999], |_, _| ());
    }),
    ("insert, known", |s, pinned| {
        _ = pinned.insert(s.known(), value(1))
    }),
    ("insert, new", |s, pinned| {
        _ = pinned.insert(s.new_key(), value(1))
    }),
    ("try_insert", |s, pinned| {
        _ = pinned.try_insert(s.new_key(), value(1));
    }),
    ("try_insert_with", |s, pinned| {
        _ = pinned.try_insert_with(s.new_key(), || value(1));
    }),
    ("get_or_insert", |s, pinned| {
        pinned.get_or_insert(s.new_key(), value(1));
    }),
    ("get_or_insert_with", |s, pinned| {
        pinned.get_or_insert_with(s.new_key(), || value(1));
    }),
    ("update", |s, pinned| {
        pinned.update(&s.known(), |_| value(1));
    }),
    ("compute", |s, pinned| {
        pinned.compute(s.known(), |_| Operation::<_, ()>::Insert(value(1)));
    }),
    ("compare_exchange", |s, pinned| {
        _ = pinned.compare_exchange(&s.known(), &value(1), value(1));
    }),
    ("remove", |s, pinned| _ = pinned.remove(&s.new_key())),
    ("remove_if", |s, pinned| {
        pinned.remove_if(&s.known(), |_, _| true);
    }),
    ("compare_remove", |s, pinned| {
        pinned.compare_remove(&s.known(), &value(1));
    }),
    ("get_hashed", |s, pinned| {
        _ = pinned.get_hashed(0, &s.known());
    }),
    ("get_or_insert_with_ref", |s, pinned| {
        let key = s.new_key();
        pinned.get_or_insert_with_ref(&key, || key, || value(1));
    }),
    ("get_or_insert_hashed_with", |s, pinned| {
        let key = s.new_key();
        let hash = s.map.hasher().hash_one(key);
        pinned.get_or_insert_hashed_with(hash, &key, || key, || value(1));
    }),
    ("get_or_try_insert_with", |s, pinned| {
        let failed = pinned.get_or_try_insert_with(s.new_key(), || Err(()));
        assert!(failed.is_err());
    }),
    ("get_or_try_insert_with_ref", |s, pinned| {
        let key = s.new_key();
        let failed = pinned.get_or_try_insert_with_ref(&key, || key, || Err(()));
        assert!(failed.is_err());
    }),
    ("update_or_insert_with", |s, pinned| {
        pinned.update_or_insert_with(s.known(), |_| value(1), || value(1));
    }),
    ("update_or_insert_with_ref", |s, pinned| {
        pinned.update_or_insert_with_ref(&s.known(), || s.known(), |_| value(1), || value(1));
    }),
    ("update_or_remove", |s, pinned| {
        pinned.update_or_remove(&s.known(), |_| Some(value(1)));
    }),
    ("compute_entry", |s, pinned| {
        pinned.compute_entry(s.known(), |_| Operation::<_, ()>::Insert(value(1)));
    }),
    ("compute_ref", |s, pinned| {
        let insert = |_: Option<(&u32, &Value)>| Operation::<_, ()>::Insert(value(1));
        pinned.compute_ref(&s.known(), || s.known(), insert);
    }),
    ("replace_if", |s, pinned| {
        _ = pinned.replace_if(&s.known(), |_, _| true, value(1));
    }),
    ("remove_entry", |s, pinned| {
        _ = pinned.remove_entry(&s.new_key());
    }),
    ("try_remove_if", |s, pinned| {
        _ = pinned.try_remove_if(&s.known(), |_, _| true);
    }),
    ("remove_owned of an absent key", |s, pinned| {
        assert!(pinned.remove_owned(&s.new_key()).is_none());
    }),
    ("take_all", |s, pinned| {
        // The drop of what was taken collects, too.
        s.taken.lock().unwrap().push(pinned.take_all());
    }),
    ("extract_if", |_, pinned| {
        _ = pinned.extract_if(|_, _| false)
    }),
    ("capacity", |_, pinned| _ = pinned.capacity()),
    ("reserve", |_, pinned| pinned.reserve(1)),
    ("shrink_to_fit", |_, pinned| pinned.shrink_to_fit()),
    ("clear", |_, pinned| pinned.clear()),
    ("retain", |_, pinned| _ = pinned.retain(|_, _| false)),
    ("compact", |_, pinned| _ = pinned.compact()),
    ("iter", |_, pinned| _ = pinned.iter().next()),
    ("keys", |_, pinned| _ = pinned.keys().next()),
    ("values", |_, pinned| _ = pinned.values().next()),
    ("for_each", |_, pinned| {
        _ = pinned.for_each(|_, _| ControlFlow::Break(()));
    }),
];

#[test]
fn no_one_shot_method_frees_more_than_the_bound() {
    let _alone = alone();
    for (name, call) in ONE_SHOT {
        let scene = Scene::new();
        bounded(name, || call(&scene));
    }
}

#[test]
fn no_pinned_method_frees_more_than_the_bound() {
    let _alone = alone();
    for (name, call) in PINNED {
        let scene = Scene::new();
        bounded_if_prepared(
            &format!("Pinned::{name}"),
            || {
                let pinned = scene.map.pin();
                // Something that a write retires, so that it collects sooner or later.
                pinned.insert(8, value(1));
                pinned
            },
            |pinned| call(&scene, &pinned),
        );
    }
}

/// While something is left that may be freed, each method under a pin frees some of it. The
/// calls before it free some, too: more is left than these free.
#[test]
fn each_pinned_method_frees_what_is_left() {
    let _alone = alone();
    for (name, call) in PINNED {
        let scene = Scene::new();
        let frees_some = || {
            cleared_backlog();
            let freed = (0..5_000).any(|_| {
                let pinned = scene.map.pin();
                // Something that a write retires, so that it collects sooner or later.
                pinned.insert(8, value(1));
                dropped_by(|| call(&scene, &pinned)) > 0
            });
            free_all();
            freed
        };
        // Another thread may take what is left.
        assert!((0..20).any(|_| frees_some()), "Pinned::{name} frees none");
    }
}

/// Each step of an iterator that removes is a call of its own.
#[test]
fn a_step_that_removes_frees_what_is_left() {
    let _alone = alone();
    let steps: [fn(&Scene) -> usize; 2] = [
        |s| {
            let pinned = s.map.pin();
            let mut all = pinned.extract_if(|_, _| true);
            dropped_by(|| _ = all.next())
        },
        |s| {
            let mut all = s.map.extract_if(|_, _| true);
            dropped_by(|| drop(all.next()))
        },
    ];
    for step in steps {
        let frees_some = || {
            let scene = Scene::new();
            cleared_backlog();
            let freed = (0..50).any(|_| step(&scene) > 0);
            free_all();
            freed
        };
        // Another thread may take what is left.
        assert!((0..20).any(|_| frees_some()), "no step frees any");
    }
}

/// A look-up that promotes retires a table, and entries that were expunged.
#[test]
fn a_look_up_that_promotes_frees_no_more_than_the_bound() {
    let _alone = alone();
    let scene = Scene::new();
    let about_to_promote = || {
        scene.map.clear();
        scene.map.insert(scene.new_key(), value(0));
    };
    about_to_promote();
    let before = scene.map.stats().promotions;
    scene.map.get(&998);
    assert_eq!(scene.map.stats().promotions, before + 1);

    bounded_if_prepared("get that promotes", about_to_promote, |()| {
        scene.map.get(&998);
    });
    let pinned = || {
        about_to_promote();
        scene.map.pin()
    };
    bounded_if_prepared("Pinned::get that promotes", pinned, |pinned| {
        pinned.get(&998);
    });
    bounded_if_prepared("get_many that promotes", pinned, |pinned| {
        pinned.get_many([&997, &998]);
    });
}

#[test]
fn no_renewal_of_a_pin_frees_more_than_the_bound() {
    let _alone = alone();
    let scene = Scene::new();
    let pinned = || {
        let pinned = scene.map.pin();
        (0..63).for_each(|n| _ = pinned.update(&8, |_| value(n)));
        pinned
    };
    bounded_if_prepared("repin", pinned, |mut pinned| pinned.repin());
}

/// A look-up under a pin of a map that is empty asks for its snapshot anew each time, and
/// collects like any other call.
#[test]
fn a_look_up_under_a_pin_in_an_empty_map_frees_what_is_left() {
    static EMPTY: Map = Map::with_hasher(Fixed::new());
    const ENTRIES: u32 = 60_000;
    let _alone = alone();
    free_all();
    // Far more than two calls free come due at a time.
    let map: Map = (0..ENTRIES).map(|n| (n, Value(n, Then::Stop))).collect();
    thread::scope(|scope| scope.spawn(|| map.clear()).join().unwrap());
    let look_up = || {
        let pinned = EMPTY.pin();
        dropped_by(|| assert!(pinned.get(&1).is_none()))
    };
    assert!((0..CALLS).any(|_| look_up() > 0), "none was freed by any");
    free_all();
}

#[test]
fn neither_the_end_of_a_ref_nor_a_step_of_an_iterator_frees_anything() {
    let _alone = alone();
    let scene = Scene::new();
    backlog(6_000, Then::Overwrite);
    for _ in 0..300 {
        let seen = scene.map.get(&1);
        assert_eq!(dropped_by(|| drop(seen)), 0);
        let pinned = scene.map.pin();
        let mut iter = pinned.iter();
        let steps = dropped_by(|| iter.by_ref().for_each(|_| ()));
        assert_eq!(steps, 0);
        assert_eq!(dropped_by(|| drop(pinned)), 0);
        let mut iter = scene.map.iter();
        let steps = dropped_by(|| iter.by_ref().for_each(drop));
        assert_eq!(steps, 0);
        let item = scene.map.iter().next();
        assert_eq!(dropped_by(|| drop((iter, item))), 0);
    }
    free_all();
}

#[test]
fn no_method_of_a_hybrid_map_frees_more_than_the_bound() {
    type Hybrid = HybridMap<u32, Value, Fixed>;
    type Call = (&'static str, fn(&Hybrid, u32));
    const CALLS: &[Call] = &[
        ("get_with, hot", |map, _| _ = map.get_with(&1, |_| ())),
        ("get_with, cold", |map, _| _ = map.get_with(&60, |_| ())),
        ("get_with, absent", |map, _| _ = map.get_with(&999, |_| ())),
        ("insert, hot", |map, _| drop(map.insert(1, value(1)))),
        ("insert, cold", |map, n| drop(map.insert(n, value(1)))),
        ("insert_hot, hot", |map, _| {
            drop(map.insert_hot(1, value(1)))
        }),
        ("insert_hot, new", |map, n| {
            drop(map.insert_hot(n, value(1)))
        }),
        ("get_with_or_insert", |map, n| {
            map.get_with_or_insert(n, || value(1), |_| ());
        }),
        ("remove", |map, _| drop(map.remove(&2))),
        ("modify", |map, _| _ = map.modify(&3, |_| value(1))),
        ("compare_and_set", |map, _| {
            _ = map.compare_and_set(&4, &value(4), value(4));
        }),
        ("retain", |map, _| _ = map.retain(|_, _| true)),
        ("for_each", |map, _| {
            _ = map.for_each(|_, _| ControlFlow::Break(()));
        }),
        ("len", |map, _| _ = map.len()),
        ("==", |map, _| assert!(map.eq(map))),
        ("clear", |map, _| map.clear()),
        ("hot_len", |map, _| _ = map.hot_len()),
        ("is_hot", |map, _| _ = map.is_hot(&1)),
    ];

    let _alone = alone();
    for (name, call) in CALLS {
        let map = Hybrid::default().promote_after(4);
        for n in 0..100 {
            map.insert(n, value(n));
        }
        map.declare_all_hot(&(0..50).collect::<Vec<_>>());
        let mut next = 1_000;
        bounded(&format!("HybridMap, {name}"), || {
            next += 1;
            call(&map, next);
        });
    }

    let map = Hybrid::default().promote_after(4);
    (0..50).for_each(|n| _ = map.insert_hot(n, value(n)));
    let next = AtomicU32::new(1_000);
    let cold = || {
        let n = next.fetch_add(1, Ordering::Relaxed);
        map.insert(n, value(n));
        n
    };
    bounded_if_prepared("declare_hot", cold, |n| assert!(map.declare_hot(&n)));
    let several = || [cold(), cold(), 1, 2];
    bounded_if_prepared("declare_all_hot", several, |keys| {
        assert_eq!(map.declare_all_hot(&keys), 4);
    });
    let read_three_times = || {
        let n = cold();
        (0..3).for_each(|_| _ = map.get_with(&n, |_| ()));
        n
    };
    bounded_if_prepared("get_with that makes hot", read_three_times, |n| {
        map.get_with(&n, |_| ());
    });
}

/// The one-shot calls of a thread whose thread-locals are going: each pins by a
/// participant of its own, and looks after what waits.
#[test]
fn calls_at_the_end_of_a_thread_are_bounded_too() {
    thread_local! {
        static AT_EXIT: Cell<Option<AtExit>> = const { Cell::new(None) };
    }
    struct AtExit(&'static Map, mpsc::Sender<usize>);
    impl Drop for AtExit {
        fn drop(&mut self) {
            // Grace periods keep a distance in time.
            let read = (0..CALLS).map(|_| dropped_by(|| drop(self.0.get(&1))));
            let read = read.skip_while(|dropped| *dropped == 0).take(20).max();
            let write = (0..20).map(|_| dropped_by(|| drop(self.0.insert(1, value(1)))));
            self.1.send(read.max(write.max()).unwrap()).unwrap();
        }
    }

    let _alone = alone();
    static MAP: Map = Map::with_hasher(Fixed::new());
    MAP.insert(1, value(1));
    MAP.compact();
    for then in [Then::Stop, Then::Churn] {
        free_all();
        let (ready, made) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let (say, said) = mpsc::channel();
        let thread = thread::spawn(move || {
            // Registered before the crate's own thread-local, so destroyed after it.
            AT_EXIT.set(Some(AtExit(&MAP, say)));
            MAP.get(&1);
            ready.send(()).unwrap();
            may_go.recv().unwrap();
        });
        made.recv().unwrap();
        backlog(6_000, then);
        go.send(()).unwrap();
        thread.join().unwrap();
        let most = said.recv().unwrap();
        assert!(most <= AT_ONCE, "{then:?}: {most} by one call");
        assert!(most > 0, "{then:?}: nothing was freed by any call");
    }
    free_all();
}

/// A look-up in a third map, when a long backlog has come due, does not run all of it;
/// nor does a flush whose destructors retire more than it frees.
#[test]
fn a_flush_ends_after_its_share_whatever_destructors_retire() {
    let _alone = alone();
    for then in [Then::Overwrite, Then::Churn] {
        free_all();
        backlog(FLUSHED_AT_ONCE as u32 + 20_000, then);
        let mut done = true;
        let dropped = dropped_by(|| done = OTHER.flush());
        assert!(dropped <= FLUSHED_AT_ONCE, "{then:?}: {dropped}");
        assert!(dropped > 0);
        assert!(
            !done,
            "{then:?}: it left something, and says that it did not"
        );
        free_all();
    }
}

/// One mebibyte each.
#[repr(align(4096))]
struct Large(#[expect(dead_code, reason = "it takes room")] [u8; 1 << 20]);

static LARGE: AtomicIsize = AtomicIsize::new(0);

impl Large {
    fn new() -> Box<Self> {
        LARGE.fetch_add(1, Ordering::Relaxed);
        // In its place at once: it does not fit on every stack.
        Box::new(Self([0; 1 << 20]))
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        LARGE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A thread hands over what it has retired when that is [`BYTES_BEFORE_COLLECTING`],
/// however few objects. So of values as large as that it keeps none; what stays is what
/// the last movements of the epoch cover, for all threads together.
#[test]
fn idle_threads_keep_few_large_values_back() {
    const THREADS: isize = 64;
    const WRITES: u32 = 63;
    /// Retired since the epoch moved the last two times, by whoever wrote last.
    const ON_THE_WAY: isize = 4;

    let _alone = alone();
    static MAP: SyncMap<u32, Large, Fixed> = SyncMap::with_hasher(Fixed::new());
    let (idle, is_idle) = mpsc::channel();
    let mut threads = Vec::new();
    for thread in 0..THREADS as u32 {
        let idle = idle.clone();
        let (end, may_end) = mpsc::channel::<()>();
        let builder = thread::Builder::new().stack_size(32 << 20);
        let handle = builder.spawn(move || {
            for _ in 0..WRITES {
                MAP.insert(thread % 4, *Large::new());
            }
            idle.send(()).unwrap();
            // Idle until the end.
            let _ = may_end.recv();
        });
        is_idle.recv().unwrap();
        threads.push((end, handle.unwrap()));
    }
    let kept_back = LARGE.load(Ordering::Relaxed) - 4;
    println!("{kept_back} MiB kept back by {THREADS} idle threads");
    let one = size_of::<Large>() as isize;
    let bound = THREADS * BYTES_BEFORE_COLLECTING / one + ON_THE_WAY;
    assert!(kept_back <= bound, "{kept_back} MiB, not {bound}");
    for (end, handle) in threads {
        drop(end);
        handle.join().unwrap();
    }
    MAP.clear();
    while !MAP.flush() {}
    assert_eq!(LARGE.load(Ordering::Relaxed), 0);
}

/// A destructor may retire more than a thread keeps back, of few objects. The thread that
/// ran it may be idle from then on.
#[test]
fn what_destructors_retire_at_the_end_of_a_call_is_freed_by_other_threads() {
    static LIVE: AtomicUsize = AtomicUsize::new(0);
    static RETIRED: AtomicUsize = AtomicUsize::new(0);
    const BYTES: usize = 4 << 10;
    struct Counted(#[expect(dead_code, reason = "it takes room")] [u8; BYTES]);
    impl Counted {
        fn new() -> Self {
            LIVE.fetch_add(1, Ordering::Relaxed);
            Self([0; BYTES])
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            LIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }
    static KEPT: SyncMap<u32, Counted, Fixed> = SyncMap::with_hasher(Fixed::new());
    /// Its destructor retires as much as a thread may before it has to hand that over.
    struct Retires;
    impl Drop for Retires {
        fn drop(&mut self) {
            for n in 0..20 {
                KEPT.insert(n % 3, Counted::new());
            }
            RETIRED.fetch_add(1, Ordering::Relaxed);
        }
    }

    let _alone = alone();
    free_all();
    // A thread frees such values in its last call, and then does nothing more.
    let (done, is_done) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let map = SyncMap::new();
        let held = map.pin();
        for _ in 0..200 {
            map.insert(0, Retires);
        }
        drop(held);
        for _ in (0..CALLS).take_while(|_| RETIRED.load(Ordering::Relaxed) == 0) {
            map.get(&0);
        }
        done.send(()).unwrap();
        may_end.recv().unwrap();
        drop(map);
    });
    is_done.recv().unwrap();
    assert!(RETIRED.load(Ordering::Relaxed) > 0);
    // Three are in the map, and less than so many bytes are the idle thread's own.
    let own = (BYTES_BEFORE_COLLECTING as usize - 1) / BYTES;
    let live = || LIVE.load(Ordering::Relaxed);
    // Another one reads, in a map that has nothing to do with it. Far more often than it
    // takes as a rule: the thread of another test, which ended meanwhile, may have run the
    // destructors, and then hands each object over by itself.
    let other = SyncMap::from([(1, 1)]);
    for _ in (0..64 * READS).take_while(|_| live() > 3 + own) {
        assert!(other.contains_key(&1));
    }
    let live = live();
    assert!(
        live <= 3 + own,
        "{live} wait for a thread that does nothing"
    );
    end.send(()).unwrap();
    thread.join().unwrap();
    KEPT.clear();
    free_all();
}

/// An entry is one object of those that a call may run, and a cleared map has more of
/// them than that.
#[test]
fn a_cleared_map_is_freed_however_large_it_was() {
    const ENTRIES: usize = 10 * AT_ONCE;
    let _alone = alone();
    free_all();
    let map: Map = (0..ENTRIES as u32)
        .map(|n| (n, Value(n, Then::Stop)))
        .collect();
    map.clear();
    let mut done = false;
    let dropped = dropped_by(|| {
        // Threads of other tests may be exiting, and be pinned for that.
        for _ in 0..100 {
            done |= map.flush();
            thread::yield_now();
        }
    });
    assert_eq!((dropped, done), (ENTRIES, true));
}

/// A value that is counted as long as it lives.
struct Live;

static LIVE: AtomicUsize = AtomicUsize::new(0);

impl Live {
    fn new() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        DROPPED.set(DROPPED.get() + 1);
    }
}

/// How many objects a thread keeps back at the most: one fewer than it hands over.
const KEPT_BACK: usize = 63;

/// Runs `work` on a thread that then does nothing more, and `f` on this one. What `work`
/// gives back stays for as long.
fn idle_after<T, R>(work: impl FnOnce() -> T + Send + 'static, f: impl FnOnce() -> R) -> R {
    let (done, is_done) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let kept = work();
        done.send(()).unwrap();
        // Also if `f` has panicked.
        let _ = may_end.recv();
        drop(kept);
    });
    is_done.recv().unwrap();
    let result = f();
    drop(end);
    thread.join().unwrap();
    result
}

/// Overwrites values that take no room, and says how many live when this thread is idle.
fn small_values_that_live() -> usize {
    static MAP: SyncMap<u32, Live, Fixed> = SyncMap::with_hasher(Fixed::new());
    let overwrite = || {
        let mut pinned = MAP.pin();
        for _ in 0..40_000 {
            pinned.insert(1, Live::new());
            pinned.repin();
        }
    };
    let live = idle_after(overwrite, || LIVE.load(Ordering::Relaxed));
    MAP.clear();
    none_lives();
    live
}

/// Those in the map and in the thread's bag, and those of the last three movements of the
/// epoch, one for each collection.
const KEPT_BY_THE_EPOCH: usize = 1 + KEPT_BACK + 4 * (KEPT_BACK + 1);

/// Values that take no room are handed over, too.
#[test]
fn few_small_values_are_kept_back() {
    let _alone = alone();
    free_all();
    // Others wait for a grace period, which begins at 4,096 at the latest.
    let bound = KEPT_BY_THE_EPOCH + 4_096;
    let live = small_values_that_live();
    assert!(live <= bound, "{live} values live, not {bound}");
}

/// So they are where there is no grace period to wait for.
#[test]
fn fewer_small_values_are_kept_back_by_full_pins() {
    let name = "fewer_small_values_are_kept_back_by_full_pins";
    if child::has_passed(module_path!(), name, &[("READMOSTLY_PINS", "full")]) {
        return;
    }
    let live = small_values_that_live();
    let bound = KEPT_BY_THE_EPOCH;
    assert!(live <= bound, "{live} values live, not {bound}");
}

fn none_lives() {
    free_all();
    assert_eq!(LIVE.load(Ordering::Relaxed), 0);
}

/// Has a backlog of this map come due on this thread, all of it. Nothing runs meanwhile,
/// as a lock is held, while which the thread collects so many times.
fn all_is_due(collections: u32) -> SyncMap<u32, Live> {
    let map = SyncMap::from([(0, Live::new())]);
    let held = map.pin();
    (0..6_000).for_each(|_| drop(map.insert(0, Live::new())));
    // Hands all of that over: what is handed over later would wake somebody.
    assert!(!map.flush());
    drop(held);
    let lock = MutexMap::from([((), ())]);
    let pins = |_: &()| (0..4_096 * collections).for_each(|_| assert!(map.contains_key(&0)));
    lock.get_with(&(), pins).unwrap();
    map
}

/// A map that has nothing to do with any garbage, and that this thread has read.
fn another() -> SyncMap<u32, u32> {
    let other = SyncMap::from([(1, 1)]);
    other.compact();
    assert!(other.contains_key(&1));
    other
}

/// Reads, and does nothing else, in a map that was made before; demands that all
/// values are dropped but the one in the map, and those that a thread may keep back.
fn readers_free_the_rest(other: &SyncMap<u32, u32>) {
    for _ in 0..READS {
        assert!(other.contains_key(&1));
    }
    let live = LIVE.load(Ordering::Relaxed);
    assert!(
        live <= 1 + KEPT_BACK,
        "{live} wait for a thread that does nothing"
    );
}

#[test]
fn what_one_call_leaves_is_freed_by_other_threads() {
    let _alone = alone();
    free_all();
    let other = another();
    // Enough for a grace period to be over by then, or nearly.
    for collections in 40..46 {
        let one_call = move || {
            let map = all_is_due(collections);
            let dropped = dropped_by(|| _ = map.compact());
            assert!(0 < dropped && dropped <= AT_ONCE, "{dropped}");
            map
        };
        idle_after(one_call, || readers_free_the_rest(&other));
        none_lives();
    }
}

#[test]
fn what_comes_due_under_a_lock_is_freed_by_other_threads() {
    let _alone = alone();
    free_all();
    let other = another();
    idle_after(|| all_is_due(40), || readers_free_the_rest(&other));
    none_lives();
}
