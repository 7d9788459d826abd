//! [`ShardedMap`]: a lock for each part of the keys.

use super::lock_map::LockMap;
use super::locks::{Lock, LockSet, Shards};
use std::hash::RandomState;

/// See [`ShardedMap::with_shards_for`].
const SHARDS_FOR_EACH_THREAD: usize = 8;

/// How many shards a map has that says nothing else.
pub(crate) const DEFAULT_SHARDS: usize = 32;

/// A map in shards, each behind a readers-writer lock of its own: 32 of them, if
/// nothing else is said.
///
/// Calls for keys of different shards do not wait for each other. A key's shard is
/// chosen by its hash, so a few keys that everybody writes to still meet in one
/// lock each: [`shard_loads`](ShardedMap::shard_loads) shows how the keys are
/// spread, not how the calls are. Each lock has cache lines of its own, 128 bytes.
///
/// Its methods are those of [`ConcurrentMap`](super::ConcurrentMap), to be imported
/// with it.
///
/// # What is not atomic
///
/// A call that names a key is. `for_each`, `retain`, `clear`, `len`, and cloning,
/// go from shard to shard and hold one lock at a time: while they are busy with
/// one, writers go on in the others. So they show no state that the map had at one
/// instant: of two keys that one thread inserted one after the other, a walk may
/// visit the second and not the first. Serializing alone holds all locks.
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
    /// An empty map of 32 shards, with the hasher of `std`'s `HashMap`.
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

    /// An empty map of as many shards as `shards` rounded up to a power of two, one
    /// at the least.
    ///
    /// # Panics
    ///
    /// If there is no power of two so large, or no memory for so many.
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

    /// An empty map of shards enough for so many threads at a time: eight for each,
    /// rounded up to a power of two.
    ///
    /// With eight, a call finds another in its shard less than once in eight times,
    /// even if all the others do nothing but call, and the keys are spread. A shard
    /// costs 128 bytes, so more of them would be cheap too; but calls that name no
    /// key lock each.
    ///
    /// # Panics
    ///
    /// As [`with_shards`](ShardedMap::with_shards).
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
    /// An empty map of 32 shards, with a hasher of your choice.
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

    /// [`with_shards`](ShardedMap::with_shards) and
    /// [`with_hasher`](ShardedMap::with_hasher) together.
    ///
    /// The hasher chooses the shard of a key and its place there, by different bits
    /// of one hash. What it leaves in few bits is still spread over all shards.
    ///
    /// # Panics
    ///
    /// As [`with_shards`](ShardedMap::with_shards).
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

    /// [`with_shards_and_hasher`](ShardedMap::with_shards_and_hasher), with room
    /// for `capacity` keys, as many in each shard. A hint: where there is no memory
    /// for so many, it is ignored.
    ///
    /// # Panics
    ///
    /// As [`with_shards`](ShardedMap::with_shards).
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

    /// How many keys each shard has. Takes one lock after the other.
    ///
    /// For seeing whether the hasher spreads the keys: with one that does, and n
    /// keys in each of the shards on average, nearly all have n ± 3√n.
    ///
    /// # Complexity
    ///
    /// As many steps as there are shards.
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
