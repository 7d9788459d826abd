//! The maps under test, and what their locks say.

use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap, LockMap, LockStats, Locks};

/// A map whose locks can be asked.
pub(crate) trait Measured<K, V>: ConcurrentMap<K, V> + Send + Sync {
    /// All its locks as if they were one.
    fn total(&self) -> LockStats;
}

impl<K, V, S> Measured<K, V> for SyncMap<K, V, S>
where
    Self: ConcurrentMap<K, V> + Send + Sync,
{
    fn total(&self) -> LockStats {
        self.lock_stats()
    }
}

impl<K, V, L, S> Measured<K, V> for LockMap<L, S>
where
    L: Locks<Key = K, Value = V>,
    Self: ConcurrentMap<K, V> + Send + Sync,
{
    fn total(&self) -> LockStats {
        self.lock_stats().into_iter().sum()
    }
}

impl<K, V, S> Measured<K, V> for HybridMap<K, V, S>
where
    Self: ConcurrentMap<K, V> + Send + Sync,
{
    fn total(&self) -> LockStats {
        self.lock_stats().total()
    }
}

/// How often each of these locks was got.
pub(crate) fn acquisitions(locks: &[LockStats]) -> Vec<u64> {
    locks.iter().map(|lock| lock.acquisitions).collect()
}
