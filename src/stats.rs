//! [`Stats`]: what a map has done, and how much it holds.

#[cfg(feature = "lock-stats")]
use crate::lock_stats::LockStats;
use crate::locked::Locked;
use crate::map::SyncMap;
use crate::read_only::ReadOnly;
use crate::table::Table;
#[cfg(feature = "lock-stats")]
use std::time::Duration;

/// Counters of a [`SyncMap`], from [`SyncMap::stats`].
///
/// A read that takes no lock pays nothing for them: they are counted under the mutex, by
/// operations that hold it anyway, or derived from the tables. The feature `lock-stats`
/// adds two numbers that say how often and how long threads waited for the mutex.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let before = map.stats();
/// map.get("a");
/// assert_eq!(map.stats().locks, before.locks);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Keys present: [`SyncMap::len`].
    pub len: usize,
    /// Entries of the read snapshot, tombstones included.
    pub read_entries: usize,
    /// Entries of the dirty map. 0 if there is no dirty map.
    pub dirty_entries: usize,
    /// Entries of the two maps together that have no value: what
    /// [`SyncMap::compact`] would purge.
    pub tombstones: usize,
    /// Times an operation took the mutex. Neither `stats` nor `inspect` counts.
    pub locks: u64,
    /// How many of these had to wait for it. Only with the feature `lock-stats`.
    #[cfg(feature = "lock-stats")]
    pub contended: u64,
    /// The time that these waited, all together. Only with the feature `lock-stats`.
    /// [`SyncMap::lock_stats`] says more.
    #[cfg(feature = "lock-stats")]
    pub waited: Duration,
    /// Calls that looked for their key in the dirty map and count towards its promotion.
    /// [`docs::algorithm`](crate::docs::algorithm#what-counts-as-a-miss) says which calls
    /// count.
    pub misses: u64,
    /// Times the dirty map became the read snapshot: O(1) each.
    pub promotions: u64,
    /// Times a dirty map was built, for the first new key after a promotion:
    /// O(n) each.
    pub rebuilds: u64,
    /// Entries that these rebuilds copied, by address.
    pub copied_entries: u64,
    /// Deleted entries that these rebuilds left out.
    pub expunges: u64,
    /// Entries that a rebuild had left out and that were stored to again.
    pub unexpunges: u64,
}

impl<K, V, S> SyncMap<K, V, S> {
    /// What the map has done, and how much it holds. Takes the mutex, and does not count
    /// that.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Linearization
    ///
    /// The counters: one instant under the mutex. `len` and `tombstones` are as exact as
    /// [`len`](SyncMap::len) is.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// map.insert("a", 1);
    /// map.get("a");
    /// let stats = map.stats();
    /// assert_eq!((stats.misses, stats.promotions, stats.len), (1, 1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        let guard = self.guard();
        let len = self.count(&guard);
        let look = |read: Option<&ReadOnly<K, V>>, mu: &Locked<K, V>| {
            let read_entries = read.map_or(0, |read| read.table().len());
            let dirty_entries = mu.dirty.as_ref().map(Table::len);
            // The entries of both maps together, each once.
            let entries = dirty_entries.map_or(read_entries, |dirty| dirty + mu.expunged());
            #[cfg(feature = "lock-stats")]
            let measured = self.lock_stats();
            Stats {
                len,
                read_entries,
                dirty_entries: dirty_entries.unwrap_or(0),
                tombstones: entries.saturating_sub(len),
                locks: mu.counters.locks,
                #[cfg(feature = "lock-stats")]
                contended: measured.contended,
                #[cfg(feature = "lock-stats")]
                waited: measured.waited,
                misses: mu.counters.misses,
                promotions: mu.counters.promotions,
                rebuilds: mu.counters.rebuilds,
                copied_entries: mu.counters.copied_entries,
                expunges: mu.counters.expunges,
                unexpunges: mu.counters.unexpunges,
            }
        };
        let stats = self.both(look, &guard);
        guard.collect_if_due();
        stats
    }

    /// What was measured at the mutex. Does not take it. Calls of
    /// [`stats`](SyncMap::stats) and [`inspect`](SyncMap::inspect) take it, and are not
    /// counted.
    ///
    /// Needs the feature `lock-stats`.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Linearization
    ///
    /// Each number is read by itself. All are exact if nobody takes the mutex meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// map.insert("a", 1);
    /// assert_eq!(map.lock_stats().acquisitions, map.stats().locks);
    /// ```
    #[cfg(feature = "lock-stats")]
    pub fn lock_stats(&self) -> LockStats {
        LockStats::of(&self.lock_readings())
    }
}
