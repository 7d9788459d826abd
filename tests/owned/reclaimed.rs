//! `reclamation()`: what waits to be freed, and for how long some guard has been alive.

use crate::ledger::FLUSHES;
use crate::one_at_a_time::watched;
use readmostly::{SyncMap, reclamation};
use std::cell::RefCell;
use std::sync::{Barrier, LazyLock};
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

/// Retires `writes` values of 100 bytes, each of which is in a block of its own.
fn write_blocks(map: &SyncMap<u32, [u8; 100]>, writes: usize) {
    // The first value is part of its entry.
    (0..writes).for_each(|_| drop(map.insert(1, [7; 100])));
}

/// A thread that ends gives the blocks to all threads that it has not sealed.
#[test]
fn blocks_of_a_thread_that_ends_are_counted() {
    watched(|| {
        let map = SyncMap::from([(1, [7; 100])]);
        map.insert(1, [7; 100]);
        settle(&map);
        let held = map.pin();
        thread::scope(|scope| scope.spawn(|| write_blocks(&map, 10)).join()).expect("no panic");
        let seen = reclamation();
        assert!(seen.objects >= 10 && seen.bytes >= 1_000, "{seen:?}");
        drop(held);
        settle(&map);
    });
}

/// The same of blocks that are retired when the things of the thread are gone.
#[test]
fn blocks_of_a_thread_whose_own_things_are_gone_are_counted() {
    struct Writes(&'static SyncMap<u32, [u8; 100]>);
    impl Drop for Writes {
        fn drop(&mut self) {
            write_blocks(self.0, 10);
        }
    }
    thread_local! {
        static AT_THE_END: RefCell<Option<Writes>> = const { RefCell::new(None) };
    }
    static MAP: LazyLock<SyncMap<u32, [u8; 100]>> = LazyLock::new(SyncMap::new);
    watched(|| {
        write_blocks(&MAP, 2);
        settle(&MAP);
        let held = MAP.pin();
        let ends = thread::spawn(|| {
            // Registered first, so it is dropped last.
            AT_THE_END.with(|at_the_end| *at_the_end.borrow_mut() = Some(Writes(&MAP)));
            drop(MAP.insert(2, [7; 100]));
        });
        ends.join().expect("no panic");
        let seen = reclamation();
        assert!(seen.objects >= 10 && seen.bytes >= 1_000, "{seen:?}");
        drop(held);
        settle(&MAP);
    });
}

/// A flush gives the blocks to all threads that are not sealed. They do not belong to the next
/// batch.
#[test]
fn blocks_that_were_flushed_are_counted_once() {
    watched(|| {
        let map = SyncMap::from([(1, [7; 100])]);
        map.insert(1, [7; 100]);
        settle(&map);
        let (held, released) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let pinned = map.pin();
                held.wait();
                released.wait();
                drop(pinned);
            });
            held.wait();
            // All but one of a batch, and then one batch.
            write_blocks(&map, 63);
            assert!(!map.flush());
            write_blocks(&map, 64);
            let seen = reclamation();
            released.wait();
            assert!(seen.bytes >= 127 * 100, "{seen:?}");
            // A block is up to 16 bytes longer.
            assert!(seen.bytes <= 130 * 116, "{seen:?}");
        });
        settle(&map);
    });
}

/// The guard that the first question has found is gone. There is a later one.
#[test]
fn a_guard_that_is_younger_than_the_last_question_is_found() {
    watched(|| {
        let map = SyncMap::from([(1, 1)]);
        settle(&map);
        no_guard_is_left();
        let (held, released) = (Barrier::new(2), Barrier::new(2));
        let first = map.pin();
        assert!(reclamation().oldest_guard.is_some());
        thread::scope(|scope| {
            scope.spawn(|| {
                let pinned = map.pin();
                held.wait();
                released.wait();
                drop(pinned);
            });
            held.wait();
            drop(first);
            let second = reclamation().oldest_guard;
            released.wait();
            assert!(second.is_some(), "the second guard is alive");
        });
        no_guard_is_left();
    });
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
