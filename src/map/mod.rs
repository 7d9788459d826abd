//! The map: the two tables, the mutex, promotion, and the addition of a key.
//!
//! - `operations.rs`: Go's operations, under `go_` and their names in Go. `locate.rs`: how
//!   they find the entry of their key.
//! - `beyond_go.rs`: operations that Go's map does not have.
//! - `fill.rs`: insertions of many pairs in one call.
//! - `many.rs`: look-ups of many keys in one call.
//! - `once.rs`: insertions whose value is made once.
//! - `one_shot.rs`: one-shot calls, each under a pin of its own.
//! - `own_writes.rs`: closures that write to the key that they were called for.
//! - `hot_keys.rs`: what a `HybridMap` needs.
//!
//! The public methods are in `src/one_shot.rs`, which pins for each call, and
//! `src/pinned.rs`, which holds a pin. `docs/04-the-operations.md` explains the algorithm.
//!
//! `(T2)` in a comment is a trap of `docs/04-the-operations.md`, `(I3)` an invariant of
//! `src/locked.rs`, `(M5)` a rule of `docs/memory.md`.
//!
//! # Rules that live here
//!
//! Only this folder publishes `read`. M2: an entry comes from a snapshot that was
//! loaded under the guard, or from `dirty` under the mutex. M7: under the mutex
//! no code of the user's runs but `Eq`, always before the first change. Keys are
//! hashed before the lock. Values are compared after the unlock. What is to be
//! dropped goes to the epoch after the unlock.

mod beyond_go;
mod fill;
mod hot_keys;
mod locate;
mod many;
mod once;
mod one_shot;
mod operations;
mod own_writes;

pub(crate) use beyond_go::KeyFor;
pub(crate) use hot_keys::Moved;
pub(crate) use own_writes::take_if;

use crate::entry::{self, EntryPtr, Found, OwnedEntries};
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::read_only::ReadOnly;
use crate::reclaim::{Guard, SnapshotGuard, Snapshots, pin};
use crate::sync::{Arc, CachePadded, Mutex, MutexGuard, lock_unmetered};
use crate::table::Table;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A concurrent map for read-mostly data, such as a registry. It is a port of Go's
/// `sync.Map` in its read/dirty form.
///
/// A key is *known* if the read snapshot has it. Look-ups, overwrites and removals of known
/// keys take no lock. The insertion of a new key takes a mutex. From then until the next
/// promotion, look-ups of new keys and of absent keys take the mutex too. A page of the manual
/// lists [which calls take the mutex](crate::docs::reference::which_calls_lock).
/// The [crate documentation](crate) says when this map is the right choice, and when
/// another map is.
///
/// # One-shot and pinned
///
/// Each method of `SyncMap` pins the current thread for one call. A method that returns a
/// value returns a [`Ref`](crate::Ref), which holds that pin. [`pin`](SyncMap::pin) pins
/// once for many calls. The methods of its handle return plain references.
///
/// # Bounds of a write
///
/// Replaced and removed values are dropped later, when no thread can be reading them any
/// more. The same holds for the keys of removed entries. Any thread that calls a map may
/// drop them. Therefore everything that fills or changes a map requires `K: Send + Sync +
/// 'static` and `V: Send + Sync + 'static`. The chapter [memory](crate::docs::memory)
/// explains why.
///
/// # Drop
///
/// The drop of the map itself drops all present keys and values at once. If values contain
/// maps, each level of nesting needs stack space. Take maps that are nested some thousand
/// levels deep apart with `into_iter` first
/// ([memory](crate::docs::memory#when-destructors-run)).
///
/// # Sharing
///
/// `SyncMap<K, V, S>` is `Send` and `Sync` if `K` and `V` are `Send + Sync` and `S` is.
/// Share the map by reference, in an [`Arc`], or in a `static`.
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
    /// The dirty map and what goes with it. Held by whoever publishes `read`.
    ///
    /// On cache lines of its own: locking must not evict the line that lock-free readers
    /// use.
    mu: CachePadded<Mutex<Locked<K, V>>>,
    hasher: S,
    /// The map owns keys and values, by way of plain pointers.
    owns: PhantomData<(K, V)>,
}

// SAFETY: the map owns keys and values. Other threads may read them (so `Sync`), and drop
// them (so `Send`): with the map, or later, in a deferred function.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Send> Send for SyncMap<K, V, S> {}
// SAFETY: a shared map lets other threads read keys and values (so `Sync`), remove them,
// and so drop them (so `Send`), and hash (so `S: Sync`).
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for SyncMap<K, V, S> {}

// A panic of the user's code leaves the map whole (rule M7).
impl<K: RefUnwindSafe, V: RefUnwindSafe, S: RefUnwindSafe> RefUnwindSafe for SyncMap<K, V, S> {}
impl<K: UnwindSafe, V: UnwindSafe, S: UnwindSafe> UnwindSafe for SyncMap<K, V, S> {}

