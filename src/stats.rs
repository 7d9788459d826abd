//! [`Stats`]: what a map has done, and how much it holds.

#[cfg(feature = "lock-stats")]
use crate::lock_stats::LockStats;
use crate::locked::Locked;
use crate::map::SyncMap;
use crate::read_only::ReadOnly;
use crate::reclaim::{amount_waiting, oldest_guard};
use crate::table::Table;
use std::time::Duration;

/// Counters of a [`SyncMap`], from [`SyncMap::stats`].
///
/// The counters cost nothing in a read that takes no lock. Some of them change under the
/// mutex, in operations that hold the mutex anyway. The others are read when the statistics
/// are asked for.
/// The feature `lock-stats` adds two numbers: how often threads waited for the mutex, and
/// for how long.
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
    /// The number of keys that are present: [`SyncMap::len`].
    pub len: usize,
    /// The number of entries in the read snapshot, tombstones included.
    pub read_entries: usize,
    /// The number of entries in the dirty map. 0 if there is no dirty map.
    pub dirty_entries: usize,
    /// The number of entries without a value, in both maps together. [`SyncMap::compact`]
    /// would purge these entries.
    pub tombstones: usize,
    /// How many times an operation took the mutex. Calls of `stats` and `inspect` are not
    /// counted.
    pub locks: u64,
    /// How many of these operations had to wait for the mutex. Only with the feature
    /// `lock-stats`.
    #[cfg(feature = "lock-stats")]
    pub contended: u64,
    /// The total time that operations waited for the mutex. Only with the feature
    /// `lock-stats`. [`SyncMap::lock_stats`] has more details.
    #[cfg(feature = "lock-stats")]
    pub waited: Duration,
    /// The number of calls that looked for their key in the dirty map and count towards its
    /// promotion. The chapter [counting
    /// misses](crate::docs::book::ch05_counting_misses#what-counts-as-a-miss) says which calls
    /// count.
    pub misses: u64,
    /// How many times the dirty map became the read snapshot. A promotion copies nothing. If
    /// an entry that the last rebuild left out got a value again, the promotion looks through
    /// the list of these entries.
    pub promotions: u64,
    /// How many times a dirty map was built: for the first new key of a map, for the
    /// first new key after a promotion, or by `compact`. Each rebuild is O(n).
    pub rebuilds: u64,
    /// The number of entries that these rebuilds copied. Only the address of an entry is
    /// copied.
    pub copied_entries: u64,
    /// The number of deleted entries that these rebuilds left out of the dirty map.
    pub expunges: u64,
    /// The number of expunged entries that got a value again. An expunged entry is one that
    /// a rebuild left out.
    pub unexpunges: u64,
}

/// What this process has retired and not yet freed, for all maps together, from
/// [`reclamation`].
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use std::thread;
///
/// let map = SyncMap::from([("a", 1)]);
/// thread::scope(|scope| {
///     let held = map.get("a");
///     let seen = scope.spawn(readmostly::reclamation).join().unwrap();
///     assert!(seen.oldest_guard.is_some());
///     drop(held);
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reclamation {
    /// How many values, entries and tables wait to be freed, as far as known: a thread keeps up
    /// to 64 of its own, or 64 KiB, before it hands them over.
    pub objects: usize,
    /// How many bytes these have, without what they own elsewhere: of a `String`, 24.
    pub bytes: usize,
    /// Some guard has been alive for at least so long. The time is counted from the first call of
    /// [`reclamation`] that met the guard, not from when the guard was taken. So that first call
    /// reports about zero, and later calls report more, until the guard is gone. A guard that was
    /// taken shortly after the first call may be in the way, too. A call that is under way in
    /// another thread counts as a guard. `None`: no guard is older than this call.
    pub oldest_guard: Option<Duration>,
}

/// Returns what waits to be freed, in this process, for all maps together, and for how long
/// some guard has been alive. Not in Go.
///
/// A guard that is held for long, over a slow `.await` for instance, holds back all that any
/// thread retires ([memory](crate::docs::memory#what-a-held-guard-costs)). This function is
/// how to notice: call it regularly, before each scrape or from a timer. `oldest_guard` then
/// grows from call to call. The feature `metrics` exports the three numbers with each map.
///
/// Collects, and may run destructors of retired garbage. A guard that the calling thread
/// holds counts. Inside a destructor that some call runs, and inside a closure that runs while
/// a lock is held, it does not collect, and `oldest_guard` may be too large.
///
/// The age is not counted in epochs: an epoch ends only when every guard of the one before
/// is gone, so no guard is ever older than two.
///
/// # Complexity
///
/// O(1), and collections. These drop as much as [`SyncMap::flush`] at the most. Locks no map.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// for n in 0..1_000 {
///     map.insert("a", n);
/// }
/// let seen = readmostly::reclamation();
/// println!("{} bytes wait, since {:?}", seen.bytes, seen.oldest_guard);
/// ```
pub fn reclamation() -> Reclamation {
    let oldest_guard = oldest_guard();
    let (objects, bytes) = amount_waiting();
    Reclamation {
        objects,
        bytes,
        oldest_guard,
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Returns what the map has done, and how much it holds. Takes the mutex, and does not
    /// count that.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Linearization
    ///
    /// The counters are read at one instant under the mutex. `len` and `tombstones` are as
    /// exact as [`len`](SyncMap::len).
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
        let guard = self.map_guard();
        let len = self.count_keys(&guard);
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

    /// Returns what was measured at the mutex. Takes no lock. Calls of
    /// [`stats`](SyncMap::stats) and [`inspect`](SyncMap::inspect) take the mutex, and are
    /// not counted.
    ///
    /// Requires the feature `lock-stats`.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Linearization
    ///
    /// Each number is read separately. All numbers are exact if no thread takes the mutex
    /// in the meantime.
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
