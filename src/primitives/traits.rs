//! The traits of `std`, and of `serde` behind its feature, for the maps that have
//! locks.

use super::concurrent_map::ConcurrentMap;
use super::hybrid::HybridMap;
use super::lock_map::{LockMap, MutexMap, RwLockMap};
use super::locks::{Locks, clone_tables, take_all, with_both};
use super::pair_table::{Clones, Pairs};
use super::sharded::ShardedMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::ControlFlow;
use std::vec;

impl<K, V, S: Default> Default for MutexMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S: Default> Default for RwLockMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S: Default> Default for ShardedMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S: Default> Default for HybridMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Shows the keys that are present and their values, in the order of
/// [`for_each`](ConcurrentMap::for_each).
fn show<K, V>(map: &impl ConcurrentMap<K, V>, f: &mut fmt::Formatter<'_>) -> fmt::Result
where
    K: fmt::Debug,
    V: fmt::Debug,
{
    let mut shown = f.debug_map();
    let _ = map.for_each(|key, value| {
        shown.entry(key, value);
        ControlFlow::<()>::Continue(())
    });
    shown.finish()
}

/// Shows the keys that are present and their values. The guarantees of the iteration are
/// those of [`for_each`](ConcurrentMap::for_each).
impl<K, V, L, S> fmt::Debug for LockMap<L, S>
where
    K: fmt::Debug + Hash + Eq,
    V: fmt::Debug,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f)
    }
}

/// Shows the keys that are present and their values, but not which keys are hot. The
/// guarantees of the iteration are those of [`for_each`](ConcurrentMap::for_each).
impl<K, V, S> fmt::Debug for HybridMap<K, V, S>
where
    K: fmt::Debug + Hash + Eq + Send + Sync + 'static,
    V: fmt::Debug + Send + Sync + 'static,
    S: BuildHasher,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f)
    }
}

/// Inserts the pairs one after the other.
impl<K, V, L, S> Extend<(K, V)> for &LockMap<L, S>
where
    K: Hash + Eq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

/// Inserts the pairs one after the other.
impl<K, V, L, S> Extend<(K, V)> for LockMap<L, S>
where
    K: Hash + Eq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        (&*self).extend(pairs);
    }
}

/// Inserts the pairs one after the other.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for MutexMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// Inserts the pairs one after the other.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for RwLockMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// Inserts the pairs one after the other.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for ShardedMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// Inserts the pairs one after the other. A hot key stays hot.
impl<K, V, S> Extend<(K, V)> for &HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

/// Inserts the pairs one after the other. A hot key stays hot.
impl<K, V, S> Extend<(K, V)> for HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        (&*self).extend(pairs);
    }
}

/// Inserts the pairs one after the other. A hot key stays hot.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for HybridMap<K, V, S>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// Creates a map from the pairs. A later pair replaces an earlier pair with the same key.
impl<K, V, L, S> FromIterator<(K, V)> for LockMap<L, S>
where
    Self: Default,
    K: Hash + Eq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let map = Self::default();
        (&map).extend(pairs);
        map
    }
}

/// Creates a map from copies of the pairs. A later pair replaces an earlier pair with the
/// same key.
impl<'a, K, V, S> FromIterator<(&'a K, &'a V)> for MutexMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (&'a K, &'a V)>>(pairs: I) -> Self {
        Self::from_iter(pairs.into_iter().map(|(&key, &value)| (key, value)))
    }
}

/// Creates a map from copies of the pairs. A later pair replaces an earlier pair with the
/// same key.
impl<'a, K, V, S> FromIterator<(&'a K, &'a V)> for RwLockMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (&'a K, &'a V)>>(pairs: I) -> Self {
        Self::from_iter(pairs.into_iter().map(|(&key, &value)| (key, value)))
    }
}

/// Creates a map from copies of the pairs. A later pair replaces an earlier pair with the
/// same key.
impl<'a, K, V, S> FromIterator<(&'a K, &'a V)> for ShardedMap<K, V, S>
where
    K: Copy + Hash + Eq + 'a,
    V: Copy + 'a,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (&'a K, &'a V)>>(pairs: I) -> Self {
        Self::from_iter(pairs.into_iter().map(|(&key, &value)| (key, value)))
    }
}

/// Creates a map from the pairs. A later pair replaces an earlier pair with the same key.
/// All keys are cold.
impl<K, V, S> FromIterator<(K, V)> for HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let map = Self::default();
        (&map).extend(pairs);
        map
    }
}

/// Creates a map from copies of the pairs. A later pair replaces an earlier pair with the
/// same key. All keys are cold.
impl<'a, K, V, S> FromIterator<(&'a K, &'a V)> for HybridMap<K, V, S>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (&'a K, &'a V)>>(pairs: I) -> Self {
        Self::from_iter(pairs.into_iter().map(|(&key, &value)| (key, value)))
    }
}

/// The same as [`FromIterator`].
impl<K, V, L, const N: usize> From<[(K, V); N]> for LockMap<L, RandomState>
where
    Self: Default,
    K: Hash + Eq,
    L: Locks<Key = K, Value = V>,
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::from_iter(pairs)
    }
}

/// The same as [`FromIterator`].
impl<K, V, const N: usize> From<[(K, V); N]> for HybridMap<K, V, RandomState>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::from_iter(pairs)
    }
}

