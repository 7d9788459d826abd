//! Calls with a pin of their own that, as a rule, need nothing but the current
//! snapshot.
//!
//! The rest, when that is no longer the current one or `dirty` has to be asked, is
//! that of the operations in `map.rs`.

use super::{Answer, Found, Located, MapGuard, SyncMap};
use crate::entry::Entry;
use crate::sync::{Guard, Protection};
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

/// What a call may end with at once.
pub(crate) enum Glance<K, V> {
    /// The current snapshot answered.
    Answer(Option<Detached<K, V>>),
    /// It did not.
    Unknown,
}

/// What a removal may end with at once.
enum Peeked<'m, K, V> {
    /// The current snapshot answered.
    Answer(Option<(Detached<K, V>, Guard)>),
    /// It did not; the pin, and the rest of the way.
    Slow(MapGuard<'m, K, V>),
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Load, as far as the current snapshot has the answer. What is found is good for as
    /// long as the guard.
    #[inline(always)]
    pub(crate) fn glance<Q>(&self, hash: usize, key: &Q, guard: &Protection) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let Some((seen, state)) = self.read.hinted(guard) else {
            return Glance::Unknown;
        };
        // SAFETY: M1, M2: it was seen under `guard`.
        let read = unsafe { seen.under(guard) };
        match Answer::of((read, state), hash, key, guard) {
            Answer::Known(located) => Glance::Answer(located.load(guard).map(Detached::from)),
            Answer::Absent => Glance::Answer(None),
            Answer::Unknown => Glance::Unknown,
        }
    }

    /// Asks the current snapshot, under a pin of its own, and does `at_once` to the
    /// entry, if it is there.
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
        if self.is_unpublished() {
            return Peeked::Answer(None);
        }
        let guard = self.guard();
        let Some(seen) = guard.still_current() else {
            return Peeked::Slow(guard);
        };
        match Answer::of(seen, hash, key, &guard) {
            Answer::Known(located) => {
                if let Some(found) = at_once(&located, &guard).map(Detached::from) {
                    return Peeked::Answer(Some((found, guard.into_guard())));
                }
            }
            Answer::Absent => {}
            Answer::Unknown => return Peeked::Slow(guard),
        }
        // The caller has no pin to do it with.
        guard.collect_if_due();
        Peeked::Answer(None)
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