/// What every operation takes: a pin, and the snapshot that was last seen under it.
pub(crate) type MapGuard<'m, K, V> = SnapshotGuard<'m, ReadOnly<K, V>>;

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
    pub(crate) fn map_guard(&self) -> MapGuard<'_, K, V> {
        self.guard_of(pin())
    }

    /// As [`map_guard`](Self::map_guard), with a pin that the caller has.
    #[inline]
    pub(crate) fn guard_of(&self, pin: Guard) -> MapGuard<'_, K, V> {
        SnapshotGuard::new(&self.read, pin)
    }

    #[inline]
    pub(crate) fn hash_of<Q: Hash + ?Sized>(&self, key: &Q) -> usize
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

    /// How many keys are present, by the counter.
    pub(crate) fn count_keys(&self, guard: &MapGuard<'_, K, V>) -> usize {
        guard.snapshot().map_or(0, |read| read.count.get())
    }

    /// Shows both maps as they are, under the mutex. `look` must run no user code (M7).
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

    /// The table that has every key that is present. None: the map has no entry.
    pub(crate) fn complete_table(&mut self) -> Option<&Table<K, V>> {
        match &self.mu.get_mut().dirty {
            Some(dirty) => Some(dirty),
            None => self.read.get_mut().map(ReadOnly::table),
        }
    }

    /// How many keys are present, of a map that is borrowed exclusively. Exact: every writer has
    /// counted.
    pub(crate) fn count_exclusively(&mut self) -> usize {
        self.read.get_mut().map_or(0, |read| read.count.get())
    }

    /// Takes every entry out. The map is empty afterwards.
    pub(crate) fn take_entries(&mut self) -> OwnedEntries<K, V> {
        let cleared = self.mu.get_mut().clear();
        let entries = self.read.take(|read| cleared.entries(read));
        // SAFETY: the entries are in no table any more, and each is in the list once.
        // `&mut self`: no `Ref` and no `Pinned` of this map is left, and so no guard under
        // which an entry was found.
        unsafe { OwnedEntries::new(entries) }
    }

    /// Locks the mutex, for an operation that needs more than `read`, and counts that.
    fn lock_map(&self) -> MutexGuard<'_, Locked<K, V>> {
        let mut mu = self.mu.lock();
        mu.counters.locks += 1;
        mu
    }

    /// Go: the promotion in `missLocked` and `Range`. Publishes the dirty map, which has
    /// every key that is present, as the next `read`. What comes back is retired after the
    /// unlock (M5).
    ///
    /// O(1), unless an expunged key was stored to since the rebuild: then the list of
    /// expunged entries is walked.
    fn promote_locked(&self, mu: &mut Locked<K, V>, read: &ReadOnly<K, V>) -> Garbage<K, V> {
        let (table, entries) = mu.promote();
        let next = ReadOnly::promoted(table, Arc::clone(&read.count));
        let snapshot = self.read.publish(Some(read), Some(next));
        Garbage { snapshot, entries }
    }

    /// Go: the last branch of Swap and LoadOrStore. Adds a key that neither map has to
    /// `dirty`. For the first new key since the last promotion, builds `dirty` first: O(n).
    fn add_new_locked<'g>(
        &'g self,
        mu: &mut Locked<K, V>,
        read: Option<&'g ReadOnly<K, V>>,
        hash: usize,
        key: K,
        value: V,
        guard: &'g MapGuard<'_, K, V>,
    ) -> (Found<'g, K, V>, Garbage<K, V>) {
        let added = self.add_uncounted_locked(mu, read, hash, key, value, guard);
        // For the map's first key there was no snapshot before: count on the new one.
        if let Some(read) = read.or_else(|| guard.snapshot()) {
            read.count.keys_appeared(1);
        }
        added
    }

    /// [`add_new_locked`](Self::add_new_locked), all but the count of keys.
    fn add_uncounted_locked<'g>(
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
            // Go: publishes a new struct, with the same table and `amended`. We set a flag of
            // the snapshot: one load says whether it is current and whether it is amended.
            //
            // The flag goes up before the key is in `dirty`, and before the unlock (T9). So a
            // reader that does not see it comes before this insertion.
            match read {
                Some(read) => read.amend_locked(),
                None => garbage.snapshot = self.read.publish(None, Some(ReadOnly::first())),
            }
        }
        let (entry, found) = EntryPtr::allocate(key, hash, value, guard);
        mu.insert(entry, hash);
        (found, garbage)
    }
}

impl<K, V, S> Drop for SyncMap<K, V, S> {
    fn drop(&mut self) {
        drop(self.take_entries());
    }
}
