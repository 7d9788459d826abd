//! [`Ref`]: a value together with the pin that keeps it.

use crate::entry::Entry;
use crate::map::{Detached, Found, Glance, MapGuard, SyncMap};
use crate::outcome::{Compute, Exchange, Insertion};
use crate::sync::{Anchor, Guard, LightGuard, Protection, enter, enter_again, pin};
use equivalent::Equivalent;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A reference to a value, from a one-shot method of [`SyncMap`].
///
/// It is not a lock: whoever holds one can go on reading and writing the map,
/// and so can everybody else, without any danger of a deadlock. What it refers
/// to is the value as it was found; the map may have another one, or none, by
/// now.
///
/// It holds a pin of its thread: a light one, or one of the epoch
/// ([`docs::memory`](crate::docs::memory#light-pins)). While it is alive, nothing that any
/// thread retires is freed, in any map: keep it as briefly as any other guard,
/// and clone the value out where it has to live long. References of one thread whose
/// lives overlap without a gap count as one that lives as long as all of them together.
/// So a loop that goes from one reference to the next drops the old one first. A `Ref` is
/// not `Send`, so it cannot be held across an `.await` in a task that may move to another
/// thread.
/// One that is forgotten or leaked is alive for ever, also when its thread has
/// ended: nothing is freed from then on
/// ([`docs::memory`](crate::docs::memory#what-a-held-guard-costs) says why).
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let seen = map.get("a").unwrap();
/// map.insert("a", 2);
/// assert_eq!((*seen, seen.key()), (1, &"a"));
/// assert_eq!(*map.get("a").unwrap(), 2);
/// ```
pub struct Ref<'m, K, V> {
    /// The entry, and the guard: M6.
    entry: Anchor,
    value: NonNull<V>,
    /// What is at the anchor.
    _entry: PhantomData<NonNull<Entry<K, V>>>,
    /// The map frees its entries at once when it is dropped itself.
    _map: PhantomData<&'m (K, V)>,
}

impl<'m, K, V> Ref<'m, K, V> {
    /// # Safety
    ///
    /// `guard` was pinned before `found` was found and is still the same pin;
    /// `found` is in a map that is borrowed for `'m`.
    #[inline]
    pub(crate) unsafe fn new(found: Detached<K, V>, guard: Guard) -> Self {
        Self {
            entry: Anchor::full(found.entry, guard),
            value: found.value,
            _entry: PhantomData,
            _map: PhantomData,
        }
    }

    /// # Safety
    ///
    /// As for [`new`](Self::new).
    #[inline]
    pub(crate) unsafe fn light(found: Detached<K, V>, guard: LightGuard) -> Self {
        Self {
            entry: Anchor::light(found.entry, guard),
            value: found.value,
            _entry: PhantomData,
            _map: PhantomData,
        }
    }

    /// The key, as it stands in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(map.get("a").unwrap().key(), "a");
    /// ```
    pub fn key(&self) -> &K {
        // SAFETY: M6.
        unsafe { &*self.entry.address::<Entry<K, V>>() }.key()
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: M6.
        unsafe { self.value.as_ref() }
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K, V: fmt::Display> fmt::Display for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Load, under a pin of its own: a light one, as a rule.
    // Always: the result is three words, and would go through memory.
    #[inline(always)]
    pub(crate) fn one_load<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        if let Some(guard) = enter() {
            if let Glance::Answer(found) = self.glance(hash, key, &guard) {
                // SAFETY: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        self.one_load_slow(hash, key)
    }

    /// What the current snapshot answers under a light pin.
    #[inline(always)]
    fn at_once(
        &self,
        glance: impl FnOnce(&Protection) -> Glance<K, V>,
    ) -> Option<Option<Ref<'_, K, V>>> {
        let guard = enter().or_else(enter_again)?;
        let Glance::Answer(found) = glance(&guard) else {
            return None;
        };
        // SAFETY: found under `guard`, in `self`.
        Some(found.map(|found| unsafe { Ref::light(found, guard) }))
    }

    /// The same of a removal: an empty map needs no pin.
    #[inline(always)]
    fn removed_at_once(
        &self,
        glance: impl FnOnce(&Protection) -> Glance<K, V>,
    ) -> Option<Option<Ref<'_, K, V>>> {
        if self.is_unpublished() {
            return Some(None);
        }
        self.at_once(glance)
    }

