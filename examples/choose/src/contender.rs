//! What a map must do to be compared, and the maps of this crate.

use crate::data::{Key, Value};
use foldhash::fast::FixedState;
use readmostly::SyncMap;
#[cfg(feature = "lock-stats")]
use readmostly::primitives::LockStats;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap, RwLockMap, ShardedMap};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

pub(crate) type Hasher = FixedState;

/// The hasher of every map, with one seed.
pub(crate) fn hasher() -> Hasher {
    FixedState::with_seed(0x5EED)
}

/// After how many reads without a write a key of a `HybridMap` is hot.
const HOT_AFTER: usize = 64;

pub(crate) trait Contender<K, V>: Send + Sync {
    /// An empty map, built as its users would build it.
    fn new() -> Self
    where
        Self: Sized;

    /// Looks the key up, and reads its value.
    fn get(&self, key: &K);

    /// Inserts or overwrites.
    fn insert(&self, key: K, value: V);

    fn remove(&self, key: &K);

    fn clear(&self);

    /// Reads all values.
    fn walk(&self);

    /// Inserts the pairs one by one, unless a map has a reason not to.
    fn fill(&self, pairs: &mut dyn Iterator<Item = (K, V)>) {
        pairs.for_each(|(key, value)| self.insert(key, value));
    }

    /// The statistics of its locks so far. None if there are none.
    fn contention(&self) -> Option<Contention> {
        None
    }
}

/// The statistics of locks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Contention {
    pub(crate) acquisitions: u64,
    pub(crate) contended: u64,
    pub(crate) waited: Duration,
}

impl Contention {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            acquisitions: self.acquisitions - before.acquisitions,
            contended: self.contended - before.contended,
            waited: self.waited.saturating_sub(before.waited),
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            acquisitions: self.acquisitions + other.acquisitions,
            contended: self.contended + other.contended,
            waited: self.waited + other.waited,
        }
    }
}

/// A map of this crate, used through the trait that they share.
pub(crate) trait Primitive<K: Key, V: Value>: ConcurrentMap<K, V> + Send + Sync {
    fn new() -> Self;

    fn contention(&self) -> Option<Contention> {
        #[cfg(feature = "lock-stats")]
        return Some(self.lock_stats_of_all().into());
        #[cfg(not(feature = "lock-stats"))]
        None
    }

    /// The sums over all its locks.
    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats;
}

#[cfg(feature = "lock-stats")]
impl From<LockStats> for Contention {
    fn from(stats: LockStats) -> Self {
        Self {
            acquisitions: stats.acquisitions,
            contended: stats.contended,
            waited: stats.waited,
        }
    }
}

/// A map of this crate as a contender.
pub(crate) struct Ours<M>(M);

impl<K: Key, V: Value, M: Primitive<K, V>> Contender<K, V> for Ours<M> {
    fn new() -> Self {
        Self(M::new())
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(self.0.get_with(key, V::look));
    }

    #[inline]
    fn insert(&self, key: K, value: V) {
        drop(self.0.insert(key, value));
    }

    #[inline]
    fn remove(&self, key: &K) {
        drop(self.0.remove(key));
    }

    fn clear(&self) {
        self.0.clear();
    }

    fn walk(&self) {
        let _: ControlFlow<()> = self.0.for_each(|_, value| {
            black_box(value.look());
            ControlFlow::Continue(())
        });
    }

    fn contention(&self) -> Option<Contention> {
        self.0.contention()
    }
}

impl<K: Key, V: Value> Primitive<K, V> for MutexMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats {
        self.lock_stats().iter().sum()
    }
}

impl<K: Key, V: Value> Primitive<K, V> for RwLockMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats {
        self.lock_stats().iter().sum()
    }
}

impl<K: Key, V: Value> Primitive<K, V> for ShardedMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats {
        self.lock_stats().iter().sum()
    }
}

impl<K: Key, V: Value> Primitive<K, V> for HybridMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher()).promote_after(HOT_AFTER)
    }

    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats {
        self.lock_stats().total()
    }
}

impl<K: Key, V: Value> Primitive<K, V> for SyncMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[cfg(feature = "lock-stats")]
    fn lock_stats_of_all(&self) -> LockStats {
        self.lock_stats()
    }
}
