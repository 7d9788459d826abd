//! Iterators that hold their own pin: [`Refs`], [`KeyRefs`] and [`ValueRefs`]. Each item holds a
//! share of that pin.

use crate::entry::{EntryState, Found};
use crate::map::{SyncMap, take_if};
use crate::read_only::ReadOnly;
use crate::reclaim::{Guard, Protection};
use crate::refs::{AGuardStaysOnItsThread, Detached, MappedRef, Ref};
use crate::table::{self, Ptrs, Table};
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// An iterator over the keys that are present and their values, from [`SyncMap::iter`].
///
/// The iterator holds a pin of the epoch, and each item that it returns shares this pin. The
/// pin ends when the iterator and all of its items are gone. Until then nothing that any
/// thread retires is freed, in any map. The iterator is not `Send`, and neither are its items:
/// the [three ways out](Ref#threads-and-tasks) are those of a [`Ref`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let mut iter = map.iter();
/// let first = iter.next().unwrap();
/// assert!(iter.next().is_none());
/// drop(iter);
/// assert_eq!((first.key(), *first), (&"a", 1));
/// ```
#[must_use = "iterators are lazy"]
pub struct Refs<'m, K, V> {
    /// None: the map was empty. It has plain pointers to the table, which `guard` keeps (M6).
    /// `'m` is longer than that: only items with a share of `guard` leave this file.
    entries: Option<table::Iter<'m, 'm, K, V>>,
    guard: Rc<Guard>,
    /// The map frees its entries at once when it is dropped itself.
    _map: PhantomData<&'m (K, V)>,
}

// SAFETY: the bound holds for no type.
unsafe impl<K, V> Send for Refs<'_, K, V> where AGuardStaysOnItsThread<K>: Send {}
// SAFETY: the bound holds for no type. It is the same bound, so the compiler gives one reason.
unsafe impl<K, V> Sync for Refs<'_, K, V> where AGuardStaysOnItsThread<K>: Send {}

impl<'m, K, V> Refs<'m, K, V> {
    fn new<S>(map: &'m SyncMap<K, V, S>) -> Self {
        let guard = map.map_guard();
        let table = map.go_range(&guard);
        let table = table.map(|read| NonNull::from(read.table()));
        guard.collect_if_due();
        let guard = Rc::new(guard.into_guard());
        let entries = table.map(|table| {
            // SAFETY: M2, M6: found under the pin that is `guard` now. The result is used only
            // as long as `guard` lives.
            let table: &'m Table<K, V> = unsafe { table.as_ref() };
            let protection = ptr::from_ref::<Protection>(&guard);
            // SAFETY: it has no content, and is used only here.
            table.iter(unsafe { &*protection })
        });
        Self {
            entries,
            guard,
            _map: PhantomData,
        }
    }
}

impl<K, V> Clone for Refs<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            guard: Rc::clone(&self.guard),
            _map: PhantomData,
        }
    }
}

impl<'m, K, V> Iterator for Refs<'m, K, V> {
    type Item = Ref<'m, K, V>;

    fn next(&mut self) -> Option<Ref<'m, K, V>> {
        let (entries, guard) = (self.entries.as_mut()?, &self.guard);
        let found = entries.find_map(|entry| match entry.state(guard) {
            EntryState::Value(value) => Some(Detached::from(Found { entry, value })),
            EntryState::Nil | EntryState::Expunged => None,
        })?;
        // SAFETY: M6: found under `guard`, in a map that is borrowed for `'m`.
        Some(unsafe { Ref::shared(found, Rc::clone(guard)) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let entries = self.entries.as_ref();
        (0, entries.map_or(Some(0), |entries| entries.size_hint().1))
    }
}

impl<K, V> FusedIterator for Refs<'_, K, V> {}

/// A pair of a list: a key and its value.
struct Pair<'m, K, V>(Ref<'m, K, V>);

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Pair<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0.key(), &*self.0).fmt(f)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Refs<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone().map(Pair)).finish()
    }
}

/// An iterator over the keys that are present, from [`SyncMap::keys`]. In all other respects
/// the same as [`Refs`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let first = map.keys().next().unwrap();
/// assert_eq!(*first, "a");
/// ```
#[must_use = "iterators are lazy"]
pub struct KeyRefs<'m, K, V>(Refs<'m, K, V>);

impl<K, V> Clone for KeyRefs<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'m, K, V> Iterator for KeyRefs<'m, K, V> {
    type Item = MappedRef<'m, K>;

