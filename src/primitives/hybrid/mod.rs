//! [`HybridMap`]: a `SyncMap` for the keys that are hot, in front of a sharded map
//! for the rest.
//!
//! # Protocol
//!
//! A key that is present is in one of two places, hot or cold, never in both. The
//! lock of its cold shard decides:
//!
//! - H1 A key is added to the cold shard, or taken out of it, under the shard's lock
//!   for writing. It is added to the hot map under that lock too. It may leave the
//!   hot map at any time, as removals there take no lock.
//! - H2 A thread adds a key to one place only if it has seen, under the lock, that the
//!   other place does not have the key, or if it takes the key out there in the same
//!   step. So if a thread holds the lock, for reading or writing, and sees that neither
//!   place has the key, the key stays absent until the unlock.
//! - H3 Without the lock a thread touches only keys that the hot map has, and only by a
//!   compare-and-swap of a value that is there. It never adds a key.
//!
//! So an operation asks the hot map first, without a lock. If the key is not there,
//! it locks the shard and asks that. If the key is not there either, it asks the hot
//! map again: that is the second look, as in the `SyncMap` itself.
//!
//! 1. reader: does not find the key in the hot map.
//! 2. mover: holds the shard's lock, and moves the key to the hot map. Unlocks.
//! 3. reader: locks the shard, and does not find the key there.
//! 4. reader: asks the hot map again, and finds the key. By H2 the answer is true at
//!    that instant.
//!
//! The other rules:
//!
//! - H4 A walk over all keys holds `moves` for reading, and a move takes it for
//!   writing. So no key moves during a walk: the walk finds in the second place no key
//!   that it has seen in the first, and misses none. `clear` locks all shards instead, in
//!   order, and empties the hot map while it holds them. A comparison of two maps is a walk
//!   over both, and locks all shards of both besides.
//! - H5 The order of locks: `moves`, the shards from the first to the last, the hot
//!   map's mutex. Of two maps: both `moves`, the shards of one, the shards of the other,
//!   in each case those at the lower address first. A thread that holds `waiting` waits
//!   for none of them. A read that makes keys hot does not wait for `moves`
//!   (`try_write`): no read waits for a walk.
//! - H6 No destructor runs while one of these locks is held. Destructors of retired garbage
//!   run only where a call collects. So under a lock an operation uses only what does not
//!   collect (`map/hot_keys.rs`), and it collects once, at its end, after the unlock. What
//!   is cold, what was refused and what was cloned has an owner that was there before the
//!   lock: so it is dropped after the unlock, also if the user's `Eq`, `Clone` or closure
//!   panics.

mod cold;
#[cfg(feature = "metrics")]
mod export;
mod hot_or_cold;
#[cfg(feature = "lock-stats")]
mod lock_stats;
mod moving;
mod one_key;
mod operations;

pub use hot_or_cold::HotOrCold;
#[cfg(feature = "lock-stats")]
pub use lock_stats::HybridLockStats;

use super::locks::{Lock, LockSet, Shards, take_all};
use super::pair_table::Pairs;
use super::sharded::DEFAULT_SHARDS;
use crate::map::SyncMap;
use crate::sync::{Mutex, RwLock};
use cold::Cold;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::DerefMut;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A map in two parts, for a few keys that all threads read, among many keys that are
/// inserted and removed. Hot keys are in a [`SyncMap`], whose reads take no lock. The other
/// keys are cold. They are in a [`ShardedMap`](super::ShardedMap), where a new key needs no
/// copy of a table.
///
/// Most methods of the map are those of the trait
/// [`ConcurrentMap`](super::ConcurrentMap). Import that trait.
///
/// # Which keys are hot
///
/// - Keys that are declared hot: [`declare_hot`](HybridMap::declare_hot),
///   [`declare_all_hot`](HybridMap::declare_all_hot),
///   [`insert_hot`](HybridMap::insert_hot).
/// - In a map that was built with [`promote_after`](HybridMap::promote_after): keys that
///   were read a given number of times without a write in between. Such keys become hot in
///   groups.
///
/// A key is hot until it is removed. If it is inserted again, it is cold.
/// [`clear`](super::ConcurrentMap::clear) removes hot keys too.
///
/// # What it costs
///
/// A call for a hot key costs the same as in a `SyncMap`. A call for a cold key costs an
/// unsuccessful look-up in the hot map, plus the same call in a `ShardedMap`. Making a key
/// hot copies the table of the hot map, 9 bytes a bucket. So declare many keys together,
/// with [`declare_all_hot`](HybridMap::declare_all_hot).
///
/// Replaced and removed values of hot keys are dropped later, as in a `SyncMap`
/// ([memory](crate::docs::memory)). Removed hot keys are dropped after the next key becomes
/// hot. Cold keys and values are dropped at once.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, HybridMap};
/// use std::thread;
///
/// let map = HybridMap::new();
/// map.insert_hot("config", 1);
/// thread::scope(|scope| {
///     // Takes no lock.
///     scope.spawn(|| assert!(map.get_with("config", |n| *n >= 1).unwrap()));
///     // Locks a shard.
///     scope.spawn(|| drop(map.insert("session", 7)));
/// });
/// assert!(map.is_hot("config") && !map.is_hot("session"));
/// ```
pub struct HybridMap<K, V, S = RandomState> {
    /// Its hasher is that of the whole map.
    hot: SyncMap<K, V, S>,
    cold: Shards<K, Cold<V>>,
    /// Held for writing while a key becomes hot, and for reading by walks (H4).
    moves: RwLock<()>,
    /// The hashes of cold keys that were read often enough, until they move together. A key
    /// that has been read twice as often is there twice. No hash is added once there is one
    /// for each eight hot keys.
    waiting: Mutex<Vec<usize>>,
    /// After how many reads without a write a key becomes hot. None: no reads make it hot.
    promote_after: Option<usize>,
}

