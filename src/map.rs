//! The algorithm: Go's operations in Go's order, over the two maps.
//!
//! Every operation here takes a pinned guard (rule M1) and gives back references
//! that live as long as it. The public methods are in `one_shot.rs`, which pins
//! for each call (`map/one_shot.rs` has their pins), and `pinned.rs`, which holds a
//! pin; `docs/algorithm.md` tells the story.
//!
//! # Rules that live here
//!
//! Only this file publishes `read`. M2: an entry comes from a snapshot that was
//! loaded under the guard, or from `dirty` under the mutex. M7: under the mutex
//! no code of the user's runs but `Eq`, always before the first change; keys are
//! hashed before the lock, values compared after the unlock, and what is to be
//! dropped goes to the epoch afterwards.

mod known;
mod many;
mod one_shot;
mod own_writes;

pub(crate) use known::Moved;

use crate::entry::{self, EntryPtr, Found, LoadOrStore, OwnedEntries, Replace, Slot};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::outcome::{
    CompareExchangeError, Compute, Exchange, Insertion, OccupiedError, Operation,
};
use crate::read_only::{Look, ReadOnly, is_amended};
use crate::sync::{Arc, CachePadded, Guard, Mutex, MutexGuard};
use crate::sync::{SnapshotGuard, Snapshots, lock_unmetered, pin};
use crate::table::Table;
use equivalent::Equivalent;
use own_writes::OwnWrites;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A concurrent map for registries that are read all the time and written now
/// and then: Go's `sync.Map`, in its read/dirty form.
///
/// Look-ups, overwrites and removals of known keys take no lock: of keys that the
/// read snapshot has. New keys take a mutex. After that, look-ups of new and of
/// absent keys take it too, until the next promotion. A table in
/// [`docs::algorithm`](crate::docs::algorithm#which-calls-take-the-mutex) has every
/// call. The [crate documentation](crate) says when that is the right bargain and
/// when another map is.
///
/// # One-shot and pinned
///
/// The methods here pin the current thread for one call and give back a
/// [`Ref`](crate::Ref), which holds that pin. [`pin`](SyncMap::pin) pins once
/// for many calls, which then give back plain references.
///
/// # What a write demands
///
/// Replaced and removed values, and the keys of removed entries, are dropped
/// later, when no thread can be reading them any more, and then by whichever
/// thread comes by. Everything that fills or changes a map therefore asks for
/// `K: Send + Sync + 'static` and `V: Send + Sync + 'static`. See
/// [`docs::memory`](crate::docs::memory).
///
/// The map's own drop drops everything that is present at once. Where values hold
/// maps in turn, each level takes stack: maps that are nested some thousand deep are
/// to be taken apart with `into_iter` first
/// ([`docs::memory`](crate::docs::memory#when-destructors-run)).
///
/// # Sharing
///
/// `SyncMap<K, V, S>` is `Send` and `Sync` when `K` and `V` are `Send + Sync` and
/// `S` is. Share it by reference, in an [`Arc`], or in a
/// `static`.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use std::thread;
///
/// let routes = SyncMap::from([("/", "home"), ("/about", "about")]);
/// thread::scope(|scope| {
///     scope.spawn(|| drop(routes.insert("/help", "help")));
///     scope.spawn(|| assert_eq!(*routes.get("/").unwrap(), "home"));
/// });
/// assert_eq!(routes.len(), 3);
/// ```
pub struct SyncMap<K, V, S = RandomState> {
    /// The snapshot that every operation looks in first, without a lock. None:
    /// empty and not amended.
    read: Snapshots<ReadOnly<K, V>>,
    /// The dirty map and what goes with it. Held for writing `read`.
    ///
    /// Apart from what readers read, so that those who lock do not take it away
    /// from those who need not.
    mu: CachePadded<Mutex<Locked<K, V>>>,
    hasher: S,
    /// The map owns keys and values, by way of plain pointers.
    owns: PhantomData<(K, V)>,
}

