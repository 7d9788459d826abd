//! [`LockMap`]: one table or several, behind locks. `MutexMap`, `RwLockMap` and
//! `ShardedMap` are this type, with different locks.
//!
//! # Rule
//!
//! A lock is released before anything of the user's is dropped, also if a closure panics.
//! So what is to be dropped is declared before the lock guard, or outlives it.

use super::concurrent_map::ConcurrentMap;
use super::locks::{Lock, Locks, OneMutex, OneRwLock};
use super::owned::Owned;
use super::pair_table::{Pair, Pairs};
use crate::outcome::CompareExchangeError;
use equivalent::Equivalent;
use hashbrown::hash_table::Entry;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A map behind the locks of `L`. [`MutexMap`], [`RwLockMap`] and
/// [`ShardedMap`](super::ShardedMap) are aliases of this type.
///
/// The methods of the map are those of the trait [`ConcurrentMap`]. Import that trait.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, LockMap, Locks};
/// use readmostly::primitives::{MutexMap, ShardedMap};
///
/// fn all_in<L: Locks<Key = u32, Value = u32>>(map: LockMap<L>) -> u32 {
///     map.insert(1, 10);
///     map.get_with(&1, |n| *n).unwrap()
/// }
///
/// assert_eq!((all_in(MutexMap::new()), all_in(ShardedMap::new())), (10, 10));
/// ```
pub struct LockMap<L, S = RandomState> {
    pub(super) locks: L,
    pub(super) hasher: S,
}

/// A map behind one mutex.
///
/// This is the simplest map. It is the fastest map if threads call it one at a time, or if
/// most calls write. Every call takes the mutex. Reads take it too, so readers wait for
/// each other.
///
/// The methods of the map are those of the trait [`ConcurrentMap`]. Import that trait. Each
/// call takes effect while the lock is held, even if the call names no key. Therefore all
/// calls together are linearizable.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, MutexMap};
/// use std::thread;
///
/// let hits = MutexMap::from([("/", 0)]);
/// thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| hits.modify("/", |n| n + 1));
///     }
/// });
/// assert_eq!(hits.get_cloned("/"), Some(4));
/// ```
pub type MutexMap<K, V, S = RandomState> = LockMap<OneMutex<K, V>, S>;

/// A map behind one readers-writer lock.
///
/// Readers do not wait for each other, but each reader writes to the lock. With more than a
/// few cores this costs more than it saves, unless closures run long. A waiting writer
/// blocks new readers.
///
/// The methods of the map are those of the trait [`ConcurrentMap`]. Import that trait. Each
/// call takes effect while the lock is held, even if the call names no key. Therefore all
/// calls together are linearizable.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, RwLockMap};
/// use std::thread;
///
/// let sessions = RwLockMap::from([("token", "ann")]);
/// thread::scope(|scope| {
///     scope.spawn(|| assert!(sessions.contains_key("token")));
///     scope.spawn(|| assert!(sessions.get_with("token", |name| *name == "ann").unwrap()));
/// });
/// ```
pub type RwLockMap<K, V, S = RandomState> = LockMap<OneRwLock<K, V>, S>;

// A panic of the user's code leaves the map whole.
impl<L: Locks, S: RefUnwindSafe> RefUnwindSafe for LockMap<L, S>
where
    L::Key: RefUnwindSafe,
    L::Value: RefUnwindSafe,
{
}
impl<L: Locks, S: UnwindSafe> UnwindSafe for LockMap<L, S>
where
    L::Key: UnwindSafe,
    L::Value: UnwindSafe,
{
}

impl<K, V> MutexMap<K, V> {
    /// Creates an empty map with the hasher of `std`'s `HashMap`. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// assert!(MutexMap::<String, u32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map with the hasher of `std`'s `HashMap` and room for `capacity`
    /// keys. `capacity` is a hint: if there is not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> MutexMap<K, V, S> {
    /// Creates an empty map with a hasher of your choice. The function is `const`, so a
    /// `static` can hold a map. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, MutexMap};
    ///
    /// static COUNTS: MutexMap<&str, u32, BuildFnv1a> = MutexMap::with_hasher(BuildFnv1a::new());
    /// COUNTS.insert("a", 1);
    /// assert_eq!(COUNTS.len(), 1);
    /// ```
    pub const fn with_hasher(hasher: S) -> Self {
        let locks = OneMutex::new(Pairs::new());
        Self { locks, hasher }
    }

    /// Creates an empty map with a hasher of your choice and room for `capacity` keys.
    /// `capacity` is a hint: if there is not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    /// use std::hash::RandomState;
    ///
    /// let map = MutexMap::with_capacity_and_hasher(1_000, RandomState::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        let locks = OneMutex::new(Pairs::with_room_for(capacity));
        Self { locks, hasher }
    }
}

impl<K, V> RwLockMap<K, V> {
    /// Creates an empty map with the hasher of `std`'s `HashMap`. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, RwLockMap};
    ///
    /// assert!(RwLockMap::<String, u32>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map with the hasher of `std`'s `HashMap` and room for `capacity`
    /// keys. `capacity` is a hint: if there is not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, RwLockMap};
    ///
    /// let map = RwLockMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> RwLockMap<K, V, S> {
    /// Creates an empty map with a hasher of your choice. The function is `const`, so a
    /// `static` can hold a map. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, RwLockMap};
    ///
    /// static NAMES: RwLockMap<u32, &str, BuildFnv1a> = RwLockMap::with_hasher(BuildFnv1a::new());
    /// NAMES.insert(1, "one");
    /// assert_eq!(NAMES.get_cloned(&1), Some("one"));
    /// ```
    pub const fn with_hasher(hasher: S) -> Self {
        let locks = OneRwLock::new(Pairs::new());
        Self { locks, hasher }
    }

