//! The ways to call a map: one-shot, under a pin, and through the trait.

use crate::hashers::Hashers;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap, RwLockMap, ShardedMap};
use readmostly::{Pinned, SyncMap};
use std::ops::ControlFlow;
use std::thread;

/// What the maps hold. Some comparisons let other threads run: between the moment
/// at which a conditional call reads a value and the one at which it acts on it.
pub(crate) struct Value(u64);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        if self.0 % 2 == 0 {
            thread::yield_now();
        }
        self.0 == other.0
    }
}

/// What a thread calls. Made by that thread, as a pin stays on its thread.
pub(crate) trait Calls {
    fn get(&self, key: u64) -> Option<u64>;
    /// Go: Swap.
    fn insert(&self, key: u64, value: u64) -> Option<u64>;
    /// Go: LoadOrStore. Whether `value` was stored; nobody else stores the same one.
    fn insert_if_absent(&self, key: u64, value: u64) -> bool;
    /// Go: LoadAndDelete.
    fn remove(&self, key: u64) -> Option<u64>;
    /// Go: CompareAndSwap.
    fn exchange(&self, key: u64, expected: u64, new: u64) -> bool;
}

/// One way to call one kind of map.
pub(crate) trait Way: 'static {
    type Map<S: Hashers>: Sync;
    type Calls<'m, S: Hashers>: Calls;

    fn make<S: Hashers>() -> Self::Map<S>;

    fn calls<S: Hashers>(map: &Self::Map<S>) -> Self::Calls<'_, S>;

    /// Puts every key where as few calls as possible need a lock.
    fn settle<S: Hashers>(_map: &Self::Map<S>, _keys: impl Iterator<Item = u64>) {}
}

/// A way to remove on a condition, and to walk while the map is in use.
pub(crate) trait Conditionally: Way {
    /// Go: CompareAndDelete.
    fn compare_remove<S: Hashers>(calls: &Self::Calls<'_, S>, key: u64, expected: u64) -> bool;

    /// Go: Range. `f` may use the map.
    fn walk<S: Hashers>(calls: &Self::Calls<'_, S>, f: impl FnMut(u64, u64));
}

/// One-shot calls of a `SyncMap`.
pub(crate) struct OneShot;

impl<S: Hashers> Calls for &SyncMap<u64, Value, S> {
    fn get(&self, key: u64) -> Option<u64> {
        SyncMap::get(self, &key).map(|value| value.0)
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        SyncMap::insert(self, key, Value(value)).map(|old| old.0)
    }

    fn insert_if_absent(&self, key: u64, value: u64) -> bool {
        self.try_insert(key, Value(value)).is_ok()
    }

    fn remove(&self, key: u64) -> Option<u64> {
        SyncMap::remove(self, &key).map(|old| old.0)
    }

    fn exchange(&self, key: u64, expected: u64, new: u64) -> bool {
        SyncMap::compare_exchange(self, &key, &Value(expected), Value(new)).is_ok()
    }
}

impl Way for OneShot {
    type Map<S: Hashers> = SyncMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = &'m SyncMap<u64, Value, S>;

    fn make<S: Hashers>() -> SyncMap<u64, Value, S> {
        SyncMap::default()
    }

    fn calls<S: Hashers>(map: &SyncMap<u64, Value, S>) -> &SyncMap<u64, Value, S> {
        map
    }

    fn settle<S: Hashers>(map: &SyncMap<u64, Value, S>, _keys: impl Iterator<Item = u64>) {
        map.compact();
    }
}

impl Conditionally for OneShot {
    fn compare_remove<S: Hashers>(calls: &Self::Calls<'_, S>, key: u64, expected: u64) -> bool {
        let removed = calls.compare_remove(&key, &Value(expected));
        removed.is_some_and(|old| old.0 == expected)
    }

    fn walk<S: Hashers>(calls: &Self::Calls<'_, S>, mut f: impl FnMut(u64, u64)) {
        let _ = calls.for_each(|&key, value| {
            f(key, value.0);
            ControlFlow::<()>::Continue(())
        });
    }
}

/// Calls of a `SyncMap` under a pin that lasts as long as the thread.
pub(crate) struct UnderAPin;

impl<S: Hashers> Calls for Pinned<'_, u64, Value, S> {
    fn get(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|value| value.0)
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        self.insert(key, Value(value)).map(|old| old.0)
    }

    fn insert_if_absent(&self, key: u64, value: u64) -> bool {
        self.try_insert(key, Value(value)).is_ok()
    }

    fn remove(&self, key: u64) -> Option<u64> {
        self.remove(&key).map(|old| old.0)
    }

    fn exchange(&self, key: u64, expected: u64, new: u64) -> bool {
        self.compare_exchange(&key, &Value(expected), Value(new))
            .is_ok()
    }
}

