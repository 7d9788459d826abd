//! `lock_stats` of `MutexMap`, `RwLockMap` and `ShardedMap`.

use super::lock_map::LockMap;
use super::locks::{Lock, Locks};
use crate::lock_stats::LockStats;

impl<L: Locks, S> LockMap<L, S> {
    /// What was measured at each lock: at the only one, or at those of the shards, in the
    /// order of [`shard_loads`](super::ShardedMap::shard_loads). Takes none of them.
    ///
    /// Needs the feature `lock-stats`. For all locks together, take the `sum`.
    ///
    /// # Complexity
    ///
    /// As many steps as there are locks.
    ///
    /// # Linearization
    ///
    /// Each number is read by itself. The numbers of a lock are exact if nobody takes it
    /// meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, LockStats, ShardedMap};
    ///
    /// let map = ShardedMap::with_shards(8);
    /// map.insert("a", 1);
    /// map.get_cloned("a");
    /// let shards = map.lock_stats();
    /// assert_eq!(shards.len(), 8);
    /// assert!(shards.iter().any(|shard| shard.acquisitions == 2));
    /// assert_eq!(shards.iter().sum::<LockStats>().acquisitions, 2);
    /// ```
    pub fn lock_stats(&self) -> Vec<LockStats> {
        self.locks.all().iter().map(|lock| lock.stats()).collect()
    }
}
