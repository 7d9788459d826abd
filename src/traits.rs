//! The traits of `std`, and of `serde` behind its feature.
//!
//! What fills a map has the bounds of a write. What builds a map also promotes it, so
//! its reads are lock-free from the first one.

use crate::map::SyncMap;
use crate::pinned::Pinned;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

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

/// Inserts the pairs one after the other, as [`insert`](SyncMap::insert) does.
impl<K, V, S> Extend<(K, V)> for &SyncMap<K, V, S>
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

/// Inserts the pairs one after the other, as [`insert`](SyncMap::insert) does.
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

/// Inserts the pairs one after the other, as [`insert`](SyncMap::insert) does.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for SyncMap<K, V, S>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Copy + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, pairs: I) {
        self.extend(pairs.into_iter().map(|(&key, &value)| (key, value)));
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// A map of these pairs, promoted: its reads are lock-free from the first one.
    fn filled(hasher: S, capacity: usize, pairs: impl Iterator<Item = (K, V)>) -> Self {
        let map = Self::with_capacity_and_hasher(capacity, hasher);
        (&map).extend(pairs);
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
        let pairs = pairs.into_iter();
        Self::filled(S::default(), pairs.size_hint().0, pairs)
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

#[cfg(feature = "serde")]
mod serde {
    use super::{Pinned, SyncMap};
    use serde::de::{MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;
    use std::hash::{BuildHasher, Hash};
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
                    let map = SyncMap::with_hasher(S::default());
                    while let Some((key, value)) = pairs.next_entry()? {
                        map.insert(key, value);
                    }
                    map.compact();
                    Ok(map)
                }
            }

            deserializer.deserialize_map(Pairs(PhantomData))
        }
    }
}