impl Way for UnderAPin {
    type Map<S: Hashers> = SyncMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = Pinned<'m, u64, Value, S>;

    fn make<S: Hashers>() -> SyncMap<u64, Value, S> {
        SyncMap::default()
    }

    fn calls<S: Hashers>(map: &SyncMap<u64, Value, S>) -> Pinned<'_, u64, Value, S> {
        map.pin()
    }

    fn settle<S: Hashers>(map: &SyncMap<u64, Value, S>, _keys: impl Iterator<Item = u64>) {
        map.compact();
    }
}

impl Conditionally for UnderAPin {
    fn compare_remove<S: Hashers>(calls: &Self::Calls<'_, S>, key: u64, expected: u64) -> bool {
        let removed = calls.compare_remove(&key, &Value(expected));
        removed.is_some_and(|old| old.0 == expected)
    }

    fn walk<S: Hashers>(calls: &Self::Calls<'_, S>, mut f: impl FnMut(u64, u64)) {
        for (&key, value) in calls {
            f(key, value.0);
        }
    }
}

/// Calls through the trait.
pub(crate) struct Through<'m, M>(&'m M);

impl<M: ConcurrentMap<u64, Value>> Calls for Through<'_, M> {
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get_with(&key, |value| value.0)
    }

    fn insert(&self, key: u64, value: u64) -> Option<u64> {
        self.0.insert(key, Value(value)).map(|old| old.0)
    }

    fn insert_if_absent(&self, key: u64, value: u64) -> bool {
        self.0
            .get_with_or_insert(key, || Value(value), |seen| seen.0)
            == value
    }

    fn remove(&self, key: u64) -> Option<u64> {
        self.0.remove(&key).map(|old| old.0)
    }

    fn exchange(&self, key: u64, expected: u64, new: u64) -> bool {
        self.0
            .compare_and_set(&key, &Value(expected), Value(new))
            .is_ok()
    }
}

pub(crate) struct Mutexed;
pub(crate) struct RwLocked;
pub(crate) struct Sharded;
/// A `HybridMap` of which every other key is declared hot.
pub(crate) struct Hybrid;

impl Way for Mutexed {
    type Map<S: Hashers> = MutexMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = Through<'m, MutexMap<u64, Value, S>>;

    fn make<S: Hashers>() -> MutexMap<u64, Value, S> {
        MutexMap::default()
    }

    fn calls<S: Hashers>(map: &MutexMap<u64, Value, S>) -> Self::Calls<'_, S> {
        Through(map)
    }
}

impl Way for RwLocked {
    type Map<S: Hashers> = RwLockMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = Through<'m, RwLockMap<u64, Value, S>>;

    fn make<S: Hashers>() -> RwLockMap<u64, Value, S> {
        RwLockMap::default()
    }

    fn calls<S: Hashers>(map: &RwLockMap<u64, Value, S>) -> Self::Calls<'_, S> {
        Through(map)
    }
}

impl Way for Sharded {
    type Map<S: Hashers> = ShardedMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = Through<'m, ShardedMap<u64, Value, S>>;

    fn make<S: Hashers>() -> ShardedMap<u64, Value, S> {
        ShardedMap::default()
    }

    fn calls<S: Hashers>(map: &ShardedMap<u64, Value, S>) -> Self::Calls<'_, S> {
        Through(map)
    }
}

impl Way for Hybrid {
    type Map<S: Hashers> = HybridMap<u64, Value, S>;
    type Calls<'m, S: Hashers> = Through<'m, HybridMap<u64, Value, S>>;

    fn make<S: Hashers>() -> HybridMap<u64, Value, S> {
        HybridMap::default()
    }

    fn calls<S: Hashers>(map: &HybridMap<u64, Value, S>) -> Self::Calls<'_, S> {
        Through(map)
    }

    fn settle<S: Hashers>(map: &HybridMap<u64, Value, S>, keys: impl Iterator<Item = u64>) {
        for key in keys.step_by(2) {
            map.declare_hot(&key);
        }
    }
}

/// Makes each of these statements a test of every way and hasher.
macro_rules! by_every_way {
    ($($statement:ident)*) => {
        $crate::hashers::with_every_hash! { [$($statement)*] by {
            one_shot = crate::ways::OneShot,
            pinned = crate::ways::UnderAPin,
            mutex_map = crate::ways::Mutexed,
            rw_lock_map = crate::ways::RwLocked,
            sharded_map = crate::ways::Sharded,
            hybrid_map = crate::ways::Hybrid,
        } }
    };
}

/// The same of the ways that [`Conditionally`] is about.
macro_rules! by_both_ways {
    ($($statement:ident)*) => {
        $crate::hashers::with_every_hash! { [$($statement)*] by {
            one_shot = crate::ways::OneShot,
            pinned = crate::ways::UnderAPin,
        } }
    };
}

pub(crate) use {by_both_ways, by_every_way};
