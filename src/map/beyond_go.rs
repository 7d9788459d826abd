//! Operations that Go's map does not have.

use super::locate::Purpose;
use super::operations::Round;
use super::own_writes::{self, OwnWrites};
use super::{MapGuard, SyncMap};
use crate::entry::{Found, OwnedEntries, Replace};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::outcome::{Compute, Insertion, OccupiedError, Operation};
use crate::sync::MutexGuard;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> SyncMap<K, V, S> {
    /// LoadOrStore of a value that `make` makes only if it is needed, with no lock held.
    pub(crate) fn go_load_or_store_with<'g>(
        &'g self,
        hash: usize,
        key: K,
        make: impl FnOnce() -> V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Insertion<Found<'g, K, V>, K, Option<V>>
    where
        K: Eq,
    {
        let mut key = key;
        let mut value = None;
        let mut make = Some(make);
        loop {
            match self.try_load_or_store(hash, key, &mut value, guard) {
                Round::Stored(found) => return Ok(found),
                Round::Loaded(current, key) => {
                    return Err(OccupiedError {
                        current,
                        key,
                        value,
                    });
                }
                // At most once: a round that has a value does not end so.
                Round::Vacant(back) => key = back,
            }
            value = make.take().map(|make| make());
        }
    }

    /// Not in Go: Load, and CompareAndSwap of the value with what `f` makes of it. Starts
    /// again if another thread changed the value meanwhile. Gives back the new value.
    pub(crate) fn load_and_update<'g, Q>(
        &'g self,
        key: &Q,
        mut f: impl FnMut(&V) -> V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        let slot = self.locate(hash, key, Purpose::Load, guard)?;
        let mut own = OwnWrites::none();
        loop {
            let seen = slot.load()?.value;
            let new = own.watch(slot.entry(), || f(seen));
            // By address. There is no ABA: `guard` keeps the memory of `seen` from reuse.
            let same = |value: &V| std::ptr::eq(value, seen);
            if let Replace::Done { new, .. } = slot.replace_if(new, same) {
                return Some(new);
            }
        }
    }

    /// Not in Go: does what `f` decides about the key, present or absent. Asks `f` again if
    /// another thread changed the key meanwhile.
    pub(crate) fn load_and_compute<'g, T>(
        &'g self,
        key: K,
        mut f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Compute<Found<'g, K, V>, T>
    where
        K: Hash + Eq,
        S: BuildHasher,
    {
        let hash = self.hash_of(&key);
        let mut key = key;
        let mut own = OwnWrites::none();
        loop {
            let slot = self.locate(hash, &key, Purpose::Load, guard);
            let seen = slot.and_then(|slot| Some((slot, slot.load()?)));
            let Some((slot, Found { entry, value: seen })) = seen else {
                match f(None) {
                    Operation::Insert(value) => {
                        let mut value = Some(value);
                        match self.try_load_or_store(hash, key, &mut value, guard) {
                            Round::Stored(found) => return Compute::Inserted(found),
                            Round::Loaded(_, back) | Round::Vacant(back) => key = back,
                        }
                    }
                    Operation::Remove => return Compute::Removed(None),
                    Operation::Abort(reason) => return Compute::Aborted(reason),
                }
                continue;
            };
            let same = |value: &V| std::ptr::eq(value, seen);
            match own.watch(entry, || f(Some((entry.key(), seen)))) {
                Operation::Insert(new) => {
                    if let Replace::Done { old, new } = slot.replace_if(new, same) {
                        return Compute::Updated { old, new };
                    }
                }
                Operation::Remove => {
                    if let Some(old) = slot.take_if(same) {
                        return Compute::Removed(Some(old));
                    }
                }
                Operation::Abort(reason) => return Compute::Aborted(reason),
            }
        }
    }

    /// Not in Go: Range, and CompareAndDelete of each entry. Shows `gone` each key that it
    /// deleted.
    pub(crate) fn range_and_delete<'g>(
        &'g self,
        mut wanted: impl FnMut(&K, &V) -> bool,
        mut gone: impl FnMut(&'g K),
        guard: &'g MapGuard<'_, K, V>,
    ) {
        if let Some(read) = self.go_range(guard) {
            for slot in read.slots(guard) {
                if let Some(taken) = own_writes::take_if(slot, &mut wanted) {
                    gone(taken.entry.key());
                }
            }
        }
    }

    /// Not in Go: purges every tombstone now, keys included, rather than at the
    /// promotion after the next new key, and gives back the room of a sparse table.
    /// Returns how many tombstones it purged.
    pub(crate) fn purge(&self, guard: &MapGuard<'_, K, V>) -> usize {
        self.purge_locked(self.lock_map(), false, guard)
    }

    /// Not in Go: [`purge`](Self::purge), and gives back all room that no key needs.
    pub(crate) fn purge_tight(&self, guard: &MapGuard<'_, K, V>) {
        let mut mu = self.lock_map();
        if guard.snapshot().is_none() {
            return mu.forget_room();
        }
        self.purge_locked(mu, true, guard);
    }

    fn purge_locked(
        &self,
        mut mu: MutexGuard<'_, Locked<K, V>>,
        tight: bool,
        guard: &MapGuard<'_, K, V>,
    ) -> usize {
        let Some(read) = guard.snapshot() else {
            return 0;
        };
        // The dirty map first: its promotion drops what the last rebuild expunged. With a
        // dirty map there, `build` below would do nothing, and what was deleted since the
        // last rebuild would stay.
        let mut older = Garbage::none();
        if mu.dirty.is_some() {
            older = self.promote_locked(&mut mu, read);
        }
        let mut newer = Garbage::none();
        if let Some(read) = guard.snapshot() {
            let (keys, table) = (read.count.get(), read.table());
            let is_loose = match tight {
                true => table.is_loose_for(keys),
                false => table.is_sparse(),
            };
            if keys < table.len() || is_loose {
                match tight {
                    true => mu.build_tight(read),
                    false => mu.build(Some(read)),
                }
                newer = self.promote_locked(&mut mu, read);
            }
        }
        if tight {
            mu.forget_room();
        }
        drop(mu);
        let purged = older.entries.len() + newer.entries.len();
        older.retire(guard);
        newer.retire(guard);
        purged
    }

    /// Not in Go: how many keys fit before a table has to grow.
    pub(crate) fn room_and_keys(&self, guard: &MapGuard<'_, K, V>) -> usize {
        self.both(|read, mu| mu.capacity(read), guard)
    }

    /// Not in Go: makes room for so many new keys.
    pub(crate) fn make_room(&self, keys: usize) {
        self.lock_map().make_room(keys);
    }

    /// LoadAndDelete, of a map that is borrowed exclusively. Takes the value out at once. The
    /// entry stays as a tombstone, unless only `dirty` has it.
    pub(crate) fn delete_exclusively<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        // No snapshot: there is no key.
        let (read, mu) = (self.read.get_mut()?, self.mu.get_mut());
        let entry = mu.dirty.as_ref().unwrap_or(read.table()).find(hash, key)?;
        // SAFETY: `&mut self`: the map is borrowed exclusively, and the entry is in its table.
        let value = unsafe { entry.take_exclusively() };
        if value.is_some() {
            read.count.key_vanished();
        }
        if let Some(dirty) = &mut mu.dirty {
            // SAFETY: M2: the entry is in `dirty`.
            let in_read = unsafe { read.table().has_entry(entry) };
            if !in_read {
                // SAFETY: M2: the entry is in `dirty`.
                unsafe { dirty.remove_entry(entry) };
                // SAFETY: the entry is in no table any more. `&mut self`: no guard is left under
                // which it was found.
                drop(unsafe { OwnedEntries::new(vec![entry]) });
            }
        }
        value
    }
}