/// Creates a new map with clones of the keys that are present and of their values, with a
/// clone of the hasher, and with as many shards. The guarantees of the iteration are those
/// of [`for_each`](ConcurrentMap::for_each).
impl<K, V, L, S> Clone for LockMap<L, S>
where
    K: Clone,
    V: Clone,
    L: Locks<Key = K, Value = V>,
    S: Clone,
{
    fn clone(&self) -> Self {
        let mut clones = Vec::new();
        clone_tables(&self.locks, &mut clones);
        let tables = clones.into_iter().map(Clones::into_pairs).collect();
        Self {
            locks: L::of(tables),
            hasher: self.hasher.clone(),
        }
    }
}

/// Two maps are equal if they have the same keys with equal values. Their hashers and their
/// numbers of shards may differ. A map with a value that does not equal itself, such as a
/// NaN, does not equal itself.
///
/// The comparison holds all locks of both maps, for reading. So it takes effect at one
/// instant, also for a map with shards. `Hash` and `Eq` of keys and `PartialEq` of values
/// run under these locks, and **must not use one of the two maps**. Threads that compare the
/// same maps in any order do not deadlock: the locks of the map at the lower address are
/// taken first.
impl<K, V, L, S, T> PartialEq<LockMap<L, T>> for LockMap<L, S>
where
    K: Hash + Eq,
    V: PartialEq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
    T: BuildHasher,
{
    fn eq(&self, other: &LockMap<L, T>) -> bool {
        with_both(&self.locks, &other.locks, |ours, theirs| {
            let in_theirs = |(key, value): (&K, &V)| {
                let hash = other.hasher.hash_one(key);
                let found = theirs[other.locks.index_of(hash)].find(hash, key);
                found.is_some_and(|found| value == found)
            };
            Pairs::len_of_all(ours) == Pairs::len_of_all(theirs)
                && ours.iter().flat_map(|table| table.iter()).all(in_theirs)
        })
    }
}

impl<K, V, L, S> Eq for LockMap<L, S>
where
    K: Hash + Eq,
    V: Eq,
    L: Locks<Key = K, Value = V>,
    S: BuildHasher,
{
}

/// Moves the keys and values out of the map. Clones nothing, and waits for no other thread.
impl<K, V, L, S> IntoIterator for LockMap<L, S>
where
    L: Locks<Key = K, Value = V>,
{
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> vec::IntoIter<(K, V)> {
        let all: Vec<_> = take_all(self.locks).collect();
        all.into_iter()
    }
}

/// Moves the keys and values out of the map. Clones nothing, and waits for no other thread.
impl<K, V, S> IntoIterator for HybridMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> vec::IntoIter<(K, V)> {
        let all: Vec<_> = self.into_all().collect();
        all.into_iter()
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::{ConcurrentMap, HybridMap, LockMap, Locks};
    use crate::primitives::locks::Lock;
    use serde::de::{MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;
    use std::hash::{BuildHasher, Hash};
    use std::marker::PhantomData;

    /// Serializes the keys that are present and their values as a map. All locks are held
    /// for reading in the meantime, so the output is the state of the map at one instant.
    impl<K, V, L, S> Serialize for LockMap<L, S>
    where
        K: Serialize,
        V: Serialize,
        L: Locks<Key = K, Value = V>,
    {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            let shards: Vec<_> = self.locks.all().iter().map(|lock| lock.read()).collect();
            // Many formats need the number of pairs before the pairs.
            let pairs: Vec<_> = shards.iter().flat_map(|shard| shard.iter()).collect();
            serializer.collect_map(pairs)
        }
    }

    /// Serializes the keys that are present and their values as a map, without saying which
    /// keys are hot. The guarantees of the iteration are those of
    /// [`for_each`](ConcurrentMap::for_each). In addition, the locks of all shards are held
    /// for reading in the meantime.
    impl<K, V, S> Serialize for HybridMap<K, V, S>
    where
        K: Serialize + Hash + Eq + Send + Sync + 'static,
        V: Serialize + Send + Sync + 'static,
        S: BuildHasher,
    {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            self.with_all(|pairs| serializer.collect_map(pairs))
        }
    }

    impl<'de, K, V, L, S> Deserialize<'de> for LockMap<L, S>
    where
        Self: Default,
        K: Deserialize<'de> + Hash + Eq,
        V: Deserialize<'de>,
        L: Locks<Key = K, Value = V>,
        S: BuildHasher,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Pairs(PhantomData))
        }
    }

    impl<'de, K, V, S> Deserialize<'de> for HybridMap<K, V, S>
    where
        K: Deserialize<'de> + Hash + Eq + Send + Sync + 'static,
        V: Deserialize<'de> + Send + Sync + 'static,
        S: BuildHasher + Default,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Pairs(PhantomData))
        }
    }

    /// Fills a map from pairs. A later pair replaces an earlier one of the same key.
    struct Pairs<M, K, V>(PhantomData<(M, K, V)>);

    impl<'de, M, K, V> Visitor<'de> for Pairs<M, K, V>
    where
        M: ConcurrentMap<K, V> + Default,
        K: Deserialize<'de>,
        V: Deserialize<'de>,
    {
        type Value = M;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<M, A::Error> {
            let map = M::default();
            while let Some((key, value)) = pairs.next_entry()? {
                map.insert(key, value);
            }
            Ok(map)
        }
    }
}
