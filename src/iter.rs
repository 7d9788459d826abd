//! Iterators: shared ones under a [`Pinned`](crate::Pinned), exclusive ones over
//! a map that nobody else can see, and owning ones.

use crate::entry::{EntryState, OwnedEntries};
use crate::map::{SyncMap, take_if};
use crate::read_only::{ReadOnly, Slots};
use crate::reclaim::Guard;
use crate::refs::AGuardStaysOnItsThread;
use crate::table;
use std::fmt;
use std::iter::FusedIterator;

/// An iterator over the keys that are present and their values, from
/// [`Pinned::iter`](crate::Pinned::iter).
///
/// It borrows a [`Pinned`](crate::Pinned), and stays on its thread as that does: the
/// [three ways out](crate::Pinned#threads-and-tasks) are the same.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let pinned = map.pin();
/// let mut iter = pinned.iter();
/// assert_eq!((iter.next(), iter.next()), (Some((&"a", &1)), None));
/// ```
pub struct Iter<'p, K, V> {
    /// None: the map was empty.
    entries: Option<table::Iter<'p, 'p, K, V>>,
    guard: &'p Guard,
}

// SAFETY: the bound holds for no type.
unsafe impl<K, V> Send for Iter<'_, K, V> where AGuardStaysOnItsThread<K>: Send {}
// SAFETY: the bound holds for no type. It is the same bound, so the compiler gives one reason.
unsafe impl<K, V> Sync for Iter<'_, K, V> where AGuardStaysOnItsThread<K>: Send {}

impl<'p, K, V> Iter<'p, K, V> {
    pub(crate) fn new(read: Option<&'p ReadOnly<K, V>>, guard: &'p Guard) -> Self {
        let entries = read.map(|read| read.table().iter(guard));
        Self { entries, guard }
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            guard: self.guard,
        }
    }
}

impl<'p, K, V> Iterator for Iter<'p, K, V> {
    type Item = (&'p K, &'p V);