// SAFETY: the map owns keys and values that other threads may read (so `Sync`)
// and drop (so `Send`), through it and, by way of the epoch, without it.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Send> Send for SyncMap<K, V, S> {}
// SAFETY: as above; a shared map lets threads do all of that, and hash.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for SyncMap<K, V, S> {}

// A panic of the user's code leaves the map whole (rule M7).
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe for SyncMap<K, V, S> {}
impl<K: UnwindSafe, V: UnwindSafe, S: UnwindSafe> UnwindSafe for SyncMap<K, V, S> {}

/// What every operation takes: a pin, and the snapshot it last saw.
pub(crate) type MapGuard<'m, K, V> = SnapshotGuard<'m, ReadOnly<K, V>>;

/// What a look-up is for: that decides what it does to the dirty map.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    /// Counts a miss, also if the key is absent.
    Load,
    /// Counts a miss only if the key is in `dirty`.
    CompareAndSwap,
    /// Takes the key out of `dirty`, and counts a miss.
    Delete,
}

/// What one round of LoadOrStore came to.
enum Round<'g, K, V> {
    Stored(Found<'g, K, V>),
    Loaded(Found<'g, K, V>, K),
    /// The key is absent, and there is no value to put in.
    Vacant(K),
}

impl<K, V, S> SyncMap<K, V, S> {
    pub(crate) const fn assemble(hasher: S, capacity: usize) -> Self {
        Self {
            read: Snapshots::empty(),
            mu: CachePadded::new(Mutex::new(Locked::new(capacity))),
            hasher,
            owns: PhantomData,
        }
    }

    pub(crate) fn build_hasher(&self) -> &S {
        &self.hasher
    }

    /// Pins the current thread for operations on this map.
    #[inline]
    pub(crate) fn guard(&self) -> MapGuard<'_, K, V> {
        self.guard_of(pin())
    }

    /// The same, with a pin that is there already.
    #[inline]
    pub(crate) fn guard_of(&self, pin: Guard) -> MapGuard<'_, K, V> {
        SnapshotGuard::new(&self.read, pin)
    }

    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> usize
    where
        S: BuildHasher,
    {
        entry::usable(self.hasher.hash_one(key))
    }

    /// Whether there is no snapshot, and so no key. Needs no pin.
    #[inline]
    pub(crate) fn is_unpublished(&self) -> bool {
        !self.read.any_published()
    }

    /// The keys present, as counted.
    pub(crate) fn count(&self, guard: &MapGuard<'_, K, V>) -> usize {
        guard.snapshot().map_or(0, |read| read.count.get())
    }

    /// Shows both maps as they are, under the mutex. `look` runs no user code.
    pub(crate) fn both<'g, R>(
        &'g self,
        look: impl FnOnce(Option<&'g ReadOnly<K, V>>, &Locked<K, V>) -> R,
        guard: &'g MapGuard<'_, K, V>,
    ) -> R {
        let mu = lock_unmetered(&self.mu);
        look(guard.snapshot(), &mu)
    }

    /// What the mutex has measured. Does not take it.
    #[cfg(feature = "lock-stats")]
    pub(crate) fn lock_readings(&self) -> crate::sync::Readings {
        self.mu.readings()
    }

    /// The table that has every key that is present; none: there is no key.
    pub(crate) fn complete_table(&mut self) -> Option<&Table<K, V>> {
        match &self.mu.get_mut().dirty {
            Some(dirty) => Some(dirty),
            None => self.read.get_mut().map(ReadOnly::table),
        }
    }

    /// Takes every entry out, as if the map were new.
    pub(crate) fn take_entries(&mut self) -> OwnedEntries<K, V> {
        let cleared = self.mu.get_mut().clear();
        let entries = self.read.take(|read| cleared.entries(read));
        // SAFETY: in no table any more; `&mut self` says that no `Ref` and no
        // `Pinned` of this map is left, and so no guard under which one of its
        // entries was found.
        unsafe { OwnedEntries::new(entries) }
    }

    /// Locks the dirty map for an operation that `read` could not answer.
    fn lock(&self) -> MutexGuard<'_, Locked<K, V>> {
        let mut mu = self.mu.lock();
        mu.counters.locks += 1;
        mu
    }

    /// Publishes the dirty map as the next `read`: it has every key. O(1).
    fn promote_locked(&self, mu: &mut Locked<K, V>, read: &ReadOnly<K, V>) -> Garbage<K, V> {
        let (table, entries) = mu.promote();
        let next = ReadOnly::promoted(table, Arc::clone(&read.count));
        let snapshot = self.read.publish(Some(read), Some(next));
        Garbage { snapshot, entries }
    }

    /// Adds a key that is in neither map: to `dirty`, which is built first if
    /// this is the first new key since the last promotion. O(n) then.
    fn add_new_locked<'g>(
        &'g self,
        mu: &mut Locked<K, V>,
        read: Option<&'g ReadOnly<K, V>>,
        hash: usize,
        key: K,
        value: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> (Found<'g, K, V>, Garbage<K, V>) {
        let mut garbage = Garbage::none();
        if !read.is_some_and(ReadOnly::is_amended_locked) {
            mu.build(read);
            match read {
                Some(read) => read.amend_locked(),
                None => garbage.snapshot = self.read.publish(None, Some(ReadOnly::first())),
            }
        }
        let (entry, found) = EntryPtr::allocate(key, hash, value, guard);
        mu.insert(entry, hash);
        if let Some(read) = read.or_else(|| guard.snapshot()) {
            read.count.key_appeared();
        }
        (found, garbage)
    }

    /// The entry of `key` in `read`, or else in `dirty`; and whether `read` has it.
    fn known_locked<'g>(
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
    fn locate<'g, Q>(
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

    /// LoadOrStore of a value that `make` makes when it is needed, with no lock
    /// held.
    pub(crate) fn load_or_store_with<'g>(
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
                // Once at the most: with a value at hand no round ends so.
                Round::Vacant(back) => key = back,
            }
            value = make.take().map(|make| make());
        }
    }

    /// One round of LoadOrStore, with the value that waits to be put in, if there
    /// is one yet.
    fn try_load_or_store<'g>(
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

    /// Not in Go: Load, and CompareAndSwap with what `f` makes of it, until no
    /// other thread came in between. The new value.
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
        let hash = self.hash(key);
        let slot = self.locate(hash, key, Purpose::Load, guard)?;
        let mut own = OwnWrites::none();
        loop {
            let seen = slot.load()?.value;
            let new = own.watch(slot.entry(), || f(seen));
            let same = |value: &V| std::ptr::eq(value, seen);
            if let Replace::Done { new, .. } = slot.replace_if(new, same) {
                return Some(new);
            }
        }
    }

    /// Not in Go: what `f` decides about the key, present or not, until no other
    /// thread came in between.
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
        let hash = self.hash(&key);
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

    /// Not in Go: Range and CompareAndDelete of each entry. Shows each key that it
    /// deleted to `gone`.
    pub(crate) fn range_and_delete<'g>(
        &'g self,
        mut wanted: impl FnMut(&K, &V) -> bool,
        mut gone: impl FnMut(&'g K),
        guard: &'g MapGuard<'_, K, V>,
    ) {
        if let Some(read) = self.range(guard) {
            for slot in read.slots(guard) {
                if let Some(taken) = own_writes::take_if(slot, &mut wanted) {
                    gone(taken.entry.key());
                }
            }
        }
    }

    /// Not in Go: purges every tombstone now, keys included, rather than at the
    /// promotion after the next new key, and gives back the room of a sparse table.
    /// How many tombstones there were.
    pub(crate) fn purge(&self, guard: &MapGuard<'_, K, V>) -> usize {
        let mut mu = self.lock();
        let Some(read) = guard.snapshot() else {
            return 0;
        };
        // First what the dirty map has left out already. Else the deletions
        // since it was built would stay behind.
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

impl<K, V, S> Drop for SyncMap<K, V, S> {
    fn drop(&mut self) {
        drop(self.take_entries());
    }
}