    fn next(&mut self) -> Option<MappedRef<'m, K>> {
        self.0.next().map(Ref::into_key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> FusedIterator for KeyRefs<'_, K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for KeyRefs<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over the values of the keys that are present, from [`SyncMap::values`]. In all
/// other respects the same as [`Refs`].
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let first = map.values().next().unwrap();
/// assert_eq!(*first, 1);
/// ```
#[must_use = "iterators are lazy"]
pub struct ValueRefs<'m, K, V>(Refs<'m, K, V>);

impl<K, V> Clone for ValueRefs<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'m, K, V> Iterator for ValueRefs<'m, K, V> {
    type Item = MappedRef<'m, V>;

    fn next(&mut self) -> Option<MappedRef<'m, V>> {
        self.0.next().map(|found| Ref::map(found, |value| value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> FusedIterator for ValueRefs<'_, K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for ValueRefs<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Returns an iterator over the keys that are present and their values. Each item is a
    /// [`Ref`]: it can be kept when the iterator is gone. A function that borrows the map can
    /// return the iterator.
    ///
    /// The iteration is weakly consistent, with the guarantees of
    /// [`for_each`](SyncMap::for_each). No lock is held during the iteration.
    ///
    /// The iterator and its items share one pin. Until all of them are gone, nothing that any
    /// thread retires is freed, in any map. An iteration that ends soon is cheaper with
    /// [`pin`](SyncMap::pin) and [`Pinned::iter`](crate::Pinned::iter), or with
    /// [`for_each`](SyncMap::for_each): they allocate nothing, and return plain references
    /// ([measured](crate::docs::reference::benchmarks#iterators-with-a-pin-of-their-own)).
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included, and one allocation. If a new key was inserted since the last
    /// promotion, `iter` first takes the mutex for O(1) to promote the new keys.
    ///
    /// # Linearization
    ///
    /// None for the whole iteration. Each value is read by one load, in the call of `next` that
    /// returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Ref, SyncMap};
    ///
    /// fn large(map: &SyncMap<String, u32>) -> impl Iterator<Item = Ref<'_, String, u32>> {
    ///     map.iter().filter(|size| **size > 9)
    /// }
    ///
    /// let map = SyncMap::from([("a".into(), 1), ("b".into(), 20)]);
    /// let found: Vec<_> = large(&map).collect();
    /// map.clear();
    /// assert_eq!((found.len(), found[0].key().as_str(), *found[0]), (1, "b", 20));
    /// ```
    #[doc(alias = "Range")]
    pub fn iter(&self) -> Refs<'_, K, V> {
        Refs::new(self)
    }

    /// Returns an iterator over the keys that are present. In all other respects the same as
    /// [`iter`](SyncMap::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let keys: Vec<&str> = map.keys().map(|key| *key).collect();
    /// assert_eq!(keys, ["a"]);
    /// ```
    pub fn keys(&self) -> KeyRefs<'_, K, V> {
        KeyRefs(self.iter())
    }

    /// Returns an iterator over the values of the keys that are present. In all other respects
    /// the same as [`iter`](SyncMap::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.values().map(|n| *n).sum::<i32>(), 3);
    /// ```
    pub fn values(&self) -> ValueRefs<'_, K, V> {
        ValueRefs(self.iter())
    }
}

/// The same as [`SyncMap::iter`].
impl<'m, K, V, S> IntoIterator for &'m SyncMap<K, V, S> {
    type Item = Ref<'m, K, V>;
    type IntoIter = Refs<'m, K, V>;

    fn into_iter(self) -> Refs<'m, K, V> {
        self.iter()
    }
}

/// An iterator that removes keys, from [`SyncMap::extract_if`].
///
/// Like [`Refs`], it holds a pin of the epoch, and each item that it returns shares this pin.
/// Like a `Refs`, it is not `Send`.
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1), ("b", 20)]);
/// let removed = map.extract_if(|_, n| *n > 9).next().unwrap();
/// assert_eq!((*removed.key(), *removed, map.len()), ("b", 20, 1));
/// ```
#[must_use = "iterators are lazy: this one removes nothing until it is used"]
pub struct ExtractRefs<'m, K, V, F> {
    /// None: the map was empty. As in [`Refs`], these are plain pointers, and `guard` keeps what
    /// they point to (M6).
    walk: Option<Walk<'m, K, V>>,
    wanted: F,
    guard: Rc<Guard>,
    /// The map frees its entries at once when it is dropped itself.
    _map: PhantomData<&'m (K, V)>,
}

