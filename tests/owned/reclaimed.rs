//! `reclamation()`: what waits to be freed, and for how long some guard has been alive.

use crate::ledger::FLUSHES;
use crate::one_at_a_time::watched;
use readmostly::{SyncMap, reclamation};
use std::sync::Barrier;
use std::thread;

/// Frees what waits. No guard is in the way.
fn settle<K, V, S>(map: &SyncMap<K, V, S>)
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let mut flushes = 0;
    while !map.flush() || reclamation().objects > 0 {
        flushes += 1;
        assert!(flushes < FLUSHES, "{:?}", reclamation());
        thread::yield_now();
    }
}

/// No guard is held. A thread that ends, or collects, may be pinned for a moment.
fn no_guard_is_left() {
    let mut questions = 0;
    while let Some(age) = reclamation().oldest_guard {
        questions += 1;
        assert!(questions < FLUSHES, "a guard is {age:?} old");
        thread::yield_now();
    }
}

/// What a thread may keep to itself before it hands over.
const OWN: usize = 64;

/// Retires `writes` values of 100 bytes while a guard is held. Then drops the guard.
fn what_waits<V: Send + Sync + 'static>(make: impl Fn() -> V) {
    const WRITES: usize = 10_000;
    let map = SyncMap::from([(1, make())]);
    settle(&map);
    let other = SyncMap::from([(1, 1)]);
    let held = other.get(&1);
    for n in 1..=WRITES {
        drop(map.insert(1, make()));
        if n % 1_000 == 0 {
            let seen = reclamation();
            assert!(
                seen.objects >= n - OWN && seen.objects <= n + OWN,
                "{seen:?}"
            );
            assert!(seen.bytes >= (n - OWN) * size_of::<V>(), "{seen:?}");
            // A block may be up to 16 bytes longer than the value. Tables are few.
            assert!(seen.bytes <= n * (size_of::<V>() + 16) + 10_000, "{seen:?}");
            assert!(seen.oldest_guard.is_some());
        }
    }
    drop(held);
    settle(&map);
    let seen = reclamation();
    assert_eq!((seen.objects, seen.bytes), (0, 0));
    no_guard_is_left();
}

#[test]
fn values_with_a_destructor_are_counted() {
    watched(|| what_waits(|| [const { String::new() }; 4]));
}

#[test]
fn values_in_blocks_are_counted() {
    watched(|| what_waits(|| [7_u8; 100]));
}

#[test]
fn large_values_are_counted() {
    watched(|| what_waits(|| [7_u8; 1_000]));
}

#[test]
fn the_age_of_a_guard_grows_until_it_is_gone() {
    watched(|| {
        let map = SyncMap::from([(1, 1)]);
        settle(&map);
        no_guard_is_left();
        let (held, released) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let pinned = map.pin();
                held.wait();
                released.wait();
                drop(pinned);
                held.wait();
            });
            held.wait();
            let mut before = reclamation().oldest_guard.expect("a guard is held");
            for _ in 0..100 {
                let now = reclamation().oldest_guard.expect("a guard is held");
                assert!(now > before, "{now:?} after {before:?}");
                before = now;
            }
            released.wait();
            held.wait();
            no_guard_is_left();
        });
    });
}

/// The question of another thread goes on to be asked, whoever asks.
#[test]
fn any_thread_may_ask() {
    watched(|| {
        let map = SyncMap::from([(1, 1)]);
        settle(&map);
        let held = map.get(&1);
        let first = reclamation().oldest_guard.expect("a guard is held");
        let second = thread::scope(|scope| {
            let seen = scope.spawn(reclamation).join().expect("no panic");
            seen.oldest_guard.expect("a guard is held")
        });
        assert!(second > first);
        drop(held);
        no_guard_is_left();
    });
}
