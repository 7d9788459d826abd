//! One-shot calls: each takes a pin of its own, which goes into the [`Ref`] that it gives
//! back.
//!
//! As a rule the current snapshot has the answer, and a light pin is enough. The rest,
//! when that is no longer the current one or `dirty` has to be asked, is that of the
//! operations in `operations.rs`, under a full pin.

use super::{MapGuard, SyncMap, own_writes};
use crate::entry::{Found, Slot};
use crate::outcome::{Compute, Exchange, Insertion};
use crate::read_only::Look;
use crate::reclaim::{Guard, Protection, enter, enter_again, pin};
use crate::refs::{Detached, Ref};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::ops::Deref;

impl<K, V, S> SyncMap<K, V, S> {
    /// Load.
    // Always: the result is three words, and would go through memory.
    #[inline(always)]
    pub(crate) fn load_once<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        if let Some(guard) = enter() {
            if let Some(found) = self.load_at_once(hash, key, &guard) {
                // SAFETY: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        self.load_once_slow(hash, key)
    }

    /// [`load_once`](Self::load_once) where no light pin has the answer at once: within
    /// another read, on a thread that should look after what is waiting, where there are
    /// no light pins, or because `dirty` has to be asked.
    #[inline(never)]
    fn load_once_slow<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return None;
        }
        if let Some(guard) = enter_again() {
            if let Some(found) = self.load_at_once(hash, key, &guard) {
                // SAFETY: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        let guard = pin();
        if let Some(found) = self.load_at_once(hash, key, &guard) {
            guard.collect_if_due();
            // SAFETY: found under `guard`, in `self`.
            return found.map(|found| unsafe { Ref::new(found, guard) });
        }
        self.once_under(guard, |map, guard| map.load_quietly(hash, key, guard))
    }

    /// Load, if the current snapshot has a value. None: it may be elsewhere.
    #[inline]
    pub(crate) fn load_at_hand<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let guard = enter().or_else(enter_again)?;
        let found = self.load_at_once(hash, key, &guard)??;
        // SAFETY: found under `guard`, in `self`.
        Some(unsafe { Ref::light(found, guard) })
    }

    /// Load, as far as the current snapshot has the answer. What is found is good for as
    /// long as the guard.
    #[inline(always)]
    fn load_at_once<Q, G>(&self, hash: usize, key: &Q, guard: &G) -> Option<Option<Detached<K, V>>>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        match self.look(hash, key, guard) {
            Look::Here(slot) => Some(slot.load().map(Detached::from)),
            Look::Absent => Some(None),
            Look::AskDirty => None,
        }
    }

    /// LoadAndDelete.
    #[inline]
    pub(crate) fn delete_once<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.take_at_once(hash, key, |slot| slot.take_if(|_| true)) {
            Some(answer) => answer,
            None => self.once(|map, guard| map.delete(hash, key, guard)),
        }
    }

    /// CompareAndDelete.
    #[inline]
    pub(crate) fn delete_if_once<Q>(
        &self,
        key: &Q,
        mut wanted: impl FnMut(&K, &V) -> bool,
    ) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match self.take_at_once(hash, key, |slot| own_writes::take_if(slot, &mut wanted)) {
            Some(answer) => answer,
            None => self.once(|map, guard| map.delete_if(hash, key, wanted, guard)),
        }
    }

    /// A removal by `take`, as far as the current snapshot has the key, or knows that it
    /// is absent.
    ///
    /// To retire a value takes a pin of the epoch, which is taken only if there is one to
    /// take out. That pin is younger than what was found, and protects nothing: the light
    /// one does.
    #[inline(always)]
    fn take_at_once<Q>(
        &self,
        hash: usize,
        key: &Q,
        take: impl for<'g> FnOnce(Slot<'g, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Option<Option<Ref<'_, K, V>>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return Some(None);
        }
        let guard = enter().or_else(enter_again)?;
        let taken = match self.look(hash, key, &guard) {
            Look::Here(slot) if slot.load().is_some() => take_and_retire(slot, take),
            Look::Here(_) | Look::Absent => None,
            Look::AskDirty => return None,
        };
        // SAFETY: found under `guard`, in `self`.
        Some(taken.map(|taken| unsafe { Ref::light(taken, guard) }))
    }

    /// What the current snapshot says of the key. If it is not at hand, the long way has
    /// to be taken, as for `dirty`.
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

    /// Runs one operation under a pin of its own, and then collects, if that is due.
    pub(crate) fn once<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Option<Ref<'m, K, V>> {
        self.once_under(pin(), op)
    }

    /// The same under a pin that is there already.
    fn once_under<'m>(
        &'m self,
        guard: Guard,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Option<Ref<'m, K, V>> {
        let guard = self.guard_of(guard);
        let found = op(self, &guard).map(Detached::from);
        guard.collect_if_due();
        // SAFETY: found under `guard`, in `self`.
        found.map(|found| unsafe { Ref::new(found, guard.into_guard()) })
    }

    /// [`once`](Self::once) of something that may find its key
    /// occupied.
    pub(crate) fn insert_once<'m, W>(
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

    /// [`once`](Self::once) of something that may find another value
    /// than it expects.
    pub(crate) fn exchange_once<'m>(
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

    /// [`once`](Self::once) of something that may hand out two values.
    pub(crate) fn compute_once<'m, T>(
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

/// Takes the value out by `take`, under a full pin.
#[inline(never)]
fn take_and_retire<'g, K, V, G>(
    slot: Slot<'g, K, V, G>,
    take: impl for<'r> FnOnce(Slot<'r, K, V>) -> Option<Found<'r, K, V>>,
) -> Option<Detached<K, V>> {
    let retiring = pin();
    let taken = take(slot.retiring(&retiring)).map(Detached::from);
    retiring.collect_if_due();
    taken
}
