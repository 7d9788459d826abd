//! [`ShardedMap`]: keys in shards, each with a lock of its own.

use super::lock_map::LockMap;
use super::locks::{Lock, LockSet, Shards};
use std::hash::RandomState;

/// See [`ShardedMap::with_shards_for`].
const SHARDS_FOR_EACH_THREAD: usize = 8;

/// How many shards a map has by default.
pub(crate) const DEFAULT_SHARDS: usize = 32;

/// A map in shards. Each shard has its own readers-writer lock. By default there are 32
/// shards.
///
/// Calls for keys of different shards do not wait for each other. The hash of a key chooses
/// its shard, so all calls for one key contend for one lock. This matters if all threads
/// write to a few keys. [`shard_loads`](ShardedMap::shard_loads) shows how the keys are
/// spread, but not how the calls are spread. Each lock has cache lines of its own: 128
/// bytes on x86-64 and 64-bit ARM.
///
/// The methods of the map are those of the trait [`ConcurrentMap`](super::ConcurrentMap).
/// Import that trait.
///
/// # What is not atomic
///
/// A call that names a key is atomic. `for_each`, `retain`, `clear`, `len` and `clone` are
/// not atomic. They go from shard to shard and hold one lock at a time, while writers go on
/// in the other shards. So the result of such a call need not be a state that the map had
/// at one instant. Example: a thread inserts two keys, one after the other. A concurrent
/// `for_each` may visit the second key but not the first.
///
/// Only serialization and comparison (`==`) hold all locks at the same time.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, ShardedMap};
/// use std::thread;
///
/// let map = ShardedMap::new();
/// thread::scope(|scope| {
///     for thread in 0..4 {
///         let map = &map;
///         scope.spawn(move || (0..100).for_each(|n| drop(map.insert((thread, n), n))));
///     }
/// });
/// assert_eq!(map.len(), 400);
/// ```
pub type ShardedMap<K, V, S = RandomState> = LockMap<Shards<K, V>, S>;

impl<K, V> ShardedMap<K, V> {
    /// Creates an empty map of 32 shards, with the hasher of `std`'s `HashMap`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::ShardedMap;
    ///
    /// assert_eq!(ShardedMap::<u32, u32>::new().shard_loads(), [0; 32]);
    /// ```
    pub fn new() -> Self {
        Self::with_shards(DEFAULT_SHARDS)
    }

    /// Creates an empty map of 32 shards, with the hasher of `std`'s `HashMap`, and with room
    /// for `capacity` keys, divided evenly among the shards. `capacity` is a hint: if there is
    /// not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }

    /// Creates an empty map of `shards` shards. The number is rounded up to a power of two,
    /// and is at least one.
    ///
    /// # Panics
    ///
    /// If the next power of two does not fit in a `usize`, or if there is not enough
    /// memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::ShardedMap;
    ///
    /// let map = ShardedMap::<u32, u32>::with_shards(100);
    /// assert_eq!(map.shard_loads().len(), 128);
    /// ```
    pub fn with_shards(shards: usize) -> Self {
        Self::with_shards_and_hasher(shards, RandomState::new())
    }

    /// Creates an empty map with enough shards for `threads` threads that call it at the
    /// same time: eight shards for each thread, rounded up to a power of two.
    ///
    /// With eight shards for each thread, less than one call in eight finds another thread
    /// in its shard. This holds even if all other threads call all the time, provided that
    /// the keys are spread over the shards. A shard costs only these cache lines. But more shards
    /// slow down the calls that name no key, because these calls lock each shard.
    ///
    /// # Panics
    ///
    /// As for [`with_shards`](ShardedMap::with_shards).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::ShardedMap;
    ///
    /// let map = ShardedMap::<u32, u32>::with_shards_for(6);
    /// assert_eq!(map.shard_loads().len(), 64);
    /// ```
    pub fn with_shards_for(threads: usize) -> Self {
        Self::with_shards(threads.saturating_mul(SHARDS_FOR_EACH_THREAD))
    }
}

impl<K, V, S> ShardedMap<K, V, S> {
    /// Creates an empty map of 32 shards, with a hasher of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ShardedMap};
    ///
    /// let map = ShardedMap::<u32, u32, _>::with_hasher(BuildFnv1a::new());
    /// assert_eq!(map.shard_loads().len(), 32);
    /// ```
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_shards_and_hasher(DEFAULT_SHARDS, hasher)
    }

    /// Creates an empty map of 32 shards, with a hasher of your choice, and with room for
    /// `capacity` keys, as [`with_capacity`](ShardedMap::with_capacity) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::with_capacity_and_hasher(1_000, BuildFnv1a::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::with_shards_capacity_and_hasher(DEFAULT_SHARDS, capacity, hasher)
    }

    /// Creates an empty map of `shards` shards, as [`with_shards`](ShardedMap::with_shards)
    /// does, with a hasher of your choice.
    ///
    /// The shard of a key, and the bucket of the key in that shard, come from different
    /// bits of the hash. Even keys whose hashes differ in few bits are spread over all
    /// shards.
    ///
    /// # Panics
    ///
    /// As for [`with_shards`](ShardedMap::with_shards).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::with_shards_and_hasher(8, BuildFnv1a::new());
    /// map.insert("a", 1);
    /// assert_eq!(map.shard_loads().len(), 8);
    /// ```
    pub fn with_shards_and_hasher(shards: usize, hasher: S) -> Self {
        Self::with_shards_capacity_and_hasher(shards, 0, hasher)
    }

    /// Creates an empty map as
    /// [`with_shards_and_hasher`](ShardedMap::with_shards_and_hasher) does, with room for
    /// `capacity` keys, divided evenly among the shards. `capacity` is a hint: if there is
    /// not enough memory, the map ignores it.
    ///
    /// # Panics
    ///
    /// As for [`with_shards`](ShardedMap::with_shards).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    /// use std::hash::RandomState;
    ///
    /// let map = ShardedMap::with_shards_capacity_and_hasher(8, 1_000, RandomState::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_shards_capacity_and_hasher(shards: usize, capacity: usize, hasher: S) -> Self {
        let locks = Shards::new(shards, capacity);
        Self { locks, hasher }
    }

    /// Returns the number of keys in each shard. Takes the lock of each shard, one after
    /// the other.
    ///
    /// The result shows whether the hasher spreads the keys. If it does, and a shard has n
    /// keys on average, nearly all shards have n ± 3√n keys.
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::ShardedMap;
    ///
    /// let map: ShardedMap<u32, ()> = (0..3_200).map(|n| (n, ())).collect();
    /// let loads = map.shard_loads();
    /// assert_eq!(loads.iter().sum::<usize>(), 3_200);
    /// assert!(loads.iter().all(|&keys| keys > 0));
    /// ```
    pub fn shard_loads(&self) -> Vec<usize> {
        let shards = self.locks.all().iter();
        shards.map(|shard| shard.read().len()).collect()
    }
}
