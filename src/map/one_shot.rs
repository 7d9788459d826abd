//! One-shot calls: each takes a pin of its own. The pin goes into the [`Ref`] that the call
//! gives back.
//!
//! Look-ups, removals and `try_insert` begin with a light pin. It is enough if the snapshot
//! whose address the map has is current and has the answer. Otherwise they take a full pin
//! and go on in `operations.rs`. All other calls, `insert` among them, take a full pin from
//! the start ([`once`](SyncMap::once)).

use super::{KeyFor, MapGuard, SyncMap, own_writes};
use crate::entry::{Found, Slot};
use crate::outcome::{Compute, Exchange, Insertion, Outcome, Removal, Tried};
use crate::read_only::Look;
use crate::reclaim::{Guard, Protection, enter, enter_again, pin};
use crate::refs::{Detached, Ref};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::ops::Deref;

impl<K, V, S> SyncMap<K, V, S> {
    /// Load.
    // Always inlined: the result is three words, which a call would pass through memory.
    #[inline(always)]
    pub(crate) fn load_once<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        if let Some(guard) = enter() {
            if let Some(found) = self.load_from_snapshot(hash, key, &guard) {
                // SAFETY: M6: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        self.load_once_slow(hash, key)
    }

    /// Load, of a key that is hashed already.
    #[inline]
    pub(crate) fn load_hashed_once<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if let Some(guard) = enter() {
            if let Some(found) = self.load_from_snapshot(hash, key, &guard) {
                // SAFETY: M6: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        self.load_once_slow(hash, key)
    }

    /// The slow path of [`load_once`](Self::load_once). It runs if this thread has a light pin
    /// already, has no record, or has no credit left, and if the snapshot has no answer.
    #[inline(never)]
    fn load_once_slow<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return None;
        }
        if let Some(guard) = enter_again() {
            if let Some(found) = self.load_from_snapshot(hash, key, &guard) {
                // SAFETY: M6: found under `guard`, in `self`.
                return found.map(|found| unsafe { Ref::light(found, guard) });
            }
        }
        let guard = pin();
        if let Some(found) = self.load_from_snapshot(hash, key, &guard) {
            guard.collect_if_due();
            // SAFETY: M6: found under `guard`, in `self`.
            return found.map(|found| unsafe { Ref::new(found, guard) });
        }
        self.once_under(guard, |map, guard| {
            map.load_quietly(hash, key, guard).map(Detached::from)
        })
    }