    fn next(&mut self) -> Option<Self::Item> {
        let guard = self.guard;
        let entries = self.entries.as_mut()?;
        entries.find_map(|entry| match entry.state(guard) {
            EntryState::Value(value) => Some((entry.key(), value)),
            EntryState::Nil | EntryState::Expunged => None,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let entries = self.entries.as_ref();
        (0, entries.map_or(Some(0), |entries| entries.size_hint().1))
    }
}

impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over the keys that are present, from [`Pinned::keys`](crate::Pinned::keys).
/// In all other respects the same as [`Iter`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// assert_eq!(map.pin().keys().next(), Some(&"a"));
/// ```
pub struct Keys<'p, K, V>(pub(crate) Iter<'p, K, V>);

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'p, K, V> Iterator for Keys<'p, K, V> {
    type Item = &'p K;

    fn next(&mut self) -> Option<&'p K> {
        self.0.next().map(|(key, _)| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> FusedIterator for Keys<'_, K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over the values of the keys that are present, from
/// [`Pinned::values`](crate::Pinned::values). In all other respects the same as [`Iter`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// assert_eq!(map.pin().values().next(), Some(&1));
/// ```
pub struct Values<'p, K, V>(pub(crate) Iter<'p, K, V>);

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'p, K, V> Iterator for Values<'p, K, V> {
    type Item = &'p V;

    fn next(&mut self) -> Option<&'p V> {
        self.0.next().map(|(_, value)| value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> FusedIterator for Values<'_, K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator that removes some of the keys, and returns them with their values, from
/// [`Pinned::extract_if`](crate::Pinned::extract_if).
///
/// It borrows a [`Pinned`](crate::Pinned), and stays on its thread as [`Iter`] does.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
/// let pinned = map.pin();
/// let mut small = pinned.extract_if(|_, n| *n < 2);
/// assert_eq!((small.next(), small.next()), (Some((&"a", &1)), None));
/// ```
#[must_use = "iterators are lazy: this one removes nothing until it is used"]
pub struct ExtractIf<'p, K, V, F> {
    /// None: the map was empty.
    slots: Option<Slots<'p, K, V>>,
    wanted: F,
    guard: &'p Guard,
}

// SAFETY: the bound holds for no type.
unsafe impl<K, V, F> Send for ExtractIf<'_, K, V, F> where AGuardStaysOnItsThread<K>: Send {}
// SAFETY: the bound holds for no type. It is the same bound, so the compiler gives one reason.
unsafe impl<K, V, F> Sync for ExtractIf<'_, K, V, F> where AGuardStaysOnItsThread<K>: Send {}

impl<'p, K, V, F> ExtractIf<'p, K, V, F> {
    pub(crate) fn new(read: Option<&'p ReadOnly<K, V>>, wanted: F, guard: &'p Guard) -> Self {
        let slots = read.map(|read| read.slots(guard));
        Self {
            slots,
            wanted,
            guard,
        }
    }
}

impl<'p, K, V, F> Iterator for ExtractIf<'p, K, V, F>
where
    F: FnMut(&K, &V) -> bool,
{
    type Item = (&'p K, &'p V);

    fn next(&mut self) -> Option<Self::Item> {
        let wanted = &mut self.wanted;
        let slots = self.slots.as_mut()?;
        let taken = slots.find_map(|slot| take_if(slot, &mut *wanted))?;
        // M8: each step is a public call that retires.
        self.guard.collect_if_due();
        Some((taken.entry.key(), taken.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let slots = self.slots.as_ref();
        (0, slots.map_or(Some(0), |slots| slots.size_hint().1))
    }
}

impl<K, V, F> FusedIterator for ExtractIf<'_, K, V, F> where F: FnMut(&K, &V) -> bool {}

impl<K, V, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}

/// How many pairs are left after the next one. Never too few by an overflow, and none at the
/// end, whatever was counted.
fn one_less<T>(left: usize, next: &Option<T>) -> usize {
    next.as_ref().map_or(0, |_| left.saturating_sub(1))
}

/// An iterator over the keys and mutable references to their values, from
/// [`SyncMap::iter_mut`].
///
/// # Examples
///
/// ```
/// let mut map = readmostly::SyncMap::from([("a", 1)]);
/// for (_, n) in &mut map {
///     *n += 1;
/// }
/// assert_eq!(map.get_cloned("a"), Some(2));
/// ```
pub struct IterMut<'m, K, V> {
    /// None: the map was empty.
    entries: Option<table::IterMut<'m, K, V>>,
    left: usize,
}

impl<'m, K, V> Iterator for IterMut<'m, K, V> {
    type Item = (&'m K, &'m mut V);

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.entries.as_mut().and_then(Iterator::next);
        self.left = one_less(self.left, &next);
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for IterMut<'_, K, V> {}

impl<K, V> FusedIterator for IterMut<'_, K, V> {}

impl<K, V> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

/// An iterator that owns the keys and values of a map, from `into_iter` of the map.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// assert_eq!(map.into_iter().collect::<Vec<_>>(), [("a", 1)]);
/// ```
pub struct IntoIter<K, V> {
    entries: OwnedEntries<K, V>,
    left: usize,
}

impl<K, V> IntoIter<K, V> {
    /// Looks at each entry, to count those with a value.
    pub(crate) fn new(entries: OwnedEntries<K, V>) -> Self {
        let left = entries.count_present();
        Self { entries, left }
    }

    fn of<S>(map: &mut SyncMap<K, V, S>) -> Self {
        let left = map.count_exclusively();
        let entries = map.take_entries();
        Self { entries, left }
    }
}

// SAFETY: it owns keys and values, and nothing else.
unsafe impl<K: Send, V: Send> Send for IntoIter<K, V> {}
// SAFETY: a shared one does nothing but say how many are left.
unsafe impl<K: Sync, V: Sync> Sync for IntoIter<K, V> {}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let next = self.entries.find_map(|(key, value)| Some((key, value?)));
        self.left = one_less(self.left, &next);
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}

impl<K, V> FusedIterator for IntoIter<K, V> {}

impl<K, V> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

/// An iterator that owns the keys and values that were in a map, from [`SyncMap::drain`].
/// The drop of the iterator drops the pairs that it has not returned.
///
/// # Examples
///
/// ```
/// let mut map = readmostly::SyncMap::from([("a", 1)]);
/// assert_eq!(map.drain().next(), Some(("a", 1)));
/// ```
pub struct Drain<'m, K, V> {
    entries: IntoIter<K, V>,
    _map: std::marker::PhantomData<&'m mut (K, V)>,
}

impl<K, V> Iterator for Drain<'_, K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Drain<'_, K, V> {}

impl<K, V> FusedIterator for Drain<'_, K, V> {}

impl<K, V> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Returns an iterator over the keys and mutable references to their values. Takes no
    /// lock: the exclusive borrow rules out other threads.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// for (_, n) in map.iter_mut() {
    ///     *n *= 10;
    /// }
    /// assert_eq!(map.get_cloned("b"), Some(20));
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        let left = self.count_exclusively();
        let table = self.complete_table();
        // SAFETY: `&mut self`: the map is borrowed exclusively as long as the result lives.
        let entries = table.map(|table| unsafe { table.iter_exclusively() });
        IterMut { entries, left }
    }

    /// Empties the map, and returns an iterator that owns the removed keys and values.
    /// Takes no lock: the exclusive borrow rules out other threads. If the iterator is
    /// leaked, the pairs that it still has are leaked too, but the map is empty.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.drain().collect::<Vec<_>>(), [("a", 1)]);
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain {
            entries: IntoIter::of(self),
            _map: std::marker::PhantomData,
        }
    }
}

/// Moves the keys and values out of the map. Nothing is cloned, and no value goes through
/// the epoch.
impl<K, V, S> IntoIterator for SyncMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(mut self) -> IntoIter<K, V> {
        IntoIter::of(&mut self)
    }
}

impl<'m, K, V, S> IntoIterator for &'m mut SyncMap<K, V, S> {
    type Item = (&'m K, &'m mut V);
    type IntoIter = IterMut<'m, K, V>;

    fn into_iter(self) -> IterMut<'m, K, V> {
        self.iter_mut()
    }
}
