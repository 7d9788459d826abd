//! Go's operations, in Go's order, over the two maps.
//!
//! Every operation here takes a pinned guard (rule M1) and gives back references that live
//! as long as it.

use super::{MapGuard, OwnWrites, SyncMap, own_writes};
use crate::entry::{Found, LoadOrStore, Replace, Slot};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::outcome::{CompareExchangeError, Exchange, Insertion, OccupiedError};
use crate::read_only::{Look, ReadOnly, is_amended};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// What a look-up is for: that decides what it does to the dirty map.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    /// Counts a miss, also if the key is absent.
    Load,
    /// Counts a miss only if the key is in `dirty`.
    CompareAndSwap,
    /// Takes the key out of `dirty`, and counts a miss.
    Delete,
}

/// What one round of LoadOrStore came to.
pub(super) enum Round<'g, K, V> {
    Stored(Found<'g, K, V>),
    Loaded(Found<'g, K, V>, K),
    /// The key is absent, and there is no value to put in.
    Vacant(K),
}

impl<K, V, S> SyncMap<K, V, S> {
    /// The entry of `key` in `read`, or else in `dirty`; and whether `read` has it.
    pub(super) fn known_locked<'g>(
        &'g self,
        mu: &Locked<K, V>,
        read: Option<&'g ReadOnly<K, V>>,
        hash: usize,
        key: &K,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<(Slot<'g, K, V>, bool)>
    where
        K: Eq,
    {
        let read = read?;
        match read.find(hash, key, guard) {
            Some(slot) => Some((slot, true)),
            None => Some((mu.find(hash, key, read, guard)?, false)),
        }
    }

    /// The entry of `key`, wherever it is. A key that `read` lacks costs the
    /// mutex, and a miss.
    #[inline]
    pub(super) fn locate<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        purpose: Purpose,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let (read, state) = guard.current()?;
        match read.look(state, hash, key, guard.pin()) {
            Look::Here(slot) => Some(slot),
            Look::Absent => None,
            Look::AskDirty => self.locate_locked(hash, key, purpose, guard),
        }
    }

    #[cold]
    fn locate_locked<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        purpose: Purpose,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut mu = self.lock();
        // The second look: while we waited for the mutex the dirty map may have
        // been promoted, and then `read` has the key, and this is no miss.
        let read = guard.snapshot()?;
        if let Some(slot) = read.find(hash, key, guard) {
            return Some(slot);
        }
        if !read.is_amended_locked() {
            return None;
        }
        let slot = mu.find(hash, key, read, guard);
        // That `read` lacks the key is the word of the user's `Eq` and `Hash`,
        // and what is retired must not hang on it: an entry that is in `read`
        // all the same gets a tombstone there.
        let is_removed = |slot: &_| purpose == Purpose::Delete && !read.table().has(*slot);
        let removed = slot.filter(is_removed);
        if let Some(slot) = removed {
            mu.remove(slot);
        }
        let mut garbage = Garbage::none();
        let counts = slot.is_some() || purpose != Purpose::CompareAndSwap;
        if counts && mu.miss() {
            garbage = self.promote_locked(&mut mu, read);
        }
        drop(mu);
        garbage.entries.extend(removed.map(Slot::ptr));
        garbage.retire(guard);
        slot
    }

    /// Go: Load.
    #[inline]
    pub(crate) fn load<'g, Q>(
        &'g self,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        match guard.still_current() {
            Some((read, state)) => match read.look(state, hash, key, guard.pin()) {
                Look::Here(slot) => slot.load(),
                Look::Absent => None,
                Look::AskDirty => self.load_locked(hash, key, guard),
            },
            None => self.load_slow(hash, key, guard),
        }
    }

    /// Load, when the snapshot seen last is no longer the current one. Collects at
    /// its end: no other part of the call does.
    #[cold]
    fn load_slow<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let found = self.load_quietly(hash, key, guard);
        guard.collect_if_due();
        found
    }

    /// Load, as a part of a call that collects by itself.
    pub(crate) fn load_quietly<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.locate(hash, key, Purpose::Load, guard)?.load()
    }

    /// Load of a key that `dirty` may have. Collects, as `load_slow` does.
    #[cold]
    fn load_locked<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let slot = self.locate_locked(hash, key, Purpose::Load, guard);
        let found = slot.and_then(Slot::load);
        guard.collect_if_due();
        found
    }

    /// Go: Clear.
    pub(crate) fn clear_all(&self, guard: &MapGuard<'_, K, V>) {
        self.take_all(guard).retire(guard);
    }

    /// Clear, as far as nothing is freed: the caller may hold locks of its own.
    pub(crate) fn take_all(&self, guard: &MapGuard<'_, K, V>) -> Garbage<K, V> {
        let nothing =
            |(read, state): (&ReadOnly<K, V>, _)| read.table().is_empty() && !is_amended(state);
        if guard.current().is_none_or(nothing) {
            return Garbage::none();
        }
        let mut mu = self.lock();
        let read = guard.snapshot();
        let snapshot = self.read.publish(read, None);
        let cleared = mu.clear();
        drop(mu);
        let entries = cleared.entries(read);
        Garbage { snapshot, entries }
    }

    /// Go: LoadOrStore.
    pub(crate) fn load_or_store<'g>(
        &'g self,
        hash: usize,
        key: K,
        value: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Insertion<Found<'g, K, V>, K, V>
    where
        K: Eq,
    {
        let mut value = Some(value);
        match (self.try_load_or_store(hash, key, &mut value, guard), value) {
            (Round::Stored(found), _) => Ok(found),
            (Round::Loaded(current, key), Some(value)) => Err(OccupiedError {
                current,
                key,
                value,
            }),
            _ => unreachable!("a value leaves only to be stored"),
        }
    }

    /// One round of LoadOrStore, with the value that waits to be put in, if there
    /// is one yet.
    pub(super) fn try_load_or_store<'g>(
        &'g self,
        hash: usize,
        key: K,
        value: &mut Option<V>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Round<'g, K, V>
    where
        K: Eq,
    {
        if let Some(read) = guard.snapshot() {
            if let Some(slot) = read.find(hash, &key, guard) {
                match slot.try_load_or_store(value) {
                    LoadOrStore::Loaded(found) => return Round::Loaded(found, key),
                    LoadOrStore::Stored(found) => return Round::Stored(found),
                    LoadOrStore::Vacant => return Round::Vacant(key),
                    LoadOrStore::Expunged => {}
                }
            }
        }
        let mut garbage = Garbage::none();
        let mut mu = self.lock();
        let read = guard.snapshot();
        let round = match self.known_locked(&mu, read, hash, &key, guard) {
            Some((slot, in_read)) => {
                // Without a value at hand a tombstone stays one.
                if in_read && value.is_some() {
                    mu.unexpunge(slot);
                }
                let round = match slot.try_load_or_store(value) {
                    LoadOrStore::Loaded(found) => Round::Loaded(found, key),
                    LoadOrStore::Stored(found) => Round::Stored(found),
                    LoadOrStore::Vacant | LoadOrStore::Expunged => Round::Vacant(key),
                };
                // A key in `dirty` is a miss, once the operation is done with it.
                let missed = !in_read && !matches!(round, Round::Vacant(_));
                if let Some(read) = read.filter(|_| missed && mu.miss()) {
                    garbage = self.promote_locked(&mut mu, read);
                }
                round
            }
            None => match value.take() {
                Some(value) => {
                    let (found, replaced) =
                        self.add_new_locked(&mut mu, read, hash, key, value, guard);
                    garbage = replaced;
                    Round::Stored(found)
                }
                None => Round::Vacant(key),
            },
        };
        drop(mu);
        garbage.retire(guard);
        round
    }

    /// Go: LoadAndDelete, Delete.
    pub(crate) fn load_and_delete<'g, Q>(
        &'g self,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        self.delete(hash, key, guard)
    }

    pub(crate) fn delete<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        // By CAS even if the entry came out of `dirty` a moment ago: another
        // thread may have found it there before, and be removing it too.
        self.locate(hash, key, Purpose::Delete, guard)?
            .take_if(|_| true)
    }

    /// Go: Swap, Store.
    pub(crate) fn swap<'g>(
        &'g self,
        key: K,
        value: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        K: Hash + Eq,
        S: BuildHasher,
    {
        let hash = self.hash(&key);
        let mut value = value;
        if let Some(read) = guard.snapshot() {
            if let Some(slot) = read.find(hash, &key, guard) {
                match slot.try_swap(value) {
                    Ok(old) => return old,
                    Err(back) => value = back,
                }
            }
        }
        let mut garbage = Garbage::none();
        let mut mu = self.lock();
        let read = guard.snapshot();
        let old = match self.known_locked(&mu, read, hash, &key, guard) {
            Some((slot, in_read)) => {
                if in_read {
                    mu.unexpunge(slot);
                }
                slot.swap_locked(value)
            }
            None => {
                (_, garbage) = self.add_new_locked(&mut mu, read, hash, key, value, guard);
                None
            }
        };
        drop(mu);
        garbage.retire(guard);
        old
    }

    /// Go: CompareAndSwap. `wanted` compares; what is there, and `new` back, if
    /// it says no or there is nothing.
    pub(crate) fn compare_and_swap<'g, Q>(
        &'g self,
        key: &Q,
        mut wanted: impl FnMut(&V) -> bool,
        new: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Exchange<Found<'g, K, V>, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash(key);
        let purpose = Purpose::CompareAndSwap;
        let Some(slot) = self.locate(hash, key, purpose, guard) else {
            return Err(CompareExchangeError { current: None, new });
        };
        let mut own = OwnWrites::none();
        let wanted = |value: &V| own.watch(slot.entry(), || wanted(value));
        match slot.replace_if(new, wanted) {
            Replace::Done { old, .. } => Ok(old),
            Replace::Refused { current, value } => Err(CompareExchangeError {
                current,
                new: value,
            }),
        }
    }

    /// Go: CompareAndDelete. `wanted` compares.
    pub(crate) fn compare_and_delete<'g, Q>(
        &'g self,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        self.delete_if(self.hash(key), key, wanted, guard)
    }

    pub(crate) fn delete_if<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        // The key stays in `dirty`: whether it goes is not known before the
        // comparison, and that happens outside the mutex.
        own_writes::take_if(self.locate(hash, key, Purpose::Load, guard)?, wanted)
    }

    /// Go: Range, as far as the callback. A snapshot that has every key that was
    /// present at the start; if new keys wait in `dirty`, that is promoted, as a
    /// walk over all of it pays for that.
    pub(crate) fn range<'g>(&'g self, guard: &'g MapGuard<'_, K, V>) -> Option<&'g ReadOnly<K, V>> {
        let (read, state) = guard.current()?;
        if !is_amended(state) {
            return Some(read);
        }
        let mut mu = self.lock();
        let read = guard.snapshot()?;
        if !read.is_amended_locked() {
            return Some(read);
        }
        let garbage = self.promote_locked(&mut mu, read);
        let read = guard.snapshot();
        drop(mu);
        garbage.retire(guard);
        read
    }
}
