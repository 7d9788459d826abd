//! The traits of `std`, and of `serde` behind its feature.
//!
//! What fills a map has the bounds of a write. What builds a map also promotes it, so
//! its reads are lock-free from the first one.

use crate::map::SyncMap;
use crate::pinned::Pinned;
use equivalent::Equivalent;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::Index;

impl<K, V, S: Default> Default for SyncMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Shows the keys that are present and their values. The guarantees of the iteration are
/// those of [`for_each`](SyncMap::for_each).
impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for SyncMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Pinned::new(self).fmt(f)
    }
}

/// Inserts the pairs, in blocks of 256. The map, its states and its counters are then as after
/// one call of [`insert`](SyncMap::insert) for each pair, one after the other. Only
/// [`Stats::locks`](crate::Stats::locks) is smaller, and the dirty map may have more room, which
/// the next [`compact`](SyncMap::compact) gives back by one rebuild more.
///
/// A block takes the mutex once, from its first pair on for which `insert` would take it. No
/// lock is held, and no pin, while the iterator and `Hash` run. Only `Eq` runs under the mutex,
/// with the restrictions of [`get`](SyncMap::get).
///
/// A pair is visible to other threads, and to the iterator, when 256 more pairs have been taken
/// from the iterator, or when the iterator has ended. An iterator that waits, such as that of
/// a channel, makes up to 255 pairs wait. Insert such pairs one by one.
///
/// The call makes room for the keys that the iterator's `size_hint` announces, step by step,
/// as far as the keys so far make the hint credible.
///
/// # Complexity
///
/// As for `insert` of each pair. With many new keys, `extend` takes about half of the time
/// ([benchmarks](crate::docs::reference::benchmarks#many-new-keys-in-one-call)).
///
/// # Linearization
///
/// None for the whole call. Each pair takes effect as `insert` does, in the order of the pairs.
///
/// # Panics
///
/// If the iterator, `Hash` or `Eq` panics. The pairs that were inserted before stay. The pairs
/// of the current block that were not inserted yet are dropped.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::new();
/// (&map).extend((0..1_000).map(|n| (n, n * n)));
/// assert_eq!(map.len(), 1_000);
/// ```
impl<K, V, S> Extend<(K, V)> for &SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        self.swap_each(pairs);
    }
}

/// Inserts the pairs in blocks, as `extend` of a shared reference does.
impl<K, V, S> Extend<(K, V)> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        (&*self).extend(pairs);
    }
}

/// Inserts copies of the pairs in blocks, as `extend` of a shared reference does.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for &SyncMap<K, V, S>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.swap_each(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// Inserts copies of the pairs in blocks, as `extend` of a shared reference does.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for SyncMap<K, V, S>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        (&*self).extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// A map of these pairs, promoted: its reads are lock-free from the first one.
    pub(crate) fn filled(hasher: S, capacity: usize, pairs: impl Iterator<Item = (K, V)>) -> Self {
        let map = Self::with_capacity_and_hasher(capacity, hasher);
        map.swap_each(pairs);
        map.compact();
        map
    }
}

/// Creates a map from the pairs. A later pair replaces an earlier pair with the same key.
/// The keys are promoted, so reads of the new map are lock-free from the first one.
impl<K, V, S> FromIterator<(K, V)> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self::filled(S::default(), 0, pairs.into_iter())
    }
}

/// Creates a map from copies of the pairs. A later pair replaces an earlier pair with the
/// same key. The keys are promoted, as for pairs by value.
impl<'a, K, V, S> FromIterator<(&'a K, &'a V)> for SyncMap<K, V, S>
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
impl<K, V, const N: usize> From<[(K, V); N]> for SyncMap<K, V, RandomState>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn from(pairs: [(K, V); N]) -> Self {
        Self::from_iter(pairs)
    }
}

/// Moves the pairs into a map that can be shared, with a clone of the hasher. The keys are
/// promoted, so reads of the new map are lock-free from the first one.
///
/// # Complexity
///
/// O(n). Each key is hashed again.
///
/// # Panics
///
/// If `Hash` or `Eq` panics. All pairs are dropped.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use std::collections::HashMap;
///
/// let map = SyncMap::from(HashMap::from([("a", 1)]));
/// assert_eq!(*map.get("a").unwrap(), 1);
/// ```
impl<K, V, S> From<HashMap<K, V, S>> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn from(map: HashMap<K, V, S>) -> Self {
        Self::filled(map.hasher().clone(), map.len(), map.into_iter())
    }
}

/// Moves the pairs into a plain map, with a clone of the hasher. A map that does not change any
/// more is read faster that way.
///
/// # Complexity
///
/// O(n), tombstones included. Each key is hashed again.
///
/// # Panics
///
/// If `Hash` or `Eq` panics. All pairs are dropped.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use std::collections::HashMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let frozen: HashMap<_, _> = map.into();
/// assert_eq!(frozen["a"], 1);
/// ```
impl<K, V, S> From<SyncMap<K, V, S>> for HashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher + Clone,
{
    fn from(map: SyncMap<K, V, S>) -> Self {
        let hasher = map.hasher().clone();
        let pairs = map.into_iter();
        let mut plain = Self::with_capacity_and_hasher(pairs.len(), hasher);
        plain.extend(pairs);
        plain
    }
}

