//! Calls with a pin of their own that, as a rule, need nothing but the snapshot
//! that the thread remembers.
//!
//! The rest, when that is no longer the current one or `dirty` has to be asked, is
//! that of the operations in `map.rs`.

use super::{Answer, Found, Located, MapGuard, SyncMap};
use crate::entry::Entry;
use crate::sync::{Guard, SnapshotGuard};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::ptr::NonNull;

/// A [`Found`] without its lifetime, on the way into a [`Ref`](crate::Ref) with its guard.
pub(crate) struct Detached<K, V> {
    pub(crate) entry: NonNull<Entry<K, V>>,
    pub(crate) value: NonNull<V>,
}

impl<K, V> From<Found<'_, K, V>> for Detached<K, V> {
    #[inline]
    fn from(found: Found<'_, K, V>) -> Self {
        Self {
            entry: NonNull::from(found.entry),
            value: NonNull::from(found.value),
        }
    }
}

/// What a call with a pin of its own may end with at once.
enum Peeked<'m, K, V> {
    /// The snapshot that the thread remembers answered.
    Answer(Option<(Detached<K, V>, Guard)>),
    /// It did not; the pin, and the rest of the way.
    Slow(MapGuard<'m, K, V>),
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Asks the snapshot that the thread remembers, under a pin of its own, and
    /// does `at_once` to the entry, if it is there.
    #[inline(always)]
    fn peek<Q>(
        &self,
        hash: usize,
        key: &Q,
        at_once: impl for<'g> FnOnce(&Located<'g, K, V>, &'g Guard) -> Option<Found<'g, K, V>>,
    ) -> Peeked<'_, K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let Some((guard, seen)) = self.read.pin_unless_empty() else {
            return Peeked::Answer(None);
        };
        let Some((seen, state)) = seen else {
            return Peeked::Slow(SnapshotGuard::new(&self.read, guard, None));
        };
        // SAFETY: M1, M2: it was seen under `guard`.
        let read = unsafe { seen.under(&guard) };
        match Answer::of((read, state), hash, key, &guard) {
            Answer::Known(located) => {
                let found = at_once(&located, &guard).map(Detached::from);
                Peeked::Answer(found.map(|found| (found, guard)))
            }
            Answer::Absent => Peeked::Answer(None),
            Answer::Unknown => Peeked::Slow(SnapshotGuard::new(&self.read, guard, Some(seen))),
        }
    }

    /// Load, under a pin of its own: what was found, and that pin.
    #[inline]
    pub(crate) fn load_once<Q>(&self, key: &Q) -> Option<(Detached<K, V>, Guard)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.peek(hash, key, |located, guard| located.load(guard)) {
            Peeked::Answer(answer) => answer,
            Peeked::Slow(guard) => self.load_once_slow(hash, key, guard),
        }
    }

    #[cold]
    fn load_once_slow<Q>(
        &self,
        hash: usize,
        key: &Q,
        guard: MapGuard<'_, K, V>,
    ) -> Option<(Detached<K, V>, Guard)>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let found = Detached::from(self.load_slow(hash, key, &guard)?);
        Some((found, guard.into_guard()))
    }

    /// The end of a removal that took the slow path: what was found, and its pin. One
    /// that found nothing collects here, as the caller has no pin to do it with.
    fn removed_slowly(
        found: Option<Detached<K, V>>,
        guard: MapGuard<'_, K, V>,
    ) -> Option<(Detached<K, V>, Guard)> {
        if found.is_none() {
            guard.collect_if_due();
        }
        Some((found?, guard.into_guard()))
    }

    /// What the snapshot that the thread remembers has for a key, under a pin of
    /// its own. None: it is to be looked for on the long way.
    #[inline]
    pub(crate) fn glance<Q>(&self, hash: usize, key: &Q) -> Option<(Detached<K, V>, Guard)>
    where
        Q: Equivalent<K> + ?Sized,
    {
        match self.peek(hash, key, |located, guard| located.load(guard)) {
            Peeked::Answer(answer) => answer,
            Peeked::Slow(_) => None,
        }
    }

    /// LoadAndDelete, under a pin of its own.
    #[inline]
    pub(crate) fn delete_once<Q>(&self, key: &Q) -> Option<(Detached<K, V>, Guard)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.peek(hash, key, |located, guard| located.take(guard)) {
            Peeked::Answer(answer) => answer,
            Peeked::Slow(guard) => {
                let found = self.delete_slow(hash, key, &guard).map(Detached::from);
                Self::removed_slowly(found, guard)
            }
        }
    }

    /// CompareAndDelete, under a pin of its own.
    #[inline]
    pub(crate) fn compare_and_delete_once<Q>(
        &self,
        key: &Q,
        mut wanted: impl FnMut(&K, &V) -> bool,
    ) -> Option<(Detached<K, V>, Guard)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.peek(hash, key, |located, guard| {
            located.take_if(&mut wanted, guard)
        }) {
            Peeked::Answer(answer) => answer,
            Peeked::Slow(guard) => {
                let found = self.compare_and_delete_slow(hash, key, wanted, &guard);
                let found = found.map(Detached::from);
                Self::removed_slowly(found, guard)
            }
        }
    }
}
