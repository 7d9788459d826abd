//! With one thread, how often each call takes which lock.

use crate::measured::{Measured, acquisitions};
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap, LockStats, MutexMap, RwLockMap};
use readmostly::primitives::{LockMap, Locks, ShardedMap};
use std::ops::ControlFlow;
use std::thread;

/// How often `call` takes a lock.
fn taken_by<K, V, R>(map: &impl Measured<K, V>, call: impl FnOnce() -> R) -> u64 {
    let before = map.total();
    drop(call());
    let period = map.total().since(&before);
    assert_eq!(period.contended, 0, "there is one thread");
    assert_eq!(period.wait_times.count(), 0);
    period.acquisitions
}

/// Every method, on a map with `locks` locks.
fn takes_one_lock_for_a_key_and_all_for_all<L>(map: &LockMap<L>, locks: u64)
where
    L: Locks<Key = u32, Value = u32>,
    LockMap<L>: Measured<u32, u32>,
{
    assert_eq!(map.total(), LockStats::default(), "it is new");
    assert_eq!(taken_by(map, || map.insert(1, 1)), 1);
    assert_eq!(taken_by(map, || map.insert(1, 2)), 1);
    assert_eq!(taken_by(map, || map.get_cloned(&1)), 1);
    assert_eq!(taken_by(map, || map.get_cloned(&2)), 1);
    assert_eq!(taken_by(map, || assert!(map.modify(&1, |n| n + 1))), 1);
    let exchange = |expected| map.compare_and_set(&1, &expected, 4).is_ok();
    assert_eq!(taken_by(map, || assert!(exchange(3))), 1);
    assert_eq!(taken_by(map, || assert!(!exchange(3))), 1);
    let lazily = |key| map.get_with_or_insert(key, || 1, |n| *n);
    assert_eq!(taken_by(map, || assert_eq!(lazily(1), 4)), 1);
    assert_eq!(taken_by(map, || assert_eq!(lazily(2), 1)), 2, "two looks");
    assert_eq!(taken_by(map, || map.remove(&2)), 1);
    assert_eq!(taken_by(map, || map.retain(|_, _| true)), locks);
    let walk = || map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    assert_eq!(taken_by(map, walk), locks);
    assert_eq!(taken_by(map, || assert_eq!(map.len(), 1)), locks);
    // Each lock once, as the same thread would wait for itself forever.
    let itself = || <LockMap<L> as PartialEq>::eq(map, map);
    assert_eq!(taken_by(map, || assert!(itself())), locks);
    assert_eq!(taken_by(map, || map.clear()), locks);
    assert_eq!(taken_by(map, || map.lock_stats()), 0);
}

#[test]
fn each_call_counts_the_locks_it_takes() {
    takes_one_lock_for_a_key_and_all_for_all(&MutexMap::new(), 1);
    takes_one_lock_for_a_key_and_all_for_all(&RwLockMap::new(), 1);
    takes_one_lock_for_a_key_and_all_for_all(&ShardedMap::with_shards(8), 8);
}

#[test]
fn a_clone_begins_at_nothing() {
    let map = ShardedMap::from([(1, 1)]);
    let mut clone = None;
    assert_eq!(taken_by(&map, || clone = Some(map.clone())), 32);
    assert_eq!(clone.unwrap().total(), LockStats::default());
}

#[test]
fn an_acquisition_is_counted_at_the_shard_of_the_key() {
    let map = ShardedMap::with_shards(16);
    map.insert(7, 7);
    let shard = map.shard_loads().iter().position(|&keys| keys == 1);
    let shard = shard.expect("the key is somewhere");
    let before = map.lock_stats();
    for _ in 0..5 {
        map.get_cloned(&7);
    }
    map.remove(&7);
    for (place, (now, before)) in map.lock_stats().iter().zip(&before).enumerate() {
        let expected = if place == shard { 6 } else { 0 };
        assert_eq!(now.since(before).acquisitions, expected, "shard {place}");
    }
}

