//! [`Pinned`]: the map under a pin that is held for many calls. It has the methods of
//! [`SyncMap`], which give back plain references here.

use crate::entry::Found;
use crate::iter::{Iter, Keys, Values};
use crate::map::{MapGuard, SyncMap};
use crate::outcome::{CompareExchangeError, Compute, OccupiedError, Operation, Outcome};
use equivalent::Equivalent;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;

/// A [`SyncMap`] under a pin that is held for many calls, from
/// [`SyncMap::pin`].
///
/// Its methods do what those of the same name do on the map, and give back plain
/// references that live as long as the handle. A `Pinned` is not a lock: nobody waits for
/// it, whatever its holder does. But while it is alive, nothing that any thread retires is
/// freed, in any map. Renew it now and then, with [`repin`](Pinned::repin) or by dropping
/// it. A `Pinned` is not `Send`. One that is forgotten or leaked counts as alive for ever,
/// also when its thread has ended
/// ([`docs::memory`](crate::docs::memory#what-a-held-guard-costs)).
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
/// let pinned = map.pin();
/// let old = pinned.insert("a", 10);
/// assert_eq!((old, pinned.get("a")), (Some(&1), Some(&10)));
/// for (key, value) in &pinned {
///     println!("{key} = {value}");
/// }
/// ```
pub struct Pinned<'m, K, V, S> {
    map: &'m SyncMap<K, V, S>,
    guard: MapGuard<'m, K, V>,
}

impl<'m, K, V, S> Pinned<'m, K, V, S> {
    #[inline]
    pub(crate) fn new(map: &'m SyncMap<K, V, S>) -> Self {
        let guard = map.guard();
        Self { map, guard }
    }

    /// Collects if that is due, at the end of a call that only pins.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        self.guard.collect_if_due();
    }

    /// The map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().map().len(), 1);
    /// ```
    pub fn map(&self) -> &'m SyncMap<K, V, S> {
        self.map
    }

    /// Ends the pin and begins a new one, so that what was retired meanwhile can be freed.
    /// May run destructors that are due, as any call may. Has no effect on what is freed
    /// while another [`Ref`](crate::Ref) or `Pinned` of this thread is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// let mut pinned = map.pin();
    /// for n in 0..1_000 {
    ///     pinned.insert("last", n);
    ///     if n % 64 == 0 {
    ///         pinned.repin();
    ///     }
    /// }
    /// ```
    pub fn repin(&mut self) {
        self.guard.repin();
        self.guard.collect_if_due();
    }

    /// As [`SyncMap::len`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.map.count(&self.guard)
    }

    /// As [`SyncMap::is_empty`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(!map.pin().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As [`SyncMap::for_each`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let first = map.pin().for_each(|key, _| ControlFlow::Break(*key));
    /// assert_eq!(first, ControlFlow::Break("a"));
    /// ```
    pub fn for_each<B>(&self, mut f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        self.iter().try_for_each(|(key, value)| f(key, value))
    }

    /// Iterates over the keys that are present and their values, as
    /// [`SyncMap::for_each`] visits them: weakly consistent, no lock held.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included. If new keys have been inserted since the last
    /// promotion, takes the mutex for O(1) to promote them first.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.iter().map(|(_, n)| n).max(), Some(&2));
    /// ```
    #[doc(alias = "Range")]
    pub fn iter(&self) -> Iter<'_, K, V> {
        let iter = Iter::new(self.map.range(&self.guard), &self.guard);
        self.guard.collect_if_due();
        iter
    }

    /// The keys that are present, otherwise as [`iter`](Pinned::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().keys().collect::<Vec<_>>(), [&"a"]);
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// The values of the keys that are present, otherwise as
    /// [`iter`](Pinned::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().values().collect::<Vec<_>>(), [&1]);
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }

    /// Passes on the outcome of a call, after collecting if that is due (M8).
    fn collected<T>(&self, outcome: T) -> T {
        self.guard.collect_if_due();
        outcome
    }
}