/// A snapshot, and those of its entries that have not been visited.
struct Walk<'m, K, V> {
    read: NonNull<ReadOnly<K, V>>,
    entries: Ptrs<'m, K, V>,
}

// SAFETY: the bound holds for no type.
unsafe impl<K, V, F> Send for ExtractRefs<'_, K, V, F> where AGuardStaysOnItsThread<K>: Send {}
// SAFETY: the bound holds for no type. It is the same bound, so the compiler gives one reason.
unsafe impl<K, V, F> Sync for ExtractRefs<'_, K, V, F> where AGuardStaysOnItsThread<K>: Send {}

impl<'m, K, V, F> Iterator for ExtractRefs<'m, K, V, F>
where
    F: FnMut(&K, &V) -> bool,
{
    type Item = Ref<'m, K, V>;

    fn next(&mut self) -> Option<Ref<'m, K, V>> {
        let Walk { read, entries } = self.walk.as_mut()?;
        let (wanted, guard) = (&mut self.wanted, &*self.guard);
        // SAFETY: M2, M6: it was found under the pin that is `guard` now.
        let read = unsafe { read.as_ref() };
        let taken = entries.find_map(|entry| {
            // SAFETY: M2: found in the table of `read`, and `read` under `guard`.
            let slot = unsafe { read.slot(entry, guard) };
            take_if(slot, &mut *wanted)
        });
        let taken = Detached::from(taken?);
        // M8: each step is a public call that retires.
        self.guard.collect_if_due();
        // SAFETY: M6: found under `guard`, in a map that is borrowed for `'m`.
        Some(unsafe { Ref::shared(taken, Rc::clone(&self.guard)) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let walk = self.walk.as_ref();
        (0, walk.map_or(Some(0), |walk| walk.entries.size_hint().1))
    }
}

impl<K, V, F> FusedIterator for ExtractRefs<'_, K, V, F> where F: FnMut(&K, &V) -> bool {}

impl<K, V, F> fmt::Debug for ExtractRefs<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractRefs").finish_non_exhaustive()
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Returns an iterator that removes each key for which `wanted` returns `true`, and
    /// returns the removed value as a [`Ref`], which has the key too. In all other respects
    /// the same as [`Pinned::extract_if`](crate::Pinned::extract_if). Not in Go.
    ///
    /// The iterator is lazy: keys that it has not visited when it is dropped stay in the map.
    /// To remove all such keys at once, and only count them, use [`retain`](SyncMap::retain).
    ///
    /// The iterator and its items share one pin, as those of [`iter`](SyncMap::iter) do.
    ///
    /// # Complexity
    ///
    /// As for [`iter`](SyncMap::iter), for the whole iteration.
    ///
    /// # Linearization
    ///
    /// None for the whole iteration. Each removal takes effect at the compare-and-swap of
    /// its entry's word.
    ///
    /// # Panics
    ///
    /// `extract_if` does not panic. A step of the iterator panics as that of
    /// [`Pinned::extract_if`](crate::Pinned::extract_if) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let sessions = readmostly::SyncMap::from([("ann", 3), ("bob", 90), ("eve", 70)]);
    /// for expired in sessions.extract_if(|_, minutes| *minutes > 60) {
    ///     println!("{} was idle for {} minutes", expired.key(), *expired);
    /// }
    /// assert_eq!(sessions.len(), 1);
    /// ```
    #[doc(alias = "drain_filter")]
    #[doc(alias = "drain")]
    pub fn extract_if<F>(&self, wanted: F) -> ExtractRefs<'_, K, V, F>
    where
        F: FnMut(&K, &V) -> bool,
    {
        let guard = self.map_guard();
        let read = self.go_range(&guard).map(NonNull::from);
        guard.collect_if_due();
        let guard = Rc::new(guard.into_guard());
        let walk = read.map(|read| {
            // SAFETY: M2, M6: found under the pin that is `guard` now. The result is used only
            // as long as `guard` lives.
            let table: &Table<K, V> = unsafe { read.as_ref() }.table();
            let entries = table.ptrs();
            Walk { read, entries }
        });
        ExtractRefs {
            walk,
            wanted,
            guard,
            _map: PhantomData,
        }
    }
}