// A panic of the user's code leaves the map whole.
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe for HybridMap<K, V, S> {}
impl<K: UnwindSafe, V: UnwindSafe, S: UnwindSafe> UnwindSafe for HybridMap<K, V, S> {}

impl<K, V> HybridMap<K, V> {
    /// Creates an empty map of 32 cold shards, with the hasher of `std`'s `HashMap`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// assert!(HybridMap::<u32, u32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map of 32 cold shards, with the hasher of `std`'s `HashMap`, and with
    /// room for `capacity` cold keys, divided evenly among the shards. `capacity` is a hint:
    /// if there is not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> HybridMap<K, V, S> {
    /// Creates an empty map of 32 cold shards, with a hasher of your choice.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::with_hasher(BuildFnv1a::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_shards_and_hasher(DEFAULT_SHARDS, hasher)
    }

    /// Creates an empty map of 32 cold shards, with a hasher of your choice, and with room for
    /// `capacity` cold keys, as [`with_capacity`](HybridMap::with_capacity) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::with_capacity_and_hasher(1_000, BuildFnv1a::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::assemble(Shards::new(DEFAULT_SHARDS, capacity), hasher)
    }

    /// Creates an empty map of `shards` cold shards, with a hasher of your choice. The
    /// number is rounded up to a power of two, as for
    /// [`ShardedMap::with_shards_and_hasher`](super::ShardedMap::with_shards_and_hasher).
    ///
    /// # Panics
    ///
    /// If the next power of two does not fit in a `usize`, or if there is not enough
    /// memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::with_shards_and_hasher(128, BuildFnv1a::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_shards_and_hasher(shards: usize, hasher: S) -> Self {
        Self::assemble(Shards::new(shards, 0), hasher)
    }

    fn assemble(cold: Shards<K, Cold<V>>, hasher: S) -> Self {
        Self {
            hot: SyncMap::with_hasher(hasher),
            cold,
            moves: RwLock::new(()),
            waiting: Mutex::new(Vec::new()),
            promote_after: None,
        }
    }

    /// Returns the same map, in which a key becomes hot after it has been read `reads`
    /// times without a write to it in between. 0 counts as 1.
    ///
    /// Reads of cold keys are then counted, so each read writes to the pair that it reads.
    ///
    /// A move copies the table of the hot map, so keys wait until several can move
    /// together. If h keys are hot, 1 + h/8 keys move together. After a key has been read
    /// `reads` times, each further `reads` reads of it count as one more waiting key. So a
    /// key is hot after (1 + h/8) × `reads` reads of its own at the latest, where h is the
    /// number of hot keys at the last of these reads.
    ///
    /// No key moves during an iteration over the map or during another move, because a read
    /// does not wait for an iteration. A key that has reached its (1 + h/8) × `reads` reads
    /// in the meantime moves at its first read after that.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::new().promote_after(2);
    /// map.insert("a", 1);
    /// assert!(map.contains_key("a") && !map.is_hot("a"));
    /// assert!(map.contains_key("a") && map.is_hot("a"));
    /// ```
    #[must_use = "it is the same map that is given back"]
    pub fn promote_after(mut self, reads: usize) -> Self {
        self.promote_after = Some(reads.max(1));
        self
    }

    /// Returns a reference to the map's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::HybridMap;
    /// use std::hash::BuildHasher;
    ///
    /// let map = HybridMap::<&str, u32>::new();
    /// assert_eq!(map.hasher().hash_one("a"), map.hasher().hash_one("a"));
    /// ```
    pub fn hasher(&self) -> &S {
        self.hot.hasher()
    }

    /// Returns the number of hot keys. The number is exact when no writer runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::HybridMap;
    ///
    /// let map = HybridMap::from([("a", 1), ("b", 2)]);
    /// map.declare_hot("a");
    /// assert_eq!(map.hot_len(), 1);
    /// ```
    pub fn hot_len(&self) -> usize {
        self.hot.len()
    }
}