/// Reads.
impl<K, V, S: BuildHasher> Pinned<'_, K, V, S> {
    /// As [`SyncMap::get`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.get("a"), pinned.get("b")), (Some(&1), None));
    /// ```
    #[doc(alias = "Load")]
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.map.load(key, &self.guard).map(value)
    }

    /// The values of several keys, in the order of the keys: as many calls of
    /// [`get`](Pinned::get), one after the other. For keys that are not in an array there
    /// is [`get_many_with`](Pinned::get_many_with).
    ///
    /// In a map that is larger than the caches, a look-up waits for memory. Here the
    /// look-ups of up to 16 keys wait at the same time. In a small map, and in a loop of
    /// look-ups that does nothing else, `get` may be faster
    /// ([`docs::benchmarks`](crate::docs::benchmarks)).
    ///
    /// A key may be given twice. Each key that costs `get` the mutex, and a miss, costs them
    /// here too.
    ///
    /// # Complexity
    ///
    /// O(`N`), promotions included, as for [`SyncMap::get`].
    ///
    /// # Linearization
    ///
    /// None for the whole. Each look-up: as that of [`SyncMap::get`], in the order of the
    /// keys.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does, as for [`SyncMap::get`]. The map is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_many(["b", "x", "a"]), [Some(&2), None, Some(&1)]);
    /// ```
    #[inline]
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<&V>; N]
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.load_all(keys, &self.guard))
    }

    /// As [`SyncMap::get_many_with`], with references to the values that live as long as
    /// the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// let mut found = Vec::new();
    /// pinned.get_many_with(["b", "x", "a"], |_, value| found.push(value));
    /// assert_eq!(found, [Some(&2), None, Some(&1)]);
    /// ```
    #[inline]
    pub fn get_many_with<'p, 'q, Q>(
        &'p self,
        keys: impl IntoIterator<Item = &'q Q>,
        mut f: impl FnMut(&'q Q, Option<&'p V>),
    ) where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        let f = |key, found: Option<Found<'p, K, V>>| f(key, found.map(value));
        self.map.load_each(keys, f, &self.guard);
        self.guard.collect_if_due();
    }

    /// As [`SyncMap::get`], with the key as it stands in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(map.pin().get_key_value("a"), Some((&String::from("a"), &1)));
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let found = self.map.load(key, &self.guard)?;
        Some((found.entry.key(), found.value))
    }

    /// As [`SyncMap::get_cloned`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// assert_eq!(map.pin().get_cloned("a").as_deref(), Some("x"));
    /// ```
    #[inline]
    pub fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.get(key).cloned()
    }

    /// As [`SyncMap::contains_key`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.pin().contains_key("a"));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get(key).is_some()
    }
}