    /// [`one_load`](Self::one_load) where no light pin has the answer at once: within
    /// another read, on a thread that should look after what is waiting, where there are
    /// no light pins, or because `dirty` has to be asked.
    #[inline(never)]
    fn one_load_slow<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return None;
        }
        if let Some(guard) = enter_again() {
            if let Glance::Answer(found) = self.glance(hash, key, &guard) {
                // SAFETY: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        let guard = pin();
        if let Glance::Answer(found) = self.glance(hash, key, &guard) {
            guard.collect_if_due();
            // SAFETY: found under `guard`, in `self`.
            return found.map(|found| unsafe { Ref::new(found, guard) });
        }
        let guard = self.guard_of(guard);
        let found = self.load_quietly(hash, key, &guard).map(Detached::from);
        guard.collect_if_due();
        // SAFETY: found under `guard`, in `self`.
        found.map(|found| unsafe { Ref::new(found, guard.into_guard()) })
    }

    /// Load, as far as the current snapshot has a value.
    #[inline]
    pub(crate) fn one_glance<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.at_once(|guard| self.glance(hash, key, guard))
            .flatten()
    }

    /// LoadAndDelete, under a pin of its own.
    #[inline]
    pub(crate) fn one_delete<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.removed_at_once(|guard| self.delete_at_once(hash, key, guard)) {
            Some(answer) => answer,
            None => self.one_write(|map, guard| map.delete(hash, key, guard)),
        }
    }

    /// CompareAndDelete, under a pin of its own.
    #[inline]
    pub(crate) fn one_compare_and_delete<Q>(
        &self,
        key: &Q,
        mut wanted: impl FnMut(&K, &V) -> bool,
    ) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self
            .removed_at_once(|guard| self.compare_and_delete_at_once(hash, key, &mut wanted, guard))
        {
            Some(answer) => answer,
            None => self.one_write(|map, guard| map.delete_if(hash, key, wanted, guard)),
        }
    }

    /// Runs one write under a pin of its own, and then collects, if that is due.
    pub(crate) fn one_write<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Option<Ref<'m, K, V>> {
        let guard = self.guard();
        let found = op(self, &guard).map(Detached::from);
        guard.collect_if_due();
        // SAFETY: found under `guard`, in `self`.
        found.map(|found| unsafe { Ref::new(found, guard.into_guard()) })
    }

    /// [`one_write`](Self::one_write) of something that may find its key
    /// occupied.
    pub(crate) fn one_insertion<'m, W>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Insertion<Found<'g, K, V>, K, W>,
    ) -> Insertion<Ref<'m, K, V>, K, W> {
        let guard = self.guard();
        let outcome = match op(self, &guard) {
            Ok(found) => Ok(Detached::from(found)),
            Err(refused) => Err(refused.map(Detached::from)),
        };
        guard.collect_if_due();
        // SAFETY: found under `guard`, in `self`.
        let attach = |found| unsafe { Ref::new(found, guard.into_guard()) };
        match outcome {
            Ok(found) => Ok(attach(found)),
            Err(refused) => Err(refused.map(attach)),
        }
    }

    /// [`one_write`](Self::one_write) of something that may find another value
    /// than it expects.
    pub(crate) fn one_exchange<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Exchange<Found<'g, K, V>, V>,
    ) -> Exchange<Ref<'m, K, V>, V> {
        let guard = self.guard();
        let outcome = match op(self, &guard) {
            Ok(found) => Ok(Detached::from(found)),
            Err(refused) => Err(refused.map(Detached::from)),
        };
        guard.collect_if_due();
        // SAFETY: found under `guard`, in `self`.
        let attach = |found| unsafe { Ref::new(found, guard.into_guard()) };
        match outcome {
            Ok(found) => Ok(attach(found)),
            Err(refused) => Err(refused.map(attach)),
        }
    }

    /// [`one_write`](Self::one_write) of something that may hand out two values.
    pub(crate) fn one_compute<'m, T>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Compute<Found<'g, K, V>, T>,
    ) -> Compute<Ref<'m, K, V>, T> {
        // Two pins from the start. One pinned afterwards would protect the old
        // value only if it shared the first one's slot, which it does not where
        // the thread's own slot is gone (in a thread-local's destructor).
        let (guard, other) = (self.guard(), pin());
        let outcome = op(self, &guard).map(Detached::from);
        guard.collect_if_due();
        let (mut guard, mut other) = (Some(guard.into_guard()), Some(other));
        outcome.map(|found| {
            let pinned = guard.take().or_else(|| other.take()).unwrap_or_else(pin);
            // SAFETY: both were pinned before the values were found, in `self`,
            // and there are no more than two values.
            unsafe { Ref::new(found, pinned) }
        })
    }
}