/// Creates a new map with clones of the keys that are present and of their values, and with
/// a clone of the hasher. The guarantees of the iteration are those of
/// [`for_each`](SyncMap::for_each). The [`stats`](SyncMap::stats) of the new map begin when
/// it is filled.
impl<K, V, S> Clone for SyncMap<K, V, S>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        let pinned = Pinned::new(self);
        let pairs = pinned
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()));
        Self::filled(self.hasher().clone(), pinned.len(), pairs)
    }
}

/// Two maps are equal if they have the same keys with equal values. Their hashers, read
/// snapshots and dirty maps may differ. The result is exact when no writer runs.
impl<K, V, S, T> PartialEq<SyncMap<K, V, T>> for SyncMap<K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
    T: BuildHasher,
{
    fn eq(&self, other: &SyncMap<K, V, T>) -> bool {
        let (ours, theirs) = (Pinned::new(self), other.map_guard());
        if ours.len() != other.count_keys(&theirs) {
            theirs.collect_if_due();
            return false;
        }
        let in_theirs = |(key, value): (&K, &V)| {
            let found = other.load_quietly(other.hash_of(key), key, &theirs);
            found.is_some_and(|found| found.value == value)
        };
        ours.iter().all(in_theirs)
    }
}

impl<K: Hash + Eq, V: Eq, S: BuildHasher> Eq for SyncMap<K, V, S> {}

/// Takes a further pin of the same map. Both handles count until both are dropped.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let pinned = map.pin();
/// let further = pinned.clone();
/// drop(pinned);
/// assert_eq!(further.get("a"), Some(&1));
/// ```
impl<K, V, S> Clone for Pinned<'_, K, V, S> {
    fn clone(&self) -> Self {
        self.map().pin()
    }
}

/// Compares the maps.
impl<K, V, S, T> PartialEq<Pinned<'_, K, V, T>> for Pinned<'_, K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
    T: BuildHasher,
{
    fn eq(&self, other: &Pinned<'_, K, V, T>) -> bool {
        self.map() == other.map()
    }
}

impl<K: Hash + Eq, V: Eq, S: BuildHasher> Eq for Pinned<'_, K, V, S> {}

/// The same as [`get`](Pinned::get), but panics if the key is absent.
///
/// A [`SyncMap`] has no `Index`: a reference that it returned would have no pin.
///
/// # Panics
///
/// If the key is absent, and as for [`SyncMap::get`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// assert_eq!(map.pin()["a"], 1);
/// ```
impl<K, V, S, Q> Index<&Q> for Pinned<'_, K, V, S>
where
    Q: Hash + Equivalent<K> + ?Sized,
    S: BuildHasher,
{
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the map")
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::{Pinned, SyncMap};
    use serde::de::{MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;
    use std::hash::{BuildHasher, Hash};
    use std::iter;
    use std::marker::PhantomData;

    /// Serializes the keys that are present and their values as a map. The guarantees of
    /// the iteration are those of [`for_each`](SyncMap::for_each).
    impl<K: Serialize, V: Serialize, S> Serialize for SyncMap<K, V, S> {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            // Collected first: many formats need the exact number of pairs before the pairs,
            // whatever writers do meanwhile.
            let pinned = Pinned::new(self);
            let pairs: Vec<_> = pinned.iter().collect();
            serializer.collect_map(pairs)
        }
    }

    /// Deserializes from a map. A later pair replaces an earlier pair with the same key.
    impl<'de, K, V, S> Deserialize<'de> for SyncMap<K, V, S>
    where
        K: Deserialize<'de> + Hash + Eq + Send + Sync + 'static,
        V: Deserialize<'de> + Send + Sync + 'static,
        S: BuildHasher + Default,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Pairs<K, V, S>(PhantomData<(K, V, S)>);

            impl<'de, K, V, S> Visitor<'de> for Pairs<K, V, S>
            where
                K: Deserialize<'de> + Hash + Eq + Send + Sync + 'static,
                V: Deserialize<'de> + Send + Sync + 'static,
                S: BuildHasher + Default,
            {
                type Value = SyncMap<K, V, S>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a map")
                }

                fn visit_map<A: MapAccess<'de>>(
                    self,
                    mut pairs: A,
                ) -> Result<Self::Value, A::Error> {
                    // No room is made in advance: the size that the input names may be wrong.
                    let mut failed = None;
                    let valid = iter::from_fn(|| {
                        pairs.next_entry().unwrap_or_else(|error| {
                            failed = Some(error);
                            None
                        })
                    });
                    let map = SyncMap::filled(S::default(), 0, valid);
                    failed.map_or(Ok(map), Err)
                }
            }

            deserializer.deserialize_map(Pairs(PhantomData))
        }
    }
}
