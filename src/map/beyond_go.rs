//! Operations that Go's map does not have.

use super::locate::Purpose;
use super::operations::Round;
use super::own_writes::{self, OwnWrites};
use super::{MapGuard, SyncMap};
use crate::entry::{Found, OwnedEntries, Replace, Slot};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::outcome::{Compute, Insertion, OccupiedError, Operation, Removal, RemoveIfError};
use crate::sync::MutexGuard;
use crate::sync::story::Change;
use equivalent::Equivalent;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hash};

/// The key of an operation that may insert it.
pub(crate) enum KeyFor<'q, Q: ?Sized, K, F> {
    /// Borrowed. `make` makes the key that is inserted, with no lock held.
    Lent { hash: usize, key: &'q Q, make: F },
    /// The operation's own. Never inserted so far.
    Own { hash: usize, key: K },
}

impl<K> KeyFor<'_, K, K, fn() -> K> {
    /// A key that the caller has given away.
    pub(crate) fn own(hash: usize, key: K) -> Self {
        Self::Own { hash, key }
    }
}

impl<'q, Q, K, F> KeyFor<'q, Q, K, F>
where
    Q: Equivalent<K> + ?Sized,
    K: Hash + Eq,
    F: FnOnce() -> K,
{
    /// A key that the caller keeps.
    pub(crate) fn lent(hash: usize, key: &'q Q, make: F) -> Self {
        Self::Lent { hash, key, make }
    }

    /// The entry of the key.
    ///
    /// Once a key was made, that key is looked for, also if it is not equal to the borrowed
    /// one. Otherwise an operation would never end if another entry has the made key: it
    /// would find the borrowed key absent, and the made key present, again and again.
    fn locate<'g, V, S>(
        &self,
        map: &'g SyncMap<K, V, S>,
        purpose: Purpose,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>> {
        match self {
            Self::Lent { hash, key, .. } => map.locate(*hash, *key, purpose, guard),
            Self::Own { hash, key } => map.locate(*hash, key, purpose, guard),
        }
    }

    /// The key that is to be inserted, with its own hash: `make` may make any key.
    fn made<V, S: BuildHasher>(self, map: &SyncMap<K, V, S>) -> (usize, K) {
        match self {
            Self::Lent { make, .. } => {
                let key = make();
                (map.hash_of(&key), key)
            }
            Self::Own { hash, key } => (hash, key),
        }
    }
}

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
                    // Dropped here, while `key` is still ours: `OccupiedError::into_current`.
                    drop(make);
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

    /// Not in Go: LoadOrStore, by a key that may be borrowed, of a value that `make` makes.
    /// Calls `make` at most once, and with no lock held. An error of `make` ends the call.
    pub(crate) fn load_or_try_store<'g, Q, F, E>(
        &'g self,
        key: KeyFor<'_, Q, K, F>,
        make: impl FnOnce() -> Result<V, E>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Result<Found<'g, K, V>, E>
    where
        Q: Equivalent<K> + ?Sized,
        K: Hash + Eq,
        F: FnOnce() -> K,
        S: BuildHasher,
    {
        // As for LoadOrStore: an absent key counts no miss.
        let slot = key.locate(self, Purpose::CompareAndSwap, guard);
        if let Some(found) = slot.and_then(Slot::load) {
            return Ok(found);
        }
        let mut value = Some(make()?);
        let (hash, key) = key.made(self);
        match self.try_load_or_store(hash, key, &mut value, guard) {
            Round::Stored(found) | Round::Loaded(found, _) => Ok(found),
            Round::Vacant(_) => unreachable!("there is a value to put in"),
        }
    }

    /// Not in Go: Load, and CompareAndSwap of the value with what `f` makes of it. If the key
    /// is absent, LoadOrStore of what `make` makes. Starts again if another thread changed
    /// the key meanwhile. Calls `make` at most once. Gives back the new value.
    pub(crate) fn update_or_store<'g, Q, F>(
        &'g self,
        key: KeyFor<'_, Q, K, F>,
        mut f: impl FnMut(&V) -> V,
        make: impl FnOnce() -> V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Found<'g, K, V>
    where
        Q: Equivalent<K> + ?Sized,
        K: Hash + Eq,
        F: FnOnce() -> K,
        S: BuildHasher,
    {
        let mut key = key;
        let mut value = None;
        let mut make = Some(make);
        let mut own = OwnWrites::none();
        loop {
            // As for LoadOrStore: an absent key counts no miss.
            let slot = key.locate(self, Purpose::CompareAndSwap, guard);
            if let Some((slot, found)) = slot.and_then(|slot| Some((slot, slot.load()?))) {
                let seen = found.value;
                let new = own.watch(slot.entry(), || f(seen));
                let same = |value: &V| std::ptr::eq(value, seen);
                if let Replace::Done { new, .. } = slot.replace_if(new, same) {
                    return new;
                }
                continue;
            }
            // A value that was made in an earlier round is still there.
            if let Some(make) = make.take() {
                value = Some(make());
            }
            let (hash, made) = key.made(self);
            match self.try_load_or_store(hash, made, &mut value, guard) {
                Round::Stored(found) => return found,
                Round::Loaded(_, made) | Round::Vacant(made) => {
                    key = KeyFor::Own { hash, key: made };
                }
            }
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
    pub(crate) fn load_and_compute<'g, Q, F, T>(
        &'g self,
        key: KeyFor<'_, Q, K, F>,
        mut f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Compute<Found<'g, K, V>, T>
    where
        Q: Equivalent<K> + ?Sized,
        K: Hash + Eq,
        F: FnOnce() -> K,
        S: BuildHasher,
    {
        let mut key = key;
        let mut own = OwnWrites::none();
        loop {
            let slot = key.locate(self, Purpose::Load, guard);
            let seen = slot.and_then(|slot| Some((slot, slot.load()?)));
            let Some((slot, Found { entry, value: seen })) = seen else {
                match f(None) {
                    Operation::Insert(value) => {
                        let mut value = Some(value);
                        let (hash, made) = key.made(self);
                        match self.try_load_or_store(hash, made, &mut value, guard) {
                            Round::Stored(found) => return Compute::Inserted(found),
                            Round::Loaded(_, made) | Round::Vacant(made) => {
                                key = KeyFor::Own { hash, key: made };
                            }
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

    /// Not in Go: Load, and CompareAndSwap of the value with what `f` makes of it, or
    /// CompareAndDelete if it makes nothing of it.
    pub(crate) fn update_or_delete<'g, Q>(
        &'g self,
        key: &Q,
        mut f: impl FnMut(&V) -> Option<V>,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Compute<Found<'g, K, V>, Infallible>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        K: Hash + Eq,
        S: BuildHasher,
    {
        let make = || unreachable!("no absent key is inserted");
        let key = KeyFor::lent(self.hash_of(key), key, make);
        let f = |seen: Option<(&K, &V)>| match seen.and_then(|(_, value)| f(value)) {
            Some(new) => Operation::Insert(new),
            None => Operation::Remove,
        };
        self.load_and_compute(key, f, guard)
    }

    /// Not in Go: CompareAndDelete that says why it deleted nothing.
    pub(crate) fn try_delete_if<'g, Q>(
        &'g self,
        key: &Q,
        mut wanted: impl FnMut(&K, &V) -> bool,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Removal<Found<'g, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        S: BuildHasher,
    {
        let hash = self.hash_of(key);
        let Some(slot) = self.locate(hash, key, Purpose::Load, guard) else {
            return Err(RemoveIfError { current: None });
        };
        let entry = slot.entry();
        let mut own = OwnWrites::none();
        let mut refused = None;
        let taken = slot.take_if(|value| {
            let wanted = own.watch(entry, || wanted(entry.key(), value));
            if !wanted {
                refused = Some(Found { entry, value });
            }
            wanted
        });
        // `take_if` ends with the first refusal. Without one, it ends at the absent value.
        taken.ok_or(RemoveIfError { current: refused })
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
    pub(crate) fn purge_tombstones(&self, guard: &MapGuard<'_, K, V>) -> usize {
        self.purge_locked(self.lock_map(), false, guard)
    }

    /// Not in Go: [`purge_tombstones`](Self::purge_tombstones), and gives back all room
    /// that no key needs.
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
                // Fewer than the keys (I6): a miss that was counted would have promoted these.
                mu.misses = mu.misses.min(dirty.len().saturating_sub(1));
                mu.tell(Change::Removed);
                // SAFETY: the entry is in no table any more. `&mut self`: no guard is left under
                // which it was found.
                drop(unsafe { OwnedEntries::new(vec![entry]) });
            }
        }
        value
    }
}