/// Writes.
impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// As [`SyncMap::insert`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.insert("a", 2), Some(&1));
    /// ```
    #[doc(alias = "Swap")]
    #[doc(alias = "Store")]
    pub fn insert(&self, key: K, value: V) -> Option<&V> {
        self.collected(self.map.swap(key, value, &self.guard))
            .map(self::value)
    }

    /// As [`SyncMap::try_insert`].
    ///
    /// # Errors
    ///
    /// If the key is present: its value, and the key and value that were
    /// refused.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.try_insert("b", 2).unwrap(), &2);
    /// assert_eq!(pinned.try_insert("a", 2).unwrap_err().current, &1);
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn try_insert(&self, key: K, value: V) -> Result<&V, OccupiedError<&V, K, V>> {
        let hash = self.map.hash(&key);
        self.collected(self.map.load_or_store(hash, key, value, &self.guard))
            .hand_out(self::value)
    }

    /// As [`SyncMap::try_insert_with`].
    ///
    /// # Errors
    ///
    /// If the key is present: its value, the key that was refused, and the value that
    /// `make` made, if it ran.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.try_insert_with("b", || 2).unwrap(), &2);
    /// assert_eq!(pinned.try_insert_with("a", || 2).unwrap_err().value, None);
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn try_insert_with(
        &self,
        key: K,
        make: impl FnOnce() -> V,
    ) -> Result<&V, OccupiedError<&V, K, Option<V>>> {
        let hash = self.map.hash(&key);
        self.collected((self.map).load_or_store_with(hash, key, make, &self.guard))
            .hand_out(value)
    }

    /// As [`SyncMap::get_or_insert`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.get_or_insert("a", 7), pinned.get_or_insert("b", 2)), (&1, &2));
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn get_or_insert(&self, key: K, value: V) -> &V {
        self.try_insert(key, value)
            .unwrap_or_else(OccupiedError::into_current)
    }

    /// As [`SyncMap::get_or_insert_with`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_or_insert_with("b", || 2), &2);
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> &V {
        self.try_insert_with(key, make)
            .unwrap_or_else(OccupiedError::into_current)
    }

    /// As [`SyncMap::update`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.update("a", |n| n + 1), Some(&2));
    /// ```
    pub fn update<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.load_and_update(key, f, &self.guard))
            .map(value)
    }

    /// As [`SyncMap::compute`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, Operation, SyncMap};
    ///
    /// let map = SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// let down = |seen: Option<(&&str, &i32)>| match seen {
    ///     Some((_, n)) => Operation::Insert(n - 1),
    ///     None => Operation::Abort(()),
    /// };
    /// let updated = Compute::Updated { old: &1, new: &0 };
    /// assert_eq!(pinned.compute("a", down), updated);
    /// ```
    pub fn compute<T>(
        &self,
        key: K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<&V, T> {
        self.collected(self.map.load_and_compute(key, f, &self.guard))
            .map(value)
    }

    /// As [`SyncMap::compare_exchange`].
    ///
    /// # Errors
    ///
    /// If the value is another one: that value, and `new`. If the key is absent: `new`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.compare_exchange("a", &1, 2).unwrap(), &1);
    /// assert_eq!(pinned.compare_exchange("a", &1, 3).unwrap_err().current, Some(&2));
    /// ```
    #[doc(alias = "CompareAndSwap")]
    pub fn compare_exchange<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<&V, CompareExchangeError<&V, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let equal = |value: &V| value == expected;
        self.collected(self.map.compare_and_swap(key, equal, new, &self.guard))
            .hand_out(value)
    }

    /// As [`SyncMap::remove`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.remove("a"), Some(&1));
    /// ```
    #[doc(alias = "LoadAndDelete")]
    #[doc(alias = "Delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.load_and_delete(key, &self.guard))
            .map(value)
    }

    /// As [`SyncMap::remove_if`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.remove_if("a", |_, n| *n > 1), None);
    /// ```
    #[doc(alias = "CompareAndDelete")]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnMut(&K, &V) -> bool) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.compare_and_delete(key, condition, &self.guard))
            .map(value)
    }

    /// As [`SyncMap::compare_remove`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.compare_remove("a", &1), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
    pub fn compare_remove<Q>(&self, key: &Q, expected: &V) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        self.remove_if(key, |_, value| value == expected)
    }
}

/// Writes that hash nothing.
impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// As [`SyncMap::clear`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// pinned.clear();
    /// assert!(pinned.is_empty());
    /// ```
    #[doc(alias = "Clear")]
    pub fn clear(&self) {
        self.map.clear_all(&self.guard);
        self.guard.collect_if_due();
    }

    /// As [`SyncMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// pinned.retain(|_, n| *n > 1);
    /// assert_eq!(pinned.len(), 1);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        let drop = |key: &K, value: &V| !keep(key, value);
        self.map.range_and_delete(drop, |_| (), &self.guard);
        self.guard.collect_if_due();
    }

    /// As [`SyncMap::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// pinned.remove("a");
    /// assert_eq!(pinned.compact(), 1);
    /// ```
    pub fn compact(&self) -> usize {
        self.collected(self.map.purge(&self.guard))
    }
}

fn value<'g, K, V>(found: Found<'g, K, V>) -> &'g V {
    found.value
}

impl<'p, K, V, S> IntoIterator for &'p Pinned<'_, K, V, S> {
    type Item = (&'p K, &'p V);
    type IntoIter = Iter<'p, K, V>;

    fn into_iter(self) -> Iter<'p, K, V> {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Pinned<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
