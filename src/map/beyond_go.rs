//! Operations that Go's map does not have.

use super::locate::Purpose;
use super::operations::Round;
use super::own_writes::{self, OwnWrites};
use super::{MapGuard, SyncMap};
use crate::entry::{Found, Replace};
use crate::garbage::Garbage;
use crate::outcome::{Compute, Insertion, OccupiedError, Operation};
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
        let mut mu = self.lock_map();
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
            if read.count.get() < read.table().len() || read.table().is_sparse() {
                mu.build(Some(read));
                newer = self.promote_locked(&mut mu, read);
            }
        }
        drop(mu);
        let purged = older.entries.len() + newer.entries.len();
        older.retire(guard);
        newer.retire(guard);
        purged
    }
}
