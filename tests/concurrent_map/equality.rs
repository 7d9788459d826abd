//! Comparisons of maps with locks: what is equal, and that no order of comparisons and
//! writes deadlocks.

use crate::watchdog::watched;
use readmostly::primitives::{
    BuildFnv1a, ConcurrentMap, HybridMap, MutexMap, Recorded, RwLockMap, ShardedMap,
};
use std::hash::RandomState;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

const ROUNDS: u32 = if cfg!(miri) { 20 } else { 5_000 };

/// Either map may stand on the left.
fn equal<A: PartialEq<B>, B: PartialEq<A>>(a: &A, b: &B) -> bool {
    let equal = a.eq(b);
    assert_eq!(b.eq(a), equal, "the order counts");
    equal
}

fn equals_itself<M: PartialEq>(map: &M) -> bool {
    map.eq(map)
}

/// All that is to be said of two maps of one kind with different hashers.
fn equal_if_the_pairs_are<A, B>()
where
    A: ConcurrentMap<u32, u32> + FromIterator<(u32, u32)> + PartialEq<B> + PartialEq,
    B: ConcurrentMap<u32, u32> + FromIterator<(u32, u32)> + PartialEq<A> + PartialEq,
{
    let pairs = || (0..100).map(|n| (n, n * 10));
    let (a, b) = (A::from_iter(pairs()), B::from_iter(pairs()));
    assert!(equal(&a, &b) && equals_itself(&a) && equals_itself(&b));
    // Another value.
    b.insert(50, 1);
    assert!(!equal(&a, &b));
    // Another key.
    b.remove(&50);
    assert!(!equal(&a, &b));
    b.insert(1_000, 500);
    assert_eq!(a.len(), b.len());
    assert!(!equal(&a, &b));
    // One key more.
    b.insert(50, 500);
    assert!(!equal(&a, &b));
    b.remove(&1_000);
    assert!(equal(&a, &b));
    a.clear();
    assert!(!equal(&a, &b));
    b.clear();
    assert!(equal(&a, &b));
}

#[test]
fn maps_are_equal_if_their_pairs_are() {
    watched(|| {
        equal_if_the_pairs_are::<MutexMap<_, _>, MutexMap<_, _, BuildFnv1a>>();
        equal_if_the_pairs_are::<RwLockMap<_, _>, RwLockMap<_, _, BuildFnv1a>>();
        equal_if_the_pairs_are::<ShardedMap<_, _>, ShardedMap<_, _, BuildFnv1a>>();
        equal_if_the_pairs_are::<HybridMap<_, _>, HybridMap<_, _, BuildFnv1a>>();
        type Wrapped<S> = Recorded<ShardedMap<u32, u32, S>>;
        equal_if_the_pairs_are::<Wrapped<RandomState>, Wrapped<BuildFnv1a>>();
    });
}

#[test]
fn the_number_of_shards_does_not_count() {
    let few = ShardedMap::with_shards(1);
    let many = ShardedMap::with_shards(128);
    for n in 0..100 {
        few.insert(n, n);
        assert!(!equal(&few, &many));
        many.insert(n, n);
        assert!(equal(&few, &many));
    }
}

#[test]
fn it_does_not_count_which_keys_are_hot() {
    let pairs = || (0..40).map(|n| (n, n));
    let (a, b): (HybridMap<u32, u32>, HybridMap<u32, u32>) = (pairs().collect(), pairs().collect());
    a.declare_all_hot(&[0, 1, 2, 3]);
    assert!(equal(&a, &b) && equals_itself(&a));
    b.declare_all_hot(&[2, 3, 4, 5]);
    assert!(equal(&a, &b) && equals_itself(&b));
    // Hot in both, hot in one, and cold in both.
    for key in [2, 0, 4, 30] {
        b.insert(key, 100);
        assert!(!equal(&a, &b), "{key}");
        a.insert(key, 100);
        assert!(equal(&a, &b), "{key}");
        a.remove(&key);
        assert!(!equal(&a, &b), "{key}");
        // Cold now, in `a`.
        a.insert(key, 100);
        assert!(equal(&a, &b), "{key}");
    }
    // A hot key in place of a cold one.
    a.remove(&30);
    a.insert_hot(1_000, 100);
    assert!(!equal(&a, &b) && a.len() == b.len());
}

#[test]
fn a_map_with_a_nan_does_not_equal_itself() {
    fn nan<M>(map: &M)
    where
        M: ConcurrentMap<u32, f64> + PartialEq,
    {
        map.insert(1, 1.0);
        assert!(equals_itself(map));
        map.insert(2, f64::NAN);
        assert!(!equals_itself(map));
    }
    watched(|| {
        nan(&MutexMap::new());
        nan(&RwLockMap::new());
        nan(&ShardedMap::new());
        nan(&HybridMap::new());
        let hot = HybridMap::new();
        hot.insert_hot(2, 2.0);
        nan(&hot);
        assert!(hot.is_hot(&2));
    });
}