#[test]
fn a_sync_map_counts_as_its_stats_do() {
    let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    for n in 0..20 {
        map.get(&n);
        map.insert(n, n);
        map.remove(&(n / 2));
    }
    assert!(map.stats().locks > 10);
    assert_eq!(map.lock_stats().acquisitions, map.stats().locks);
    map.compact();
    assert_eq!(taken_by(&map, || map.get(&19)), 0, "known");
    assert_eq!(taken_by(&map, || map.insert(19, 1)), 0);
    assert_eq!(taken_by(&map, || map.insert(100, 1)), 1);
    map.clear();
    assert_eq!(map.lock_stats().acquisitions, map.stats().locks);
}

/// Else whoever looks at the numbers would change them.
#[test]
fn looking_at_a_sync_map_is_not_counted() {
    let map = SyncMap::from([(1, 1)]);
    assert_eq!(taken_by(&map, || map.stats()), 0);
    assert_eq!(taken_by(&map, || map.inspect()), 0);
    assert_eq!(taken_by(&map, || map.lock_stats()), 0);
    assert_eq!(taken_by(&map, || map.len()), 0);
}

type Hybrid = HybridMap<u32, u32>;

/// How often `call` takes a shard, `moves`, and the hot map's mutex.
fn taken_of_a_hybrid<R>(map: &Hybrid, call: impl FnOnce() -> R) -> (u64, u64, u64) {
    let before = map.lock_stats();
    drop(call());
    let now = map.lock_stats();
    let [shards, shards_before] =
        [&now, &before].map(|stats| acquisitions(&stats.shards).iter().sum::<u64>());
    let all = now.total().since(&before.total());
    let moves = now.moves.since(&before.moves).acquisitions;
    let hot = now.hot.since(&before.hot).acquisitions;
    let shards = shards - shards_before;
    assert_eq!((all.acquisitions, all.contended), (shards + moves + hot, 0));
    (shards, moves, hot)
}

#[test]
fn a_hybrid_map_counts_each_of_its_locks() {
    let map = Hybrid::with_shards_and_hasher(8, Default::default());
    assert_eq!(taken_of_a_hybrid(&map, || map.insert(1, 1)), (1, 0, 0));
    assert_eq!(taken_of_a_hybrid(&map, || map.insert(2, 2)), (1, 0, 0));
    assert_eq!(taken_of_a_hybrid(&map, || map.get_cloned(&1)), (1, 0, 0));
    let (shards, moves, hot) = taken_of_a_hybrid(&map, || assert!(map.declare_hot(&1)));
    assert_eq!((shards, moves), (1, 1));
    assert!(hot > 0, "a new key of the hot map");
    assert_eq!(
        taken_of_a_hybrid(&map, || map.get_cloned(&1)),
        (0, 0, 0),
        "hot"
    );
    assert_eq!(
        taken_of_a_hybrid(&map, || map.insert(1, 10)),
        (0, 0, 0),
        "hot"
    );
    assert_eq!(
        taken_of_a_hybrid(&map, || map.get_cloned(&2)),
        (1, 0, 0),
        "cold"
    );
    assert_eq!(
        taken_of_a_hybrid(&map, || assert_eq!(map.len(), 2)),
        (8, 1, 0)
    );
    assert_eq!(taken_of_a_hybrid(&map, || map.retain(|_, _| true)).1, 1);
    let other = map.clone();
    assert_eq!(taken_of_a_hybrid(&map, || assert!(map == other)).1, 1);
    let itself = || <HybridMap<_, _> as PartialEq>::eq(&map, &map);
    assert_eq!(taken_of_a_hybrid(&map, || assert!(itself())).1, 1);
    assert_eq!(taken_of_a_hybrid(&map, || map.clear()), (8, 0, 1));
}

#[test]
fn a_promotion_counts_and_one_that_is_put_off_does_not() {
    let map = HybridMap::from([(1, 1)]).promote_after(1);
    let read_elsewhere = || thread::scope(|scope| drop(scope.spawn(|| map.get_cloned(&1)).join()));
    let walk = || {
        map.for_each(|_, _| {
            // Its try fails, as this walk has the lock.
            read_elsewhere();
            ControlFlow::<()>::Continue(())
        })
    };
    // The walk's alone: a try that fails is not counted.
    assert_eq!(taken_of_a_hybrid(&map, walk).1, 1);
    assert!(!map.is_hot(&1));
    // That of the move, and that of the list of those who wait.
    assert_eq!(taken_of_a_hybrid(&map, || map.get_cloned(&1)).1, 2);
    assert!(map.is_hot(&1));
}
