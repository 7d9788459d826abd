//! [`HybridLockStats`]: what was measured at the locks of a `HybridMap`.

use super::HybridMap;
use crate::lock_stats::LockStats;
use crate::primitives::locks::{Lock, LockSet};

/// What was measured at each lock of a [`HybridMap`].
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, HybridMap};
///
/// let map = HybridMap::from([("a", 1)]);
/// let before = map.lock_stats().total();
/// map.get_cloned("a");
/// assert_eq!(map.lock_stats().total().since(&before).acquisitions, 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HybridLockStats {
    /// The locks of the cold shards, in the order of the shards.
    pub shards: Vec<LockStats>,
    /// Two locks together, which are taken when keys wait to become hot and when keys
    /// become hot. An iteration over the whole map holds one of them for reading.
    pub moves: LockStats,
    /// The mutex of the hot map, which is a [`SyncMap`](crate::SyncMap).
    pub hot: LockStats,
}

impl HybridLockStats {
    /// Returns the sum over all locks, as if they were one lock.
    ///
    /// # Complexity
    ///
    /// O(number of locks).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::new();
    /// map.insert("a", 1);
    /// assert_eq!(map.lock_stats().total().contended, 0);
    /// ```
    pub fn total(&self) -> LockStats {
        let rest = [&self.moves, &self.hot];
        self.shards.iter().chain(rest).sum()
    }
}

impl<K, V, S> HybridMap<K, V, S> {
    /// Returns what was measured at each lock. Takes no lock.
    ///
    /// Requires the feature `lock-stats`.
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    ///
    /// # Linearization
    ///
    /// Each number is read separately. The numbers of a lock are exact if no thread takes
    /// the lock in the meantime.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::from([("a", 1)]);
    /// map.declare_hot("a");
    /// let before = map.lock_stats();
    /// assert_eq!(before.moves.acquisitions, 1);
    /// map.get_cloned("a");
    /// assert_eq!(map.lock_stats(), before, "a hot key is read without a lock");
    /// ```
    pub fn lock_stats(&self) -> HybridLockStats {
        let shards = self.cold.all().iter();
        let moves = [self.moves.readings(), self.waiting.readings()];
        HybridLockStats {
            shards: shards.map(|shard| shard.stats()).collect(),
            moves: moves.iter().map(LockStats::of).sum(),
            hot: self.hot.lock_stats(),
        }
    }
}
