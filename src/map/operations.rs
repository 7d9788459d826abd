//! Go's operations, in Go's order, over the two maps.
//!
//! Every operation here takes a pinned guard (rule M1). The references that it gives back
//! live as long as the guard.
//!
//! A doc comment begins with Go's name of the operation. A comment `Go: ...` inside one
//! marks a step that differs from Go's `map.go`, and says why.

use super::locate::Purpose;
use super::own_writes::{self, OwnWrites};
use super::{MapGuard, SyncMap};
use crate::entry::{Found, LoadOrStore, Replace, Slot, Taken, Unretired};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::outcome::{CompareExchangeError, Exchange, Insertion, OccupiedError};
use crate::read_only::{Look, ReadOnly, is_amended};
use crate::sync::MutexGuard;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// The outcome of one round of LoadOrStore.
pub(super) enum Round<'g, K, V> {
    Stored(Found<'g, K, V>),
    Loaded(Found<'g, K, V>, K),
    /// The key is absent, and there is no value to put in.
    Vacant(K),
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Go: Load.
    #[inline]
    pub(crate) fn go_load<'g, Q>(
        &'g self,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        // Go: loads `read`, with `amended` as a field. Here the guard remembers the snapshot
        // that it saw last. One load of its state says whether it is current, and whether it
        // is amended.
        match guard.still_current() {
            Some((read, state)) => match read.look(state, hash, key, guard.pin()) {
                Look::Here(slot) => slot.load(),
                Look::Absent => None,
                Look::AskDirty => self.load_locked(hash, key, guard),
            },
            None => self.load_slow(hash, key, guard),
        }
    }

    /// Load, if the guard has seen no snapshot, or one that is no longer current. Collects at
    /// its end, which the fast path does not do.
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

    /// Load, for a caller that collects by itself.
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

    /// Load of a key that `dirty` may have. Collects at its end, as `load_slow` does.
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
        self.take_everything(guard).retire(guard);
    }

    /// Clear, all but the retirement, which is left to the caller. Drops nothing of the
    /// user's, so the caller may hold locks of its own.
    pub(crate) fn take_everything(&self, guard: &MapGuard<'_, K, V>) -> Garbage<K, V> {
        let nothing =
            |(read, state): (&ReadOnly<K, V>, _)| read.table().is_empty() && !is_amended(state);
        // Empty already: no lock and no allocation, as in Go.
        if guard.current().is_none_or(nothing) {
            return Garbage::none();
        }
        let mut mu = self.lock_map();
        let read = guard.snapshot();
        // Go: looks again whether there is something to clear, and publishes an empty snapshot.
        // We publish none, which allocates nothing. To publish none over none changes nothing.
        //
        // A writer that found its entry before still stores to it, without the mutex. Its
        // store is ordered before the clear, and the value goes with the entry.
        let snapshot = self.read.publish(read, None);
        // Go: clears `dirty` in place. We take the table out, since its entries have to be
        // retired after the unlock.
        let cleared = mu.clear();
        drop(mu);
        let entries = cleared.entries(read);
        Garbage { snapshot, entries }
    }

    /// Go: LoadOrStore.
    pub(crate) fn go_load_or_store<'g>(
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

    /// One round of LoadOrStore. `value` is what to put in: none, if it has not been made
    /// yet. Without a value, a round that finds the key absent ends as `Vacant`.
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
                    // To bring the entry back takes the mutex.
                    LoadOrStore::Expunged => {}
                }
            }
        }
        self.store_locked(hash, key, value, self.lock_map(), guard)
    }

    /// The slow path of LoadOrStore, from the lock to the unlock.
    pub(super) fn store_locked<'g>(
        &'g self,
        hash: usize,
        key: K,
        value: &mut Option<V>,
        mu: MutexGuard<'_, Locked<K, V>>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Round<'g, K, V>
    where
        K: Eq,
    {
        let mut garbage = Garbage::none();
        // A local is dropped before `key` is: if `Eq` panics, too, the unlock comes first.
        let mut mu = mu;
        // The second look (T2):
        // 1. writer: finds that `read` lacks the key. Waits for the mutex.
        // 2. reader: holds the mutex, and promotes `dirty`, which has the key. Unlocks.
        // 3. writer: locks. With the old `read` it would take the key for new, and give it a
        //    second entry.
        let read = guard.snapshot();
        let round = match self.known_locked(&mu, read, hash, &key, guard) {
            Some((slot, in_read)) => {
                // `dirty` lacks an expunged entry. The entry goes back in there before it
                // gets a value: else the next promotion would drop it, value included (T3).
                // Without a value to put in, it stays expunged.
                if in_read && value.is_some() {
                    mu.unexpunge(slot);
                }
                let round = match slot.try_load_or_store(value) {
                    LoadOrStore::Loaded(found) => Round::Loaded(found, key),
                    LoadOrStore::Stored(found) => Round::Stored(found),
                    // Expunged: only if there is no value to put in.
                    LoadOrStore::Vacant | LoadOrStore::Expunged => Round::Vacant(key),
                };
                // A key that was found only in `dirty` counts as a miss, as in Go: it takes the
                // slow path until `dirty` is promoted. A `Vacant` round counts no miss, as
                // another round follows.
                let missed = !in_read && !matches!(round, Round::Vacant(_));
                if let Some(read) = read {
                    if missed && mu.miss() {
                        garbage = self.promote_locked(&mut mu, read);
                    }
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
    pub(crate) fn go_load_and_delete<'g, Q>(
        &'g self,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        self.delete_hashed(hash, key, guard)
    }

    /// LoadAndDelete, of a key that is hashed already.
    pub(crate) fn delete_hashed<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        // The value is taken by CAS, also if the entry was just taken out of `dirty` (T11):
        // 1. writer 1, in CompareAndDelete: finds the entry in `dirty`. Unlocks.
        // 2. writer 2, here: takes the entry out of `dirty`. Unlocks.
        // 3. writer 1: takes the value, by CAS.
        // 4. writer 2: finds nil. Without a CAS both would retire the one value.
        self.locate(hash, key, Purpose::Delete, guard)?
            .take_if(|_| true)
    }

    /// LoadAndDelete of a value that the caller owns: it is not retired.
    pub(crate) fn delete_unretired<'g, Q>(
        &'g self,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Unretired<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        self.locate(self.hash_of(key), key, Purpose::Delete, guard)?
            .take_out()
    }

    /// Go: Swap, Store.
    pub(crate) fn go_swap<'g>(
        &'g self,
        key: K,
        value: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        K: Hash + Eq,
        S: BuildHasher,
    {
        let hash = self.hash_of(&key);
        let mut value = value;
        if let Some(read) = guard.snapshot() {
            if let Some(slot) = read.find(hash, &key, guard) {
                match slot.try_swap(value) {
                    Ok(old) => return old,
                    // Expunged. To bring the entry back takes the mutex.
                    Err(back) => value = back,
                }
            }
        }
        let mut garbage = Garbage::none();
        let mut mu = self.lock_map();
        // The second look, as in `try_load_or_store`.
        let read = guard.snapshot();
        let old = match self.known_locked(&mu, read, hash, &key, guard) {
            Some((slot, in_read)) => {
                // If it was expunged, there is a dirty map that lacks it (I3, I4). It goes
                // back in there before it gets a value (T3).
                if in_read {
                    mu.unexpunge(slot);
                }
                // Go counts no miss here, even if only `dirty` has the key. So do we.
                slot.swap_locked(value)
            }
            None => {
                (_, garbage) = self.add_new_locked(&mut mu, read, hash, key, value, guard);
                None
            }
        };
        drop(mu);
        // M5: unlock, then retire.
        garbage.retire(guard);
        old.map(Taken::retire)
    }

    /// Go: CompareAndSwap. `wanted` compares. If it says no, the error has the current value
    /// and `new`. If the key is absent, the error has `new`.
    pub(crate) fn go_compare_and_swap<'g, Q>(
        &'g self,
        key: &Q,
        mut wanted: impl FnMut(&K, &V) -> bool,
        new: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Exchange<Found<'g, K, V>, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        let purpose = Purpose::CompareAndSwap;
        // Go: compares under the mutex if only `dirty` has the key. `wanted` is the user's,
        // so we compare after the unlock (M7). Either way the CAS decides.
        let Some(slot) = self.locate(hash, key, purpose, guard) else {
            return Err(CompareExchangeError { current: None, new });
        };
        // Not in Go: if `wanted` writes to this key in each call, the loop never ends.
        // `OwnWrites` panics instead.
        let mut own = OwnWrites::none();
        let entry = slot.entry();
        let wanted = |value: &V| own.watch(entry, || wanted(entry.key(), value));
        match slot.replace_if(new, wanted) {
            Replace::Done { old, .. } => Ok(old),
            Replace::Refused { current, value } => Err(CompareExchangeError {
                current,
                new: value,
            }),
        }
    }

    /// Go: CompareAndDelete. `wanted` compares.
    pub(crate) fn go_compare_and_delete<'g, Q>(
        &'g self,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        self.delete_hashed_if(self.hash_of(key), key, wanted, guard)
    }

    /// CompareAndDelete, of a key that is hashed already.
    pub(crate) fn delete_hashed_if<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        wanted: impl FnMut(&K, &V) -> bool,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        // The look-up is a Load. It leaves the entry in `dirty`, as the comparison comes after
        // the unlock and may say no (T12). If the value is taken, the entry stays as a
        // tombstone, until a later rebuild leaves it out.
        own_writes::take_if(self.locate(hash, key, Purpose::Load, guard)?, wanted)
    }

    /// Go: Range, up to the calls of the callback. A snapshot that has every key that was
    /// present at the start. None: the map is empty.
    pub(crate) fn go_range<'g>(
        &'g self,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<&'g ReadOnly<K, V>> {
        let (read, state) = guard.current()?;
        if !is_amended(state) {
            return Some(read);
        }
        // `dirty` has keys that `read` lacks, so it is promoted at once. A walk is O(n)
        // already: that pays for the copy that the next new key will cost.
        let mut mu = self.lock_map();
        // None: cleared meanwhile.
        let read = guard.snapshot()?;
        // Promoted meanwhile.
        if !read.is_amended_locked() {
            return Some(read);
        }
        let garbage = self.promote_locked(&mut mu, read);
        // The one that was just published: the mutex is still held.
        let read = guard.snapshot();
        drop(mu);
        garbage.retire(guard);
        read
    }
}
