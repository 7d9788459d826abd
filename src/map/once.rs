//! Calls that, as a rule, need nothing but the current snapshot and a light pin.
//!
//! The rest, when that is no longer the current one or `dirty` has to be asked, is
//! that of the operations in `map.rs`.

use super::{Answer, Found, Located, SyncMap};
use crate::entry::Entry;
use crate::sync::{Guard, Protection, pin};
use equivalent::Equivalent;
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
    /// What the current snapshot says of the key, if it is at hand.
    #[inline(always)]
    fn look<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g Protection,
    ) -> Option<Answer<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let (seen, state) = self.read.hinted(guard)?;
        // SAFETY: M1, M2: it was seen under `guard`.
        let read = unsafe { seen.under(guard) };
        Some(Answer::of((read, state), hash, key, guard))
    }

    /// Load, as far as the current snapshot has the answer. What is found is good for as
    /// long as the guard.
    #[inline(always)]
    pub(crate) fn glance<Q>(&self, hash: usize, key: &Q, guard: &Protection) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        match self.look(hash, key, guard) {
            Some(Answer::Known(located)) => Glance::Answer(located.load(guard).map(Detached::from)),
            Some(Answer::Absent) => Glance::Answer(None),
            Some(Answer::Unknown) | None => Glance::Unknown,
        }
    }

    /// A removal, as far as the current snapshot has the key, or knows that it is absent.
    /// What was taken out is good for as long as the guard.
    ///
    /// To retire it takes a pin of the epoch, which is taken only if there is something to
    /// take out. That pin is younger than what was found, and protects nothing.
    #[inline]
    fn take_at_once<Q>(
        &self,
        hash: usize,
        key: &Q,
        guard: &Protection,
        take: impl for<'g> FnOnce(&Located<'g, K, V>, &'g Guard) -> Option<Found<'g, K, V>>,
    ) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        match self.look(hash, key, guard) {
            Some(Answer::Known(located)) if located.load(guard).is_some() => {
                let retiring = pin();
                let taken = take(&located, &retiring).map(Detached::from);
                retiring.collect_if_due();
                Glance::Answer(taken)
            }
            Some(Answer::Known(_) | Answer::Absent) => Glance::Answer(None),
            Some(Answer::Unknown) | None => Glance::Unknown,
        }
    }

    /// LoadAndDelete, at once.
    #[inline]
    pub(crate) fn delete_at_once<Q>(&self, hash: usize, key: &Q, guard: &Protection) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.take_at_once(hash, key, guard, |located, retiring| located.take(retiring))
    }

    /// CompareAndDelete, at once.
    #[inline]
    pub(crate) fn compare_and_delete_at_once<Q>(
        &self,
        hash: usize,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &Protection,
    ) -> Glance<K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.take_at_once(hash, key, guard, |located, retiring| {
            located.take_if(wanted, retiring)
        })
    }
}
