//! [`LockStats`]: how often a lock was taken, and how long threads waited for it.

mod wait_times;

pub use wait_times::WaitTimes;

use crate::sync::Readings;
use std::iter::Sum;
use std::time::Duration;

/// What was measured at one lock, or at several locks together, since they were created.
///
/// The method `lock_stats` of each map returns it:
/// [`SyncMap::lock_stats`](crate::SyncMap::lock_stats),
/// [`LockMap::lock_stats`](crate::primitives::LockMap::lock_stats),
/// [`HybridMap::lock_stats`](crate::primitives::HybridMap::lock_stats). The page
/// [`primitives`](crate::primitives#what-the-locks-cost) explains how to read the numbers.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, LockStats, ShardedMap};
///
/// let map = ShardedMap::new();
/// map.insert("a", 1);
/// let before: LockStats = map.lock_stats().into_iter().sum();
/// map.insert("b", 2);
/// map.get_cloned("a");
/// let now: LockStats = map.lock_stats().into_iter().sum();
///
/// let period = now.since(&before);
/// assert_eq!((period.acquisitions, period.contended), (2, 0));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockStats {
    /// How many times the lock was acquired, for reading or writing, contended or not.
    pub acquisitions: u64,
    /// How many acquisitions had to wait.
    pub contended: u64,
    /// The total time that these acquisitions waited.
    pub waited: Duration,
    /// The longest wait of a single acquisition.
    pub longest_wait: Duration,
    /// A histogram of the waits: one count for each contended acquisition.
    pub wait_times: WaitTimes,
}

impl LockStats {
    pub(crate) fn of(readings: &Readings) -> Self {
        let wait_times = WaitTimes::of(readings.times);
        Self {
            acquisitions: readings.acquisitions,
            contended: wait_times.count(),
            waited: Duration::from_nanos(readings.waited),
            longest_wait: Duration::from_nanos(readings.longest),
            wait_times,
        }
    }

    /// Returns what was measured after `earlier`. `earlier` must be from the same lock or
    /// locks.
    ///
    /// The longest wait is exact if it is the longest since the lock was created. Otherwise
    /// it is an upper bound: the end of the longest bucket in which a wait was counted
    /// after `earlier`, and at most the longest wait of all.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// let before = map.lock_stats();
    /// map.get_cloned("a");
    /// assert_eq!(map.lock_stats()[0].since(&before[0]).acquisitions, 1);
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let wait_times = self.wait_times.since(&earlier.wait_times);
        let longest_wait = if self.longest_wait > earlier.longest_wait {
            self.longest_wait
        } else {
            wait_times.quantile(1.0).min(self.longest_wait)
        };
        Self {
            acquisitions: self.acquisitions.saturating_sub(earlier.acquisitions),
            contended: self.contended.saturating_sub(earlier.contended),
            waited: self.waited.saturating_sub(earlier.waited),
            longest_wait,
            wait_times,
        }
    }

    /// Adds what was measured at another lock, as if both were one lock. For many locks use
    /// `sum`.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::from([("a", 1)]);
    /// let locks = map.lock_stats();
    /// let mut apart = locks.moves.clone();
    /// apart.merge(&locks.hot);
    /// assert_eq!(apart.acquisitions, locks.moves.acquisitions + locks.hot.acquisitions);
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.acquisitions = self.acquisitions.saturating_add(other.acquisitions);
        self.contended = self.contended.saturating_add(other.contended);
        self.waited = self.waited.saturating_add(other.waited);
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.wait_times.merge(&other.wait_times);
    }
}

impl<'s> Sum<&'s LockStats> for LockStats {
    fn sum<I: Iterator<Item = &'s Self>>(stats: I) -> Self {
        let mut sum = Self::default();
        stats.for_each(|one| sum.merge(one));
        sum
    }
}

impl Sum for LockStats {
    fn sum<I: Iterator<Item = Self>>(stats: I) -> Self {
        let mut sum = Self::default();
        stats.for_each(|one| sum.merge(&one));
        sum
    }
}
