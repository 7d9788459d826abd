//! Parallel iterators, and parallel filling, with rayon, of maps and sets.
//!
//! A handle stays in its thread, but the references that it gives out may be sent. So a
//! parallel iterator over a handle is one over a list of references, collected at its start.

use crate::map::SyncMap;
use crate::pinned::Pinned;
use crate::set::{PinnedSet, SyncSet};
use ::rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator};
use ::rayon::vec::IntoIter;
use std::hash::{BuildHasher, Hash};

/// How many pairs a worker collects before it inserts them.
const PAIRS_AT_ONCE: usize = 256;

/// Parallel iterators, with the feature `rayon`.
impl<K: Sync, V: Sync, S> Pinned<'_, K, V, S> {
    /// Returns an indexed parallel iterator over the keys that are present and their values.
    /// The pairs are collected first, as [`iter`](Pinned::iter) finds them. So what the
    /// workers see is what `iter` would have seen at the call.
    ///
    /// The workers may call any method of the map. They take no pin for the references that
    /// they get: the pin of the handle protects these.
    ///
    /// Requires the feature `rayon`.
    ///
    /// # Complexity
    ///
    /// O(n) in the calling thread, tombstones included, and a list of two words for each key.
    ///
    /// # Examples
    ///
    /// ```
    /// use rayon::iter::ParallelIterator;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.pin().par_iter().map(|(_, n)| n).sum::<i32>(), 3);
    /// ```
    pub fn par_iter(&self) -> IntoIter<(&K, &V)> {
        self.iter().collect::<Vec<_>>().into_par_iter()
    }

    /// Returns an indexed parallel iterator over the keys that are present. In all other
    /// respects the same as [`par_iter`](Pinned::par_iter).
    ///
    /// # Examples
    ///
    /// ```
    /// use rayon::iter::ParallelIterator;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().par_keys().count(), 1);
    /// ```
    pub fn par_keys(&self) -> IntoIter<&K> {
        self.keys().collect::<Vec<_>>().into_par_iter()
    }

    /// Returns an indexed parallel iterator over the values of the keys that are present. In
    /// all other respects the same as [`par_iter`](Pinned::par_iter).
    ///
    /// # Examples
    ///
    /// ```
    /// use rayon::iter::ParallelIterator;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.pin().par_values().sum::<i32>(), 3);
    /// ```
    pub fn par_values(&self) -> IntoIter<&V> {
        self.values().collect::<Vec<_>>().into_par_iter()
    }
}

/// The same as [`par_iter`](Pinned::par_iter).
impl<'p, K: Sync, V: Sync, S> IntoParallelIterator for &'p Pinned<'_, K, V, S> {
    type Item = (&'p K, &'p V);
    type Iter = IntoIter<(&'p K, &'p V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.par_iter()
    }
}

/// Moves the keys and values out of the map, into a list, and lets workers take them from there.
impl<K: Send, V: Send, S> IntoParallelIterator for SyncMap<K, V, S> {
    type Item = (K, V);
    type Iter = IntoIter<(K, V)>;

    fn into_par_iter(self) -> Self::Iter {
        self.into_iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Inserts the pairs from all workers. Each worker inserts up to 256 of its pairs at once, as
/// `extend` does. If several pairs have the same key, it is not determined which one stays.
///
/// `Eq` runs under the mutex. It must not wait for the workers of rayon, as `join` does.
///
/// # Examples
///
/// ```
/// use rayon::iter::{IntoParallelIterator, ParallelExtend, ParallelIterator};
///
/// let map = readmostly::SyncMap::new();
/// (&map).par_extend((0..1_000).into_par_iter().map(|n| (n, n * n)));
/// assert_eq!(map.len(), 1_000);
/// ```
impl<K, V, S> ParallelExtend<(K, V)> for &SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, pairs: I) {
        let map: &SyncMap<K, V, S> = self;
        let insert_all = |mut pairs: Vec<_>| map.swap_each(pairs.drain(..));
        let collect = |mut pairs: Vec<_>, pair| {
            pairs.push(pair);
            if pairs.len() == PAIRS_AT_ONCE {
                map.swap_each(pairs.drain(..));
            }
            pairs
        };
        let rest = pairs.into_par_iter().fold(Vec::new, collect);
        rest.for_each(insert_all);
    }
}

/// Inserts the pairs from all workers, as `par_extend` of a shared reference does.
impl<K, V, S> ParallelExtend<(K, V)> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, pairs: I) {
        (&*self).par_extend(pairs);
    }
}

/// Creates a map from the pairs of all workers. If several pairs have the same key, it is not
/// determined which one stays. The keys are promoted, so reads of the new map are lock-free
/// from the first one.
impl<K, V, S> FromParallelIterator<(K, V)> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher + Default + Sync,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(pairs: I) -> Self {
        let map = Self::with_hasher(S::default());
        (&map).par_extend(pairs);
        map.compact();
        map
    }
}

impl<T: Sync, S> PinnedSet<'_, T, S> {
    /// The same as [`Pinned::par_keys`], for elements. Requires the feature `rayon`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rayon::iter::ParallelIterator;
    ///
    /// let set = readmostly::SyncSet::from([1, 2, 3]);
    /// assert_eq!(set.pin().par_iter().sum::<i32>(), 6);
    /// ```
    pub fn par_iter(&self) -> IntoIter<&T> {
        self.iter().collect::<Vec<_>>().into_par_iter()
    }
}

/// Inserts the elements in blocks, as for [`SyncMap`].
impl<T, S> ParallelExtend<T> for SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, elements: I) {
        let pairs = elements.into_par_iter().map(|element| (element, ()));
        self.map().par_extend(pairs);
    }
}

/// Creates a set from the elements. They are promoted, as for [`SyncMap`].
impl<T, S> FromParallelIterator<T> for SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher + Default + Sync,
{
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(elements: I) -> Self {
        let mut set = Self::with_hasher(S::default());
        set.par_extend(elements);
        set.compact();
        set
    }
}
