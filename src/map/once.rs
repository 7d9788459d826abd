//! Calls that, as a rule, need nothing but the current snapshot and a light pin.
//!
//! The rest, when that is no longer the current one or `dirty` has to be asked, is
//! that of the operations in `map.rs`.

use super::{SyncMap, own_writes};
use crate::entry::{Entry, Found, Slot};
use crate::read_only::Look;
use crate::sync::{Protection, pin};
use equivalent::Equivalent;
use std::ops::Deref;
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

impl<K, V, S> SyncMap<K, V, S> {
    /// What the current snapshot says of the key. If it is not at hand, the long way has to
    /// be taken, as for `dirty`.
    #[inline(always)]
    fn look<'g, Q, G>(&'g self, hash: usize, key: &Q, guard: &'g G) -> Look<'g, K, V, G>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        let Some((seen, state)) = self.read.hinted(guard) else {
            return Look::AskDirty;
        };
        // SAFETY: M1, M2: it was seen under `guard`.
        let read = unsafe { seen.under(guard) };
        read.look(state, hash, key, guard)
    }

    /// Load, as far as the current snapshot has the answer. What is found is good for as
    /// long as the guard.
    #[inline(always)]
    pub(crate) fn glance<Q, G>(&self, hash: usize, key: &Q, guard: &G) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        match self.look(hash, key, guard) {
            Look::Here(slot) => Glance::Answer(slot.load().map(Detached::from)),
            Look::Absent => Glance::Answer(None),
            Look::AskDirty => Glance::Unknown,
        }
    }

    /// A removal, as far as the current snapshot has the key, or knows that it is absent.
    /// What was taken out is good for as long as the guard.
    ///
    /// To retire it takes a pin of the epoch, which is taken only if there is something to
    /// take out. That pin is younger than what was found, and protects nothing.
    #[inline]
    fn take_at_once<Q, G>(
        &self,
        hash: usize,
        key: &Q,
        guard: &G,
        take: impl for<'g> FnOnce(Slot<'g, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        match self.look(hash, key, guard) {
            Look::Here(slot) if slot.load().is_some() => {
                let retiring = pin();
                let taken = take(slot.retiring(&retiring)).map(Detached::from);
                retiring.collect_if_due();
                Glance::Answer(taken)
            }
            Look::Here(_) | Look::Absent => Glance::Answer(None),
            Look::AskDirty => Glance::Unknown,
        }
    }

    /// LoadAndDelete, at once.
    #[inline]
    pub(crate) fn delete_at_once<Q, G>(&self, hash: usize, key: &Q, guard: &G) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        self.take_at_once(hash, key, guard, |slot| slot.take_if(|_| true))
    }

    /// CompareAndDelete, at once.
    #[inline]
    pub(crate) fn compare_and_delete_at_once<Q, G>(
        &self,
        hash: usize,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &G,
    ) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        self.take_at_once(hash, key, guard, |slot| own_writes::take_if(slot, wanted))
    }
}