/// Two threads compare two maps in opposite orders, while others write to both.
fn no_order_deadlocks<M>(stir: fn(&M, u32))
where
    M: ConcurrentMap<u32, u32> + FromIterator<(u32, u32)> + PartialEq + Send + Sync + 'static,
{
    watched(move || {
        let maps = [(); 2].map(|()| (0..4).map(|n| (n, n)).collect::<M>());
        let [a, b] = &maps;
        let start = &Barrier::new(5);
        let found_equal = &AtomicUsize::new(0);
        let compare = |one: &M, other: &M| {
            start.wait();
            for _ in 0..ROUNDS {
                found_equal.fetch_add(usize::from(one == other), Ordering::Relaxed);
            }
        };
        thread::scope(|scope| {
            scope.spawn(move || compare(a, b));
            scope.spawn(move || compare(b, a));
            scope.spawn(move || compare(a, a));
            for map in [a, b] {
                scope.spawn(move || {
                    start.wait();
                    for round in 0..ROUNDS {
                        map.insert(round % 8, round);
                        map.remove(&(round % 8));
                        stir(map, round % 4);
                    }
                });
            }
        });
        for map in [a, b] {
            map.clear();
            map.insert(1, 1);
        }
        assert!(equal(a, b));
    });
}

#[test]
fn no_order_of_comparisons_deadlocks() {
    no_order_deadlocks::<MutexMap<_, _>>(|_, _| ());
    no_order_deadlocks::<RwLockMap<_, _>>(|_, _| ());
    no_order_deadlocks::<ShardedMap<_, _>>(|_, _| ());
    no_order_deadlocks::<HybridMap<_, _>>(|map, key| {
        map.insert(key, key);
        map.declare_hot(&key);
    });
}

/// What a `Watcher` does when it is compared.
type Look = Arc<dyn Fn() + Send + Sync>;

/// A value that tells when it is compared.
#[derive(Clone)]
struct Watcher(Look);

impl PartialEq for Watcher {
    fn eq(&self, _other: &Self) -> bool {
        (self.0)();
        true
    }
}

/// Nobody writes to either map before the comparison is over, to whatever key.
fn a_comparison_takes_effect_at_one_instant<M>(map: M)
where
    M: ConcurrentMap<u32, Watcher> + PartialEq + Send + Sync + 'static,
{
    watched(move || {
        let written = Arc::new(AtomicBool::new(false));
        let begun = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&written);
        let begins = Arc::clone(&begun);
        let look: Look = Arc::new(move || {
            begins.store(true, Ordering::Relaxed);
            for _ in 0..200 {
                thread::yield_now();
            }
            assert!(!seen.load(Ordering::Relaxed), "a write during a comparison");
        });
        for key in 0..40 {
            map.insert(key, Watcher(Arc::clone(&look)));
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                while !begun.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                for key in 0..40 {
                    map.insert(key, Watcher(Arc::new(|| ())));
                    written.store(true, Ordering::Relaxed);
                }
            });
            assert!(equals_itself(&map));
        });
        assert!(written.load(Ordering::Relaxed));
    });
}

#[test]
fn a_comparison_holds_all_locks() {
    a_comparison_takes_effect_at_one_instant(MutexMap::new());
    a_comparison_takes_effect_at_one_instant(RwLockMap::new());
    a_comparison_takes_effect_at_one_instant(ShardedMap::new());
    a_comparison_takes_effect_at_one_instant(HybridMap::new());
}

/// No lock is left held, and all values are there.
#[test]
fn a_comparison_that_panics_changes_nothing() {
    fn panics<M>(map: &M)
    where
        M: ConcurrentMap<u32, Watcher> + PartialEq,
    {
        let bang: Look = Arc::new(|| resume_unwind(Box::new("bang")));
        for key in 0..10 {
            map.insert(key, Watcher(Arc::clone(&bang)));
        }
        assert!(catch_unwind(AssertUnwindSafe(|| equals_itself(map))).is_err());
        assert_eq!(map.len(), 10);
        for key in 0..10 {
            assert!(map.insert(key, Watcher(Arc::new(|| ()))).is_some());
        }
        assert!(equals_itself(map));
    }
    watched(|| {
        panics(&MutexMap::new());
        panics(&RwLockMap::new());
        panics(&ShardedMap::new());
        panics(&HybridMap::new());
    });
}