    /// Load, if a light pin is enough and the current snapshot has a value. None: take the
    /// slow path.
    #[inline]
    pub(crate) fn load_lightly<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let guard = enter().or_else(enter_again)?;
        let found = self.load_from_snapshot(hash, key, &guard)??;
        // SAFETY: M6: found under `guard`, in `self`.
        Some(unsafe { Ref::light(found, guard) })
    }

    /// Load, if the current snapshot has the answer. None: take the slow path. What is found
    /// stays valid as long as the guard.
    #[inline(always)]
    fn load_from_snapshot<Q, G>(
        &self,
        hash: usize,
        key: &Q,
        guard: &G,
    ) -> Option<Option<Detached<K, V>>>
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
        let hash = self.hash_of(key);
        match self.take_at_once(hash, key, |slot| slot.take_if(|_| true)) {
            Some(answer) => answer,
            None => self.once(|map, guard| map.delete_hashed(hash, key, guard)),
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
        let hash = self.hash_of(key);
        match self.take_at_once(hash, key, |slot| own_writes::take_if(slot, &mut wanted)) {
            Some(answer) => {
                // Dropped here, while `answer` is still ours: `OccupiedError::into_current`.
                drop(wanted);
                answer
            }
            None => self.once(|map, guard| map.delete_hashed_if(hash, key, wanted, guard)),
        }
    }

    /// A removal by `take`, if the current snapshot has the key, or says that it is absent.
    /// None: take the slow path.
    ///
    /// A value is retired under a full pin, which the call takes only if it finds a value. The
    /// full pin comes after the entry was found. So the light pin protects the entry, not the
    /// full one.
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
        // SAFETY: M6: found under `guard`, in `self`.
        Some(taken.map(|taken| unsafe { Ref::light(taken, guard) }))
    }

    /// What the current snapshot says of the key. `AskDirty`: take the slow path. So it is too
    /// if the snapshot whose address the map has is superseded, or if there is none.
    #[inline(always)]
    fn look<'g, Q, G>(&'g self, hash: usize, key: &Q, guard: &'g G) -> Look<'g, K, V, G>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        let Some((seen, state)) = self.read.hinted(guard) else {
            return Look::AskDirty;
        };
        // SAFETY: M1, M2: the snapshot was seen under `guard`.
        let read = unsafe { seen.under(guard) };
        read.look(state, hash, key, guard)
    }

    /// LoadOrStore by a borrowed key, which is hashed already.
    pub(crate) fn load_or_try_store_once<Q, E>(
        &self,
        hash: usize,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E>
    where
        Q: Equivalent<K> + ?Sized,
        K: Hash + Eq,
        S: BuildHasher,
    {
        if let Some(current) = self.load_lightly(hash, key) {
            // Dropped here, while `current` is still ours: `OccupiedError::into_current`.
            drop((make_key, make));
            return Ok(current);
        }
        let key = KeyFor::lent(hash, key, make_key);
        self.try_once(|map, guard| map.load_or_try_store(key, make, guard))
    }

    /// Runs one operation under a full pin of its own, and then collects if that is due:
    /// `insert`, `update`, and removals on their slow path.
    pub(crate) fn once<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Option<Found<'g, K, V>>,
    ) -> Option<Ref<'m, K, V>> {
        self.once_under(pin(), |map, guard| op(map, guard).map(Detached::from))
    }

    /// As [`once`](Self::once), for an operation that may find its key occupied.
    pub(crate) fn try_insert_once<'m, W>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Insertion<Found<'g, K, V>, K, W>,
    ) -> Insertion<Ref<'m, K, V>, K, W> {
        self.once_under(pin(), |map, guard| op(map, guard).hand_out(Detached::from))
    }

    /// As [`once`](Self::once), for an operation that may find another value than the one
    /// it expects.
    pub(crate) fn exchange_once<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Exchange<Found<'g, K, V>, V>,
    ) -> Exchange<Ref<'m, K, V>, V> {
        self.once_under(pin(), |map, guard| op(map, guard).hand_out(Detached::from))
    }

    /// As [`once`](Self::once), for an operation that ends with a value, unless code of the
    /// user's fails.
    pub(crate) fn try_once<'m, E>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Result<Found<'g, K, V>, E>,
    ) -> Result<Ref<'m, K, V>, E> {
        let op = |map: &_, guard: &_| Tried(op(map, guard)).hand_out(Detached::from);
        self.once_under(pin(), op).0
    }

    /// As [`once`](Self::once), for a removal that says why it removed nothing.
    pub(crate) fn try_delete_once<'m>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Removal<Found<'g, K, V>>,
    ) -> Removal<Ref<'m, K, V>> {
        self.once_under(pin(), |map, guard| op(map, guard).hand_out(Detached::from))
    }

    /// Runs one operation under a pin that the caller has. What `op` gives back was found
    /// under the guard that it gets.
    #[inline]
    fn once_under<'m, D: Outcome<Detached<K, V>>>(
        &'m self,
        pin: Guard,
        op: impl FnOnce(&Self, &MapGuard<'m, K, V>) -> D,
    ) -> D::With<Ref<'m, K, V>> {
        let guard = self.guard_of(pin);
        let outcome = op(self, &guard);
        guard.collect_if_due();
        // SAFETY: M6: found under `guard`, in `self`.
        outcome.hand_out(|found| unsafe { Ref::new(found, guard.into_guard()) })
    }

    /// As [`once`](Self::once), for an operation that may hand out two values.
    pub(crate) fn compute_once<'m, T>(
        &'m self,
        op: impl for<'g> FnOnce(&'g Self, &'g MapGuard<'m, K, V>) -> Compute<Found<'g, K, V>, T>,
    ) -> Compute<Ref<'m, K, V>, T> {
        // M1: two pins from the start. A pin that was taken afterwards would protect the old
        // value only if it shared the participant of the first one. It does not where the
        // thread's own participant is gone, in the destructor of a thread-local.
        let (guard, other) = (self.map_guard(), pin());
        let outcome = op(self, &guard).map(Detached::from);
        guard.collect_if_due();
        let (mut guard, mut other) = (Some(guard.into_guard()), Some(other));
        outcome.map(|found| {
            let pinned = guard.take().or_else(|| other.take()).unwrap_or_else(pin);
            // SAFETY: M1, M6: both were pinned before the values were found, in `self`.
            // There are no more than two values, and each gets a pin of its own.
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