    /// Creates an empty map with a hasher of your choice and room for `capacity` keys.
    /// `capacity` is a hint: if there is not enough memory, the map ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, RwLockMap};
    /// use std::hash::RandomState;
    ///
    /// let map = RwLockMap::with_capacity_and_hasher(1_000, RandomState::new());
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        let locks = OneRwLock::new(Pairs::with_room_for(capacity));
        Self { locks, hasher }
    }
}

impl<L, S> LockMap<L, S> {
    /// Returns a reference to the map's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::MutexMap;
    /// use std::hash::BuildHasher;
    ///
    /// let map = MutexMap::<&str, u32>::new();
    /// assert_eq!(map.hasher().hash_one("a"), map.hasher().hash_one("a"));
    /// ```
    pub fn hasher(&self) -> &S {
        &self.hasher
    }
}

#[cfg(feature = "lock-stats")]
impl<L: Locks, S> LockMap<L, S> {
    /// Returns what was measured at each lock. A map with one lock returns one item. A map
    /// with shards returns one item for each shard, in the order of
    /// [`shard_loads`](super::ShardedMap::shard_loads). Takes no lock.
    ///
    /// Requires the feature `lock-stats`. For all locks together, use `sum` on the items.
    ///
    /// # Complexity
    ///
    /// O(number of locks).
    ///
    /// # Linearization
    ///
    /// Each number is read separately. The numbers of a lock are exact if no thread takes
    /// the lock in the meantime.
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
    pub fn lock_stats(&self) -> Vec<crate::lock_stats::LockStats> {
        self.locks.all().iter().map(|lock| lock.stats()).collect()
    }
}

/// A closure that sees a value runs while the lock of that value is held. A removed value
/// belongs to the caller, who drops it with no lock held.
///
/// With one lock ([`MutexMap`], [`RwLockMap`]) the calls that name no key are atomic too.
/// With several locks ([`ShardedMap`](super::ShardedMap)) such a call goes from shard to
/// shard, and takes effect in each shard at a different instant.
impl<K, V, L, S> ConcurrentMap<K, V> for LockMap<L, S>
where
    K: Hash + Eq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
    type Old<'m>
        = Owned<V>
    where
        Self: 'm;

    #[inline]
    fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let pairs = self.locks.lock_of(hash).read();
        // Not by `Option::map`: if the key is absent, that would drop `f` under the lock.
        let value = pairs.find(hash, key)?;
        Some(f(value))
    }

    #[inline]
    fn insert(&self, key: K, value: V) -> Option<Owned<V>> {
        let hash = self.hasher.hash_one(&key);
        let mut pairs = self.locks.lock_of(hash).write();
        match pairs.entry(hash, &key) {
            Entry::Occupied(pair) => {
                let old = mem::replace(&mut pair.into_mut().value, value);
                Some(Owned(old))
            }
            Entry::Vacant(place) => {
                place.insert(Pair { hash, key, value });
                None
            }
        }
    }

    fn get_with_or_insert<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        f: impl FnOnce(&V) -> R,
    ) -> R {
        let hash = self.hasher.hash_one(&key);
        let lock = self.locks.lock_of(hash);
        let pairs = lock.read();
        if let Some(value) = pairs.find(hash, &key) {
            return f(value);
        }
        drop(pairs);
        let value = make();
        let mut pairs = lock.write();
        match pairs.entry(hash, &key) {
            Entry::Occupied(pair) => f(&pair.get().value),
            Entry::Vacant(place) => f(&place.insert(Pair { hash, key, value }).get().value),
        }
    }

    #[inline]
    fn remove<Q>(&self, key: &Q) -> Option<Owned<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let mut pairs = self.locks.lock_of(hash).write();
        let (pair, _) = pairs.find_pair(hash, key)?.remove();
        drop(pairs);
        Some(Owned(pair.value))
    }

    fn modify<Q>(&self, key: &Q, mut f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let mut pairs = self.locks.lock_of(hash).write();
        let Some(value) = pairs.find_mut(hash, key) else {
            return false;
        };
        let new = f(value);
        let old = mem::replace(value, new);
        drop(pairs);
        drop(old);
        true
    }

    fn compare_and_set<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let hash = self.hasher.hash_one(key);
        let mut pairs = self.locks.lock_of(hash).write();
        let Some(value) = pairs.find_mut(hash, key) else {
            return Err(CompareExchangeError { current: None, new });
        };
        if value != expected {
            let current = Some(());
            return Err(CompareExchangeError { current, new });
        }
        let old = mem::replace(value, new);
        drop(pairs);
        drop(old);
        Ok(())
    }

    fn retain_and_show(
        &self,
        mut keep: impl FnMut(&K, &V) -> bool,
        mut removed: impl FnMut(&K),
    ) -> usize {
        let mut keys = 0;
        for lock in self.locks.all() {
            let mut gone = Vec::new();
            let walk = || lock.write().retain(&mut keep, &mut gone);
            // What was removed before a panic is shown too. Not while the panic unwinds:
            // then another panic would abort the process.
            let outcome = catch_unwind(AssertUnwindSafe(walk));
            gone.iter().for_each(|pair| removed(&pair.key));
            outcome.unwrap_or_else(|panic| resume_unwind(panic));
            keys += gone.len();
        }
        keys
    }

    fn for_each<B>(&self, mut f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        self.locks.all().iter().try_for_each(|lock| {
            let pairs = lock.read();
            pairs.iter().try_for_each(|(key, value)| f(key, value))
        })
    }

    fn len(&self) -> usize {
        self.locks.all().iter().map(|lock| lock.read().len()).sum()
    }

    fn clear(&self) {
        for lock in self.locks.all() {
            let removed = mem::take(&mut *lock.write());
            drop(removed);
        }
    }
}