impl<K, V, S> HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Returns `true` if `key` is present and hot. Behaves as [`SyncMap::contains_key`] on
    /// the hot part.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::HybridMap;
    ///
    /// let map = HybridMap::from([("a", 1)]);
    /// assert!(!map.is_hot("a"));
    /// ```
    pub fn is_hot<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.hot.contains_key(key)
    }

    /// Makes `key` hot if it is present. Returns `true` if the key is hot now, even if it
    /// was hot before. Returns `false` if the key is absent. An absent key that is inserted
    /// later will be cold.
    ///
    /// Waits for iterations over the map, and for threads that hold the lock of the key's
    /// shard. Changes no value.
    ///
    /// # Complexity
    ///
    /// O(h) if h keys are hot: a copy of the table of the hot map, 9 bytes a bucket.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics. The key is then where it was before, with its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::from([("a", 1)]);
    /// assert!(map.declare_hot("a") && !map.declare_hot("b"));
    /// assert!(map.is_hot("a"));
    /// assert_eq!(map.get_cloned("a"), Some(1));
    /// ```
    pub fn declare_hot<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.declare_all_hot([key]) == 1
    }

    /// Makes many keys hot, one after the other, as [`declare_hot`](HybridMap::declare_hot)
    /// does, but with less copying. Returns how many of the keys are hot now.
    ///
    /// # Complexity
    ///
    /// O(h) for all keys together, if h keys are hot, unless other calls look up keys that
    /// are not hot in the meantime.
    ///
    /// # Panics
    ///
    /// As for [`declare_hot`](HybridMap::declare_hot).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::HybridMap;
    ///
    /// let map = HybridMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.declare_all_hot(["a", "c", "z"]), 2);
    /// ```
    pub fn declare_all_hot<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>) -> usize
    where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        let heat = |key: &Q| self.move_to_hot(self.hot.hash_of(key), key);
        let hot = keys.into_iter().filter(|&key| heat(key)).count();
        let guard = self.hot.map_guard();
        self.settle(&guard);
        guard.collect_if_due();
        hot
    }

    /// Inserts or overwrites, as [`insert`](super::ConcurrentMap::insert) does, and makes
    /// the key hot, in one step. No thread sees the key cold with the new value.
    ///
    /// # Complexity
    ///
    /// If the key is not hot yet: as for [`declare_hot`](HybridMap::declare_hot).
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics. The key may then have the new value and be cold.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let map = HybridMap::from([("a", 1)]);
    /// assert_eq!(map.insert_hot("a", 2).as_deref(), Some(&1));
    /// assert!(map.insert_hot("b", 3).is_none());
    /// assert!(map.is_hot("a") && map.is_hot("b"));
    /// ```
    pub fn insert_hot(&self, key: K, value: V) -> Option<HotOrCold<'_, K, V>> {
        let hash = self.hot.hash_of(&key);
        let guard = self.hot.map_guard();
        let old = self.put_hot(hash, key, value, &guard);
        self.settle(&guard);
        self.give_back(old, guard)
    }
}

impl<K, V, S> HybridMap<K, V, S> {
    /// All pairs of a map that nobody else can see.
    pub(super) fn into_all(self) -> impl Iterator<Item = (K, V)> {
        let cold = take_all(self.cold).map(|(key, cold)| (key, cold.value));
        self.hot.into_iter().chain(cold)
    }

    /// The cold shard of a hash.
    #[inline]
    fn shard(&self, hash: usize) -> &impl Lock<Key = K, Value = Cold<V>> {
        self.cold.lock_of(hash as u64)
    }
}

/// Holds all shards for writing, from the first to the last (H5).
fn lock_all<K, V>(cold: &Shards<K, V>) -> Vec<impl DerefMut<Target = Pairs<K, V>>> {
    cold.all().iter().map(|shard| shard.write()).collect()
}
