//! The public methods of [`SyncMap`]. Each pins for its own call. What they do is in
//! `map/`.

use crate::entry::usable;
use crate::map::{KeyFor, SyncMap};
use crate::outcome::{CompareExchangeError, Compute, OccupiedError, Operation, RemoveIfError};
use crate::pinned::Pinned;
use crate::refs::Ref;
use equivalent::Equivalent;
use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;

impl<K, V> SyncMap<K, V, RandomState> {
    /// Creates an empty map with the hasher of `std`'s `HashMap`. This hasher has a random
    /// seed, so an attacker cannot choose keys that collide. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<String, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map that reserves room for `capacity` keys when the first key is
    /// inserted. `capacity` is a hint: if there is not enough memory, the map ignores it.
    ///
    /// The room is for the keys that are inserted before the first promotion. A rebuild
    /// reserves only the room that the present keys need, so its cost does not depend on
    /// `capacity`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Creates an empty map with a hasher of your choice. The function is `const`, so a
    /// `static` can hold a map without lazy initialization. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// type Fixed = BuildHasherDefault<DefaultHasher>;
    /// static REGISTRY: SyncMap<&str, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
    ///
    /// REGISTRY.insert("a", 1);
    /// assert_eq!(*REGISTRY.get("a").unwrap(), 1);
    /// ```
    pub const fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// Creates an empty map with a hasher of your choice, as
    /// [`with_hasher`](SyncMap::with_hasher) does, and with room for `capacity` keys, as
    /// [`with_capacity`](SyncMap::with_capacity) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    /// use std::hash::RandomState;
    ///
    /// let map = SyncMap::with_capacity_and_hasher(1_000, RandomState::new());
    /// map.insert("a", 1);
    /// ```
    pub const fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::assemble(hasher, capacity)
    }

    /// Returns a reference to the map's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let map = SyncMap::<&str, u32>::new();
    /// let hasher: &RandomState = map.hasher();
    /// assert_eq!(hasher.hash_one("a"), hasher.hash_one("a"));
    /// ```
    pub fn hasher(&self) -> &S {
        self.build_hasher()
    }

    /// Returns the number of keys that are present. The number is exact when no writer
    /// runs. Otherwise each running call may have one insertion or one removal that is not
    /// counted yet. Takes no lock.
    ///
    /// # Complexity
    ///
    /// O(1): reads a counter. Only insertions and removals of keys change the counter.
    ///
    /// # Linearization
    ///
    /// None: a concurrent insertion or removal may take effect before the counter changes.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// map.remove("a");
    /// assert_eq!(map.len(), 1);
    /// ```
    #[doc(alias = "Len")]
    pub fn len(&self) -> usize {
        let guard = self.map_guard();
        let len = self.count_keys(&guard);
        guard.collect_if_due();
        len
    }

    /// Returns `true` if [`len`](SyncMap::len) is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<u32, u32>::new();
    /// assert!(map.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many keys fit before a table has to grow, those included that the map has.
    /// Takes the mutex, and does not count that.
    ///
    /// A map has up to two tables. The number is that of the dirty map, which new keys go to.
    /// If there is no dirty map, the number is that of the next one. Tombstones take room too.
    /// The number is a hint: a rebuild may give back room that no key uses.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Linearization
    ///
    /// The number is read at one instant under the mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<u32, u32>::with_capacity(1_000);
    /// assert!(map.capacity() >= 1_000);
    /// ```
    pub fn capacity(&self) -> usize {
        Pinned::new(self).capacity()
    }

    /// Makes room for at least `additional` new keys. Takes the mutex.
    ///
    /// If there is a dirty map, it gets the room now. Otherwise the next dirty map gets it, when
    /// the next new key comes. `additional` is a hint: if there is not enough memory, the map
    /// ignores it. As with [`with_capacity`](SyncMap::with_capacity), the room is for the keys
    /// that come before the next promotion.
    ///
    /// # Complexity
    ///
    /// O(n) under the mutex if there is a dirty map that has to grow. Otherwise O(1).
    ///
    /// # Linearization
    ///
    /// None: `reserve` changes no key.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// map.reserve(1_000);
    /// assert!(map.capacity() >= 1_001);
    /// ```
    pub fn reserve(&self, additional: usize) {
        Pinned::new(self).reserve(additional);
    }

    /// Pins the current thread once for many calls. Returns a handle that has nearly the same
    /// methods as the map
    /// ([what only one has](crate::docs::moving#what-only-one-of-the-two-has)). The methods of
    /// the handle, and its iterators, return plain references.
    ///
    /// A call of the handle costs less than one of the map, but the pin itself costs as much as
    /// some calls of the map do: [from how many on it is
    /// worth it](crate::docs::with_async#how-do-i-pin-once-for-each-request).
    ///
    /// While the handle is alive, nothing that any thread retires is freed, in any map.
    /// Renew a long-lived handle regularly: call [`Pinned::repin`], or drop the handle and
    /// call `pin` again.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get("a"), Some(&1));
    /// assert_eq!(pinned.values().sum::<i32>(), 3);
    /// ```
    #[inline]
    pub fn pin(&self) -> Pinned<'_, K, V, S> {
        let pinned = Pinned::new(self);
        pinned.collect_if_due();
        pinned
    }

    /// Calls `f` for each key that is present, until `f` returns [`ControlFlow::Break`].
    /// Returns that `Break`, or `Continue` if no call returned one. Go: `Range`.
    ///
    /// The iteration is weakly consistent: it is not a snapshot of one instant. A key that
    /// is present during the whole iteration is visited exactly once. No key is visited
    /// twice. A key that another call inserts or removes during the iteration may be
    /// visited or not, with any value that the key had during the iteration. No lock is
    /// held while `f` runs. `f` may call any method of the map.
    ///
    /// [`iter`](SyncMap::iter) returns an iterator with the same guarantees.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included. If a new key was inserted since the last promotion,
    /// `for_each` first takes the mutex for O(1) to promote the new keys.
    ///
    /// # Linearization
    ///
    /// None for the whole iteration. Each value is read by one load, just before the call
    /// of `f`.
    ///
    /// # Panics
    ///
    /// If `f` panics. The map is not affected.
    ///
    /// # Examples
    ///
    /// To visit every key, write `for_each::<()>` and end the closure with `Continue(())`.
    /// A loop over [`pin`](SyncMap::pin) does the same, and is shorter:
    ///
    /// ```
    /// use std::ops::ControlFlow::Continue;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 20)]);
    /// let (mut sum, mut again) = (0, 0);
    /// let _ = map.for_each::<()>(|_, n| {
    ///     sum += n;
    ///     Continue(())
    /// });
    /// for (_, n) in &map.pin() {
    ///     again += n;
    /// }
    /// assert_eq!((sum, again), (21, 21));
    /// ```
    ///
    /// To stop early:
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 20)]);
    /// let big = map.for_each(|key, &value| match value {
    ///     10.. => ControlFlow::Break(*key),
    ///     _ => ControlFlow::Continue(()),
    /// });
    /// assert_eq!(big, ControlFlow::Break("b"));
    /// ```
    #[doc(alias = "Range")]
    #[doc(alias = "range")]
    pub fn for_each<B>(&self, f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        Pinned::new(self).for_each(f)
    }

    /// Tries to free what this thread has retired, in any map, and everything that was
    /// queued before that. Returns `true` if all of that was freed. Returns `false` in
    /// these cases:
    ///
    /// - A guard of any thread, or a running call of another thread, was in the way.
    /// - There was more garbage than one call frees, which is at most 65,536 values and
    ///   entries. Call `flush` again.
    /// - Destructors must not run now. This is the case inside a destructor that
    ///   reclamation runs. It is also the case while this thread holds a lock of this
    ///   crate: in `Eq` of a key under the mutex, or in a callback of a map that has locks.
    /// - Light pins are ending, and a thread has not given its record back yet
    ///   ([memory](crate::docs::memory#where-there-are-none)).
    ///
    /// Use `flush` in a program that waits for a destructor. Without `flush`, a thread
    /// hands over what it has retired after 64 objects or 64 KiB, or when the thread exits.
    /// Later, a call of some thread frees these objects at its end. A thread that removes a
    /// few keys and then stays idle keeps their values until it exits. `flush` also frees the
    /// unused memory blocks that this thread keeps for reuse.
    ///
    /// # Complexity
    ///
    /// O(n) for n objects that it frees, and one heavy fence for each grace period. A loop
    /// until `flush` returns `true` spins as long as any thread holds a guard. So do not run
    /// such a loop in an asynchronous task.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let map = readmostly::SyncMap::new();
    /// let value = Arc::new(1);
    /// map.insert("a", Arc::clone(&value));
    /// map.remove("a");
    /// while !map.flush() {}
    /// assert_eq!(Arc::strong_count(&value), 1);
    /// ```
    pub fn flush(&self) -> bool {
        crate::reclaim::flush()
    }
}

/// Reads.
impl<K, V, S: BuildHasher> SyncMap<K, V, S> {
    /// Returns the value of `key`, or `None` if the key is absent. Go: `Load`.
    ///
    /// Lock-free if the key is in the read snapshot, or if no new key was inserted since
    /// the last promotion. Otherwise `get` takes the mutex and counts a miss. When there
    /// are as many misses as the dirty map has keys, the dirty map is promoted.
    ///
    /// # Complexity
    ///
    /// O(1), promotion included. The call that promotes also retires the entries that the
    /// last rebuild left out: one pointer for each entry.
    ///
    /// # Linearization
    ///
    /// A hit takes effect at the load of the entry's word. A miss takes effect at the load
    /// of the snapshot's state, or at the look-up under the mutex. If another thread
    /// removes the entry from the map during the call, the call takes effect just before
    /// that removal.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics. The map is not affected. `Eq` may run under the mutex, and
    /// the mutex is not re-entrant. Therefore `Eq` must not write to any map, iterate over
    /// any map, or call `inspect` or `stats` of any map. `Eq` must not look up a key in any
    /// map where that key could be new.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(*map.get("a").unwrap(), 1);
    /// assert!(map.get("b").is_none());
    /// ```
    #[doc(alias = "get_key_value")]
    #[doc(alias = "Load")]
    #[doc(alias = "load")]
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_once(key)
    }

    /// Returns a clone of the value of `key`, or `None` if the key is absent. No lock is
    /// held while `Clone` runs. In all other respects the same as [`get`](SyncMap::get).
    /// Go: `Load`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// let owned: Option<String> = map.get_cloned("a");
    /// assert_eq!(owned.as_deref(), Some("x"));
    /// ```
    #[inline]
    pub fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.load_once(key).map(|value| value.clone())
    }

    /// Calls `f` with the value of `key`, and returns the result of `f`. If the key is
    /// absent, returns `None` and does not call `f`. In all other respects the same as
    /// [`get`](SyncMap::get). Go: `Load`.
    ///
    /// No lock is held while `f` runs, and `f` may call any method of the map. `f` may
    /// remove the key that it is called for: the value stays valid until `f` returns. The
    /// pin lasts as long as `f` runs, and ends before `get_with` returns. Nothing that any
    /// thread retires in the meantime is freed. So `f` should be short.
    ///
    /// All maps of this crate have this method: see
    /// [`ConcurrentMap`](crate::primitives::ConcurrentMap).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get), and if `f` panics. The map is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// assert_eq!(map.get_with("a", |value| value.len()), Some(1));
    /// assert_eq!(map.get_with("b", |value| value.len()), None);
    /// ```
    #[doc(alias = "Load")]
    #[doc(alias = "read")]
    #[doc(alias = "view")]
    #[inline]
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_once(key).map(|value| f(&value))
    }

    /// Returns `true` if `key` is present. In all other respects the same as
    /// [`get`](SyncMap::get). Go: `Load`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.contains_key("a") && !map.contains_key("b"));
    /// ```
    #[doc(alias = "contains")]
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_once(key).is_some()
    }

    /// Calls `f` for each key, in the order of `keys`. `f` also gets the value of the key
    /// if the key is present. The effect is that of one call of [`get`](SyncMap::get) for
    /// each key, one after the other, under one pin.
    ///
    /// In a map that is larger than the CPU caches, a look-up waits for memory.
    /// `get_many_with` lets the look-ups of up to 16 keys wait at the same time. To do so,
    /// it takes up to 16 keys from `keys`, and hashes them, before it looks up the first of
    /// them. In a small map, `get` under a [`pin`](SyncMap::pin) may be faster. `get` may
    /// also be faster in a loop that only looks keys up
    /// ([benchmarks](crate::docs::reference::benchmarks)).
    ///
    /// `keys` may contain a key twice. If `get` would take the mutex and count a miss for a
    /// key, this method does so too. No lock is held while `f` or `keys` runs, and both may
    /// call any method of the map. Later calls of `f` see what earlier calls have written.
    /// `f` may remove the key that it is called for: the value stays valid until the call
    /// of `f` returns.
    ///
    /// The pin lasts for the whole call. Nothing that any thread retires during the call is
    /// freed before the call ends ([memory](crate::docs::memory#what-a-held-guard-costs)).
    ///
    /// # Complexity
    ///
    /// O(k) for k keys, promotions included, as for `get`.
    ///
    /// # Linearization
    ///
    /// None for the whole call. Each look-up takes effect as `get` does, just before the
    /// call of `f` for its key.
    ///
    /// # Panics
    ///
    /// If `Hash`, `Eq`, `keys` or `f` panics. The map is not affected. `f` has already run
    /// for the earlier keys. But if `Hash` or `keys` panics, `f` may not have run for the
    /// last 15 of them. The restrictions on `Eq` are those of `get`. `Eq` may run twice for
    /// a key.
    ///
    /// # Examples
    ///
    /// ```
    /// let prices = readmostly::SyncMap::from([("tea", 3), ("coffee", 4)]);
    /// let (mut sum, mut unknown) = (0, Vec::new());
    /// prices.get_many_with(["tea", "milk", "tea"], |name, price| match price {
    ///     Some(price) => sum += price,
    ///     None => unknown.push(name),
    /// });
    /// assert_eq!((sum, unknown), (6, vec!["milk"]));
    /// ```
    #[inline]
    pub fn get_many_with<'q, Q>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
        f: impl FnMut(&'q Q, Option<&V>),
    ) where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        Pinned::new(self).get_many_with(keys, f);
    }

    /// Returns a mutable reference to the value of `key`, or `None` if the key is absent.
    /// Takes no lock: the exclusive borrow rules out other threads.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = readmostly::SyncMap::from([("a", 1)]);
    /// *map.get_mut("a").unwrap() += 1;
    /// assert_eq!(map.get_cloned("a"), Some(2));
    /// ```
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash_of(key);
        let table = self.complete_table()?;
        // SAFETY: `&mut self`: the map is borrowed exclusively as long as the result lives.
        unsafe { table.find_exclusively(hash, key) }
    }

    /// Removes `key`, and returns its value itself, or `None` if the key is absent. Takes no
    /// lock, and no value waits for the epoch: the exclusive borrow rules out other threads.
    ///
    /// A key that is in the read snapshot stays there as a tombstone, as with
    /// [`remove`](SyncMap::remove). A key that only the dirty map has is dropped at once.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics: the map is not affected. If the drop of the key panics: the
    /// key is removed, and the value is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// let owned: Option<String> = map.remove_mut("a");
    /// assert_eq!(owned.as_deref(), Some("x"));
    /// assert!(map.is_empty());
    /// ```
    #[doc(alias = "remove")]
    pub fn remove_mut<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.delete_exclusively(key)
    }
}

/// Reads that hash no key.
impl<K, V, S> SyncMap<K, V, S> {
    /// Returns the value of `key`, or `None` if the key is absent. The caller passes the
    /// hash of the key. Use this method if one hash serves several maps or several calls.
    ///
    /// `hash` is what `map.hasher().hash_one(key)` returns
    /// ([`hasher`](SyncMap::hasher)). With any other hash, the method may not find the key.
    /// In all other respects the same as [`get`](SyncMap::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let hash = map.hasher().hash_one("a");
    /// assert_eq!(map.get_hashed(hash, "a").as_deref(), Some(&1));
    /// assert!(map.get_hashed(hash, "b").is_none());
    /// ```
    #[doc(alias = "raw_entry")]
    #[doc(alias = "from_key_hashed_nocheck")]
    #[inline]
    pub fn get_hashed<Q>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.load_hashed_once(usable(hash), key)
    }
}

/// Writes.
impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Inserts the key with `value`, or overwrites the value of `key`. Returns the old
    /// value, or `None` if the key was absent. If the key was present, the map keeps its
    /// own key and drops `key`. Go: `Swap`, `Store`.
    ///
    /// A removed key may still be in the map as a tombstone. Then `insert` keeps that old key
    /// object, too, and drops `key`
    /// ([keys that come back](crate::docs::go_parity#keys-that-come-back)).
    ///
    /// Lock-free if the key is in the read snapshot and is not expunged, that is, was not
    /// left out of the dirty map. Otherwise `insert` takes the mutex.
    ///
    /// # Complexity
    ///
    /// For a known key: O(1), and at most one allocation. For a new key: amortized O(1), and
    /// one allocation, or two if the value is larger than 64 bytes. The table grows now and
    /// then, too. The first new key after a promotion also copies the table of pointers,
    /// which is O(n) under the mutex.
    ///
    /// # Linearization
    ///
    /// On the lock-free path: the compare-and-swap of the entry's word. Under the mutex:
    /// the swap of the entry's word, or the insertion in the dirty map.
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get). In that case the key and the value are dropped, and
    /// nothing is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert!(map.insert("a", 1).is_none());
    /// assert_eq!(map.insert("a", 2).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "put")]
    #[doc(alias = "Swap")]
    #[doc(alias = "swap")]
    #[doc(alias = "Store")]
    #[doc(alias = "store")]
    pub fn insert(&self, key: K, value: V) -> Option<Ref<'_, K, V>> {
        self.once(|map, guard| map.go_swap(key, value, guard))
    }

    /// Inserts `value` if the key is absent, and returns a reference to the inserted value.
    /// Go: `LoadOrStore`.
    ///
    /// Lock-free in the same cases as [`insert`](SyncMap::insert). If the key is present in
    /// the read snapshot, `try_insert` is lock-free and allocates nothing.
    ///
    /// # Errors
    ///
    /// If the key is present. The error contains the present value, and the key and the
    /// value that were not inserted.
    ///
    /// # Complexity
    ///
    /// As for [`insert`](SyncMap::insert).
    ///
    /// # Linearization
    ///
    /// If the key is present: the load of the entry's word. If the value is inserted: as
    /// for [`insert`](SyncMap::insert).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.try_insert("a", 1).unwrap(), 1);
    /// let refused = map.try_insert("a", 2).unwrap_err();
    /// assert_eq!((*refused.current, refused.key, refused.value), (1, "a", 2));
    /// ```
    #[doc(alias = "put_if_absent")]
    #[doc(alias = "insert_if_absent")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    #[expect(clippy::type_complexity, reason = "it says all that comes back")]
    pub fn try_insert(
        &self,
        key: K,
        value: V,
    ) -> Result<Ref<'_, K, V>, OccupiedError<Ref<'_, K, V>, K, V>> {
        let hash = self.hash_of(&key);
        if let Some(current) = self.load_lightly(hash, &key) {
            return Err(OccupiedError {
                current,
                key,
                value,
            });
        }
        self.try_insert_once(|map, guard| map.go_load_or_store(hash, key, value, guard))
    }

    /// Inserts the value that `make` returns if the key is absent, and returns a reference
    /// to it. `make` runs only if the key is absent. In all other respects the same as
    /// [`try_insert`](SyncMap::try_insert). Go: `LoadOrStore`.
    ///
    /// `make` runs at most once, with no lock held, and may call any method of the map. Two
    /// threads may make a value for the same key at the same time. Only one value is
    /// inserted: the slower thread gets its own value back in the error.
    ///
    /// # Errors
    ///
    /// If the key is present. The error contains the present value, the key that was not
    /// inserted, and the value that `make` returned, if `make` ran.
    ///
    /// # Complexity
    ///
    /// As for [`insert`](SyncMap::insert).
    ///
    /// # Linearization
    ///
    /// As for [`try_insert`](SyncMap::try_insert).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if `make` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let refused = map.try_insert_with("a", || 2).unwrap_err();
    /// assert_eq!((*refused.current, refused.value), (1, None));
    /// ```
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    #[expect(clippy::type_complexity, reason = "it says all that comes back")]
    pub fn try_insert_with(
        &self,
        key: K,
        make: impl FnOnce() -> V,
    ) -> Result<Ref<'_, K, V>, OccupiedError<Ref<'_, K, V>, K, Option<V>>> {
        let hash = self.hash_of(&key);
        if let Some(current) = self.load_lightly(hash, &key) {
            // Dropped here, while `current` is still ours: `OccupiedError::into_current`.
            drop(make);
            let value = None;
            return Err(OccupiedError {
                current,
                key,
                value,
            });
        }
        self.try_insert_once(|map, guard| map.go_load_or_store_with(hash, key, make, guard))
    }

    /// Returns the value of `key`. If the key is absent, inserts `value` first. If the key
    /// is present, drops `key` and `value`. Go: `LoadOrStore`.
    ///
    /// Locks, complexity, linearization and panics are those of
    /// [`try_insert`](SyncMap::try_insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.get_or_insert("a", 1), 1);
    /// assert_eq!(*map.get_or_insert("a", 2), 1);
    /// ```
    #[doc(alias = "or_insert")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn get_or_insert(&self, key: K, value: V) -> Ref<'_, K, V> {
        match self.try_insert(key, value) {
            Ok(stored) => stored,
            Err(refused) => refused.into_current(),
        }
    }

    /// Returns the value of `key`. If the key is absent, inserts the value that `make`
    /// returns first. Go: `LoadOrStore`.
    ///
    /// `make` runs without a lock, as for [`try_insert_with`](SyncMap::try_insert_with).
    /// **So several threads may run `make` for one key at the same time.** One of the values
    /// is inserted, all calls return that one, and the others are dropped. To make a value
    /// once, use [`get_or_insert_once`](SyncMap::get_or_insert_once). If it costs an
    /// allocation to make the key, use
    /// [`get_or_insert_with_ref`](SyncMap::get_or_insert_with_ref).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*map.get_or_insert_with("a", || unreachable!()), 1);
    /// ```
    #[doc(alias = "or_insert_with")]
    #[doc(alias = "or_default")]
    #[doc(alias = "or_insert_default")]
    #[doc(alias = "compute_if_absent")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        match self.try_insert_with(key, make) {
            Ok(stored) => stored,
            Err(refused) => refused.into_current(),
        }
    }

    /// Returns the value of `key`. If the key is absent, inserts a key that `make_key`
    /// returns, with the value that `make` returns. Use this method if it costs an
    /// allocation to make the key. Not in Go.
    ///
    /// If the key is present in the read snapshot, this method is lock-free and allocates
    /// nothing. If the key is present, neither closure runs. Otherwise each closure runs at
    /// most once. Both run with no lock held, and both may call any method of the map.
    /// Another thread may insert the key in the meantime. Then the method returns the value
    /// of that thread, and drops the key and the value that the closures returned.
    ///
    /// The map hashes the key that `make_key` returns. If that key is not equal to `key`,
    /// the map inserts it as itself, or returns the value that it already has.
    ///
    /// # Complexity
    ///
    /// If the key is present: as for [`get`](SyncMap::get). If it is absent: as for
    /// [`insert`](SyncMap::insert), and one more look-up. That look-up takes the mutex if
    /// [`get`](SyncMap::get) would take it. It counts a miss only if the dirty map has the
    /// key.
    ///
    /// # Linearization
    ///
    /// As for [`try_insert`](SyncMap::try_insert).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if a closure panics. Nothing is inserted
    /// then, except what a closure itself inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<String, usize>::new();
    /// for word in ["tea", "milk", "tea"] {
    ///     let length = map.get_or_insert_with_ref(word, || word.to_owned(), || word.len());
    ///     assert_eq!(*length, word.len());
    /// }
    /// assert_eq!(map.len(), 2);
    /// ```
    #[doc(alias = "entry_ref")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    #[doc(alias = "intern")]
    pub fn get_or_insert_with_ref<Q>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> V,
    ) -> Ref<'_, K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let make = || Ok::<_, Infallible>(make());
        let Ok(value) = self.get_or_try_insert_with_ref(key, make_key, make);
        value
    }

    /// Returns the value of `key`, as [`get_or_insert_with_ref`] does. The caller passes the
    /// hash of the key. Not in Go.
    ///
    /// `hash` is that of [`get_hashed`](SyncMap::get_hashed). The map hashes the key that
    /// `make_key` returns before it inserts it. Therefore a wrong hash costs time, but never
    /// inserts a key twice. With a wrong hash the closures may run although the key is
    /// present. The method then returns the value that is present.
    ///
    /// In all other respects the same as [`get_or_insert_with_ref`].
    ///
    /// [`get_or_insert_with_ref`]: SyncMap::get_or_insert_with_ref
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// let map = readmostly::SyncMap::<String, u32>::new();
    /// let hash = map.hasher().hash_one("a");
    /// if map.get_hashed(hash, "a").is_none() {
    ///     let value = map.get_or_insert_hashed_with(hash, "a", || "a".to_owned(), || 1);
    ///     assert_eq!(*value, 1);
    /// }
    /// assert_eq!(*map.get("a").unwrap(), 1);
    /// ```
    #[doc(alias = "raw_entry_mut")]
    #[doc(alias = "from_key_hashed_nocheck")]
    pub fn get_or_insert_hashed_with<Q>(
        &self,
        hash: u64,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> V,
    ) -> Ref<'_, K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let make = || Ok::<_, Infallible>(make());
        let Ok(value) = self.load_or_try_store_once(usable(hash), key, make_key, make);
        value
    }

    /// Returns the value of `key`. If the key is absent, inserts the value that `make`
    /// returns first. If `make` fails, inserts nothing. Not in Go.
    ///
    /// `make` runs as for [`get_or_insert_with`](SyncMap::get_or_insert_with): at most once,
    /// with no lock held, and perhaps in several threads at the same time. If the key is
    /// present, drops `key`.
    ///
    /// # Errors
    ///
    /// If the key is absent and `make` returns an error. The method drops `key` and returns
    /// that error.
    ///
    /// # Complexity
    ///
    /// As for [`get_or_insert_with_ref`](SyncMap::get_or_insert_with_ref).
    ///
    /// # Linearization
    ///
    /// As for [`try_insert`](SyncMap::try_insert). If `make` returns an error: as for
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if `make` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::new();
    /// assert!(ports.get_or_try_insert_with("web", || "eighty".parse::<u16>()).is_err());
    /// assert!(ports.is_empty());
    /// let port = ports.get_or_try_insert_with("web", || "80".parse::<u16>());
    /// assert_eq!(*port.unwrap(), 80);
    /// ```
    #[doc(alias = "or_try_insert_with")]
    #[doc(alias = "try_get_or_insert_with")]
    pub fn get_or_try_insert_with<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E> {
        let hash = self.hash_of(&key);
        if let Some(current) = self.load_lightly(hash, &key) {
            // Dropped here, while `current` is still ours: `OccupiedError::into_current`.
            drop((key, make));
            return Ok(current);
        }
        let key = KeyFor::own(hash, key);
        self.try_once(|map, guard| map.load_or_try_store(key, make, guard))
    }

    /// The same as [`get_or_try_insert_with`](SyncMap::get_or_try_insert_with), but with a
    /// borrowed key, as in [`get_or_insert_with_ref`](SyncMap::get_or_insert_with_ref). If
    /// `make` fails, `make_key` does not run. Not in Go.
    ///
    /// # Errors
    ///
    /// If the key is absent and `make` returns an error. The method returns that error.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::<String, u16>::new();
    /// let parse = |text: &str| {
    ///     let port = ports.get_or_try_insert_with_ref("web", || "web".into(), || text.parse());
    ///     port.map(|port| *port).ok()
    /// };
    /// assert_eq!((parse("eighty"), parse("80"), parse("8080")), (None, Some(80), Some(80)));
    /// ```
    #[doc(alias = "entry_ref")]
    #[doc(alias = "or_try_insert_with")]
    pub fn get_or_try_insert_with_ref<Q, E>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_or_try_store_once(self.hash_of(key), key, make_key, make)
    }

    /// Returns the value of `key`. If the key is absent, inserts the value that `make`
    /// returns first. At any time only one such call runs its `make` for a key. Not in Go.
    ///
    /// This is for values that are expensive to make, and for makers with side effects: a
    /// connection, a file, a thread. Other calls of this method for the same key wait until
    /// `make` has ended, and then return its value. If `make` panics, nothing is inserted,
    /// and one of the calls that wait runs its own `make`.
    ///
    /// Only calls of this method and of
    /// [`get_or_try_insert_once`](SyncMap::get_or_try_insert_once) wait. Readers of the key
    /// and all other calls go on, and find the key absent meanwhile. If another method
    /// inserts the key meanwhile, its value stays. All calls return that one, and the value
    /// of `make` is dropped.
    ///
    /// `make` runs with no lock and no guard held. It may call any method of any map. A call
    /// that waits holds no guard of its own. But a [`Ref`] that its thread holds already
    /// stays alive meanwhile. So `make` must not wait for guards of other threads, as
    /// [`synchronize`](crate::synchronize) does. Example: thread 1 holds a `Ref`, and waits here
    /// for the `make` of thread 2. If that `make` calls `synchronize`, both threads wait for ever.
    ///
    /// [`Pinned`] does not have this method: a thread should not hold a pin
    /// while it waits.
    ///
    /// This method blocks the thread. In an async task, use an `Arc` of a
    /// `tokio::sync::OnceCell` as the value. Clone the `Arc` out, so that no guard is held across
    /// the `.await`, in one statement:
    ///
    /// ```
    /// # use readmostly::SyncMap;
    /// # use std::sync::Arc;
    /// # #[derive(Default)]
    /// # struct OnceCell<T>(std::sync::OnceLock<T>);
    /// # impl<T: Send + Sync> OnceCell<T> {
    /// #     async fn get_or_init<F: Future<Output = T>>(&self, make: impl FnOnce() -> F) -> &T {
    /// #         let value = make().await;
    /// #         self.0.get_or_init(|| value)
    /// #     }
    /// # }
    /// # #[derive(Default)]
    /// # struct Connection;
    /// # async fn open(_host: &str) -> Connection { Connection }
    /// type Hosts = SyncMap<String, Arc<OnceCell<Connection>>>;
    ///
    /// async fn request(hosts: &Hosts, host: &str) {
    ///     let make_key = || host.to_owned();
    ///     let cell = Arc::clone(&hosts.get_or_insert_with_ref(host, make_key, Arc::default));
    ///     let connection = cell.get_or_init(|| open(host)).await;
    ///     // ...
    /// }
    /// # fn is_send(_: impl Send) {}
    /// # is_send(request(&Hosts::new(), "db1"));
    /// ```
    ///
    /// A value that is used for long, such as a connection, should be an `Arc`, too
    /// ([`Removed`](crate::Removed) says how to close one).
    ///
    /// # Locking
    ///
    /// If the key is present: as for [`get`](SyncMap::get). Otherwise takes the mutex twice in
    /// addition, before and after `make`.
    ///
    /// # Complexity
    ///
    /// As for [`insert`](SyncMap::insert). If the key is absent: O(number of keys whose
    /// value is being made), in addition.
    ///
    /// # Linearization
    ///
    /// As for [`try_insert`](SyncMap::try_insert).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if `make` panics. Also panics if the call would
    /// wait for itself: `make` asks for the same key by this method, or waits for another
    /// thread's `make` that does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use std::thread;
    ///
    /// let opened = AtomicU32::new(0);
    /// let files = SyncMap::new();
    /// thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| {
    ///             let file = files.get_or_insert_once("log", || {
    ///                 opened.fetch_add(1, Ordering::Relaxed);
    ///                 String::from("an open file")
    ///             });
    ///             assert_eq!(*file, "an open file");
    ///         });
    ///     }
    /// });
    /// assert_eq!(opened.into_inner(), 1);
    /// ```
    #[doc(alias = "compute_if_absent")]
    pub fn get_or_insert_once(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        let make = || Ok::<V, Infallible>(make());
        let Ok(value) = self.load_or_make_once(self.hash_of(&key), key, make);
        value
    }

    /// Returns the value of `key`. If the key is absent, inserts the value that `make`
    /// returns first, or returns its error. At any time only one such call runs its `make`
    /// for a key. All else is as for [`get_or_insert_once`](SyncMap::get_or_insert_once).
    ///
    /// # Errors
    ///
    /// If `make` returns one. Nothing is inserted then, and the key is dropped. The other
    /// calls for the same key do not get this error: one of them runs its own `make`.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::new();
    /// let refused = ports.get_or_try_insert_once("http", || "eighty".parse::<u16>());
    /// assert!(refused.is_err() && ports.is_empty());
    /// let port = ports.get_or_try_insert_once("http", || "80".parse::<u16>()).unwrap();
    /// assert_eq!(*port, 80);
    /// ```
    pub fn get_or_try_insert_once<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E> {
        self.load_or_make_once(self.hash_of(&key), key, make)
    }

    /// The same as [`get_or_insert_once`](SyncMap::get_or_insert_once), but with a borrowed key.
    /// `make_key` runs only if the key is absent, before `make`, with no lock and no guard held.
    /// Several threads may run their `make_key` at the same time. If the key that it returns is
    /// not equal to `key`, the map inserts it as itself, or returns the value that it already
    /// has. If `key` is absent, the map looks it up once more than `get_or_insert_once` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let hosts = readmostly::SyncMap::<String, String>::new();
    /// let connect = || {
    ///     let open = || String::from("a connection");
    ///     hosts.get_or_insert_once_ref("db1", || "db1".to_owned(), open).len()
    /// };
    /// assert_eq!((connect(), connect(), hosts.len()), (12, 12, 1));
    /// ```
    #[doc(alias = "entry_ref")]
    pub fn get_or_insert_once_ref<Q>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> V,
    ) -> Ref<'_, K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let make = || Ok::<V, Infallible>(make());
        let Ok(value) = self.get_or_try_insert_once_ref(key, make_key, make);
        value
    }

    /// The same as [`get_or_try_insert_once`](SyncMap::get_or_try_insert_once), but with a
    /// borrowed key, as in [`get_or_insert_once_ref`](SyncMap::get_or_insert_once_ref).
    ///
    /// # Errors
    ///
    /// If `make` returns one. Nothing is inserted then.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::<String, u16>::new();
    /// let key = || String::from("http");
    /// let refused = ports.get_or_try_insert_once_ref("http", key, || "eighty".parse::<u16>());
    /// assert!(refused.is_err() && ports.is_empty());
    /// ```
    pub fn get_or_try_insert_once_ref<Q, E>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hash_of(key);
        if let Some(found) = self.present_once(hash, key) {
            // Dropped here, while `found` is still ours: `OccupiedError::into_current`.
            drop((make_key, make));
            return Ok(found);
        }
        let key = make_key();
        self.load_or_make_once(self.hash_of(&key), key, make)
    }

    /// Replaces the value of `key` with the result of `f`, and returns the new value. If
    /// the key is absent, returns `None` and does not call `f`. Not in Go.
    ///
    /// No lock is held while `f` runs, and `f` may call any method of the map. If another
    /// thread, or `f` itself, changes the value in the meantime, `update` calls `f` again
    /// with the newer value. Therefore `f` should have no side effects.
    ///
    /// # Complexity
    ///
    /// O(1) and at most one allocation for each call of `f`. Takes the mutex if
    /// [`get`](SyncMap::get) of the key would take it.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. If the key is absent: as for
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get), and if `f` panics. The map is then unchanged, except
    /// for changes that `f` itself made.
    ///
    /// If `f` wrote to `key` in each call, `update` would never end. Therefore `update`
    /// stops after 100 calls of `f` that overwrote or removed the value that they got:
    /// instead of one more call it panics. The key then has the value that `f` wrote last.
    /// The limit counts writes of this thread while `f` runs, except writes in destructors
    /// of retired garbage. It does not count writes of other threads, even if `f` waits for
    /// them, because such a write looks the same as contention.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.update("a", |n| n + 1).as_deref(), Some(&2));
    /// assert!(map.update("b", |n| n + 1).is_none());
    /// ```
    #[doc(alias = "alter")]
    pub fn update<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return None;
        }
        self.once(|map, guard| map.load_and_update(key, f, guard))
    }

    /// Replaces the value of `key` with the result of `f`. If the key is absent, inserts
    /// `key` with the value that `make` returns. Returns the new value. Not in Go.
    ///
    /// `f` runs as for [`update`](SyncMap::update): with no lock held, and again each time
    /// that the value was changed in the meantime. `make` runs at most once, with no lock
    /// held. Both may call any method of the map. If another thread inserts the key while
    /// `make` runs, the method calls `f` with the value of that thread. The value that
    /// `make` returned is kept in case that the key is removed again, and is dropped
    /// otherwise.
    ///
    /// # Complexity
    ///
    /// If the key is present: as for [`update`](SyncMap::update). If it is absent: as for
    /// [`get_or_insert_with_ref`](SyncMap::get_or_insert_with_ref).
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. If the value of `make` is inserted: as for
    /// [`insert`](SyncMap::insert).
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if a closure panics. The map is then
    /// unchanged, except for changes that the closures themselves made. If `f` writes to
    /// `key` in each call: as for [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// let hits = readmostly::SyncMap::new();
    /// for page in ["/", "/help", "/"] {
    ///     hits.update_or_insert_with(page, |n| n + 1, || 1);
    /// }
    /// assert_eq!((*hits.get("/").unwrap(), *hits.get("/help").unwrap()), (2, 1));
    /// ```
    #[doc(alias = "upsert")]
    #[doc(alias = "merge")]
    #[doc(alias = "and_modify")]
    #[doc(alias = "update_or_insert")]
    pub fn update_or_insert_with(
        &self,
        key: K,
        f: impl FnMut(&V) -> V,
        make: impl FnOnce() -> V,
    ) -> Ref<'_, K, V> {
        let key = KeyFor::own(self.hash_of(&key), key);
        let Ok(value) = self
            .try_once(|map, guard| Ok::<_, Infallible>(map.update_or_store(key, f, make, guard)));
        value
    }

    /// The same as [`update_or_insert_with`](SyncMap::update_or_insert_with), but with a
    /// borrowed key. `make_key` runs at most once, with no lock held, and only if the key
    /// is absent. Not in Go.
    ///
    /// If `make_key` returns a key that is not equal to `key`, the method does with that key
    /// what it would do with `key`: it inserts the key, or replaces the value of that key.
    ///
    /// # Examples
    ///
    /// ```
    /// let hits = readmostly::SyncMap::<String, u32>::new();
    /// for page in ["/", "/help", "/"] {
    ///     hits.update_or_insert_with_ref(page, || page.to_owned(), |n| n + 1, || 1);
    /// }
    /// assert_eq!(*hits.get("/").unwrap(), 2);
    /// ```
    #[doc(alias = "upsert")]
    #[doc(alias = "entry_ref")]
    pub fn update_or_insert_with_ref<Q>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        f: impl FnMut(&V) -> V,
        make: impl FnOnce() -> V,
    ) -> Ref<'_, K, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.hash_of(key), key, make_key);
        let Ok(value) = self
            .try_once(|map, guard| Ok::<_, Infallible>(map.update_or_store(key, f, make, guard)));
        value
    }

    /// Replaces the value of `key` with the result of `f`, or removes `key` if `f` returns
    /// `None`. If the key is absent, does not call `f`. Not in Go.
    ///
    /// Returns [`Compute::Updated`] if the value was replaced. Returns
    /// [`Compute::Removed`] with the old value if the key was removed, and with `None` if
    /// the key was absent. Never returns the other two variants.
    ///
    /// `f` runs as for [`update`](SyncMap::update).
    ///
    /// # Complexity
    ///
    /// As for [`update`](SyncMap::update). A removal does not allocate.
    ///
    /// # Linearization
    ///
    /// As for [`update`](SyncMap::update).
    ///
    /// # Panics
    ///
    /// As for [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, SyncMap};
    ///
    /// let leases = SyncMap::from([("a", 2)]);
    /// let mut release = || leases.update_or_remove("a", |n| (*n > 1).then(|| n - 1));
    /// assert!(matches!(release(), Compute::Updated { new, .. } if *new == 1));
    /// assert!(matches!(release(), Compute::Removed(Some(old)) if *old == 1));
    /// assert!(matches!(release(), Compute::Removed(None)));
    /// ```
    #[doc(alias = "compute_if_present")]
    pub fn update_or_remove<Q>(
        &self,
        key: &Q,
        f: impl FnMut(&V) -> Option<V>,
    ) -> Compute<Ref<'_, K, V>, Infallible>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return Compute::Removed(None);
        }
        self.compute_once(|map, guard| map.update_or_delete(key, f, guard))
    }

    /// Inserts, overwrites or removes the value of `key`, or leaves the key unchanged. `f`
    /// gets the current key and value, or `None`, and decides. Returns what was done. Not
    /// in Go.
    ///
    /// `f` runs as for [`update`](SyncMap::update): with no lock held, and again each time
    /// that the key was changed in the meantime.
    ///
    /// If no arm of `f` aborts, the compiler cannot infer the type `T` that
    /// [`Operation::Abort`] carries. Write `Operation::<_>::Insert(..)`: `T` is then `()`.
    /// [`update_or_insert_with`](SyncMap::update_or_insert_with) and
    /// [`update_or_remove`](SyncMap::update_or_remove) need no such type.
    ///
    /// # Complexity
    ///
    /// The complexity of the chosen operation, once for each call of `f`. Each call of `f`
    /// also needs a look-up of the key, which takes the mutex if [`get`](SyncMap::get)
    /// would take it.
    ///
    /// # Linearization
    ///
    /// As for the chosen operation. It takes effect only if the key is still as `f` saw it.
    ///
    /// # Panics
    ///
    /// As for [`insert`](SyncMap::insert), and if `f` panics. The map is then unchanged,
    /// except for changes that `f` itself made. If `f` writes to `key` in each call: as for
    /// [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, Operation, SyncMap};
    ///
    /// let leases = SyncMap::from([("a", 1)]);
    /// let release = |seen: Option<(&&str, &i32)>| match seen {
    ///     Some((_, 1)) => Operation::Remove,
    ///     Some((_, holders)) => Operation::Insert(holders - 1),
    ///     None => Operation::Abort("nobody holds it"),
    /// };
    /// assert!(matches!(leases.compute("a", release), Compute::Removed(Some(_))));
    /// assert!(matches!(leases.compute("a", release), Compute::Aborted(_)));
    ///
    /// // Add to a counter, or begin it.
    /// let hits = SyncMap::new();
    /// for _ in 0..2 {
    ///     hits.compute("/", |seen| Operation::<_>::Insert(seen.map_or(0, |(_, n)| n + 1)));
    /// }
    /// assert_eq!(hits.get("/").as_deref(), Some(&1));
    /// ```
    #[doc(alias = "entry")]
    #[doc(alias = "upsert")]
    pub fn compute<T>(
        &self,
        key: K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<Ref<'_, K, V>, T> {
        let key = KeyFor::own(self.hash_of(&key), key);
        self.compute_once(|map, guard| map.load_and_compute(key, f, guard))
    }

    /// The same as [`compute`](SyncMap::compute), but with a borrowed key. `make_key` runs
    /// with no lock held, and only if `f` inserts a value for an absent key. It runs at most
    /// once: the key is kept if `f` has to run again. Not in Go.
    ///
    /// The map hashes the key that `make_key` returns. If that key is not equal to `key`,
    /// the map inserts it as itself. If the map already has that key, `f` runs again, and
    /// gets that key and its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Operation, SyncMap};
    ///
    /// let held = SyncMap::<String, u32>::new();
    /// let release = |name: &str| {
    ///     held.compute_ref(name, || unreachable!("no value is inserted"), |seen| match seen {
    ///         Some((_, 1)) => Operation::Remove,
    ///         Some((_, n)) => Operation::Insert(n - 1),
    ///         None => Operation::Abort("nobody holds it"),
    ///     });
    /// };
    /// held.insert("a".to_owned(), 2);
    /// release("a");
    /// assert_eq!(*held.get("a").unwrap(), 1);
    /// ```
    #[doc(alias = "entry_ref")]
    pub fn compute_ref<Q, T>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<Ref<'_, K, V>, T>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.hash_of(key), key, make_key);
        self.compute_once(|map, guard| map.load_and_compute(key, f, guard))
    }

    /// Replaces the value of `key` with `value` if the key is present. Returns the old
    /// value. Not in Go.
    ///
    /// Lock-free if [`get`](SyncMap::get) of the key would be lock-free.
    ///
    /// # Errors
    ///
    /// If the key is absent. The error is `value`.
    ///
    /// # Complexity
    ///
    /// O(1), and at most one allocation.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. If the key is absent: as for
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get). In that case `value` is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(*map.replace("a", 2).unwrap(), 1);
    /// assert_eq!(map.replace("b", 2).unwrap_err(), 2);
    /// ```
    pub fn replace<Q>(&self, key: &Q, value: V) -> Result<Ref<'_, K, V>, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.replace_if(key, |_, _| true, value)
            .map_err(|refused| refused.new)
    }

    /// Replaces the value of `key` with `new` if `condition` returns `true` for the key and
    /// its value. Returns the old value. Go: `CompareAndSwap`, but with any condition.
    ///
    /// `condition` runs as the closure of [`update`](SyncMap::update) does: with no lock
    /// held, and again each time that the value was changed in the meantime.
    ///
    /// # Errors
    ///
    /// If `condition` returns `false`: the error contains the current value and `new`. If
    /// the key is absent: the error contains `new`.
    ///
    /// # Complexity
    ///
    /// As for [`compare_exchange`](SyncMap::compare_exchange).
    ///
    /// # Linearization
    ///
    /// As for [`compare_exchange`](SyncMap::compare_exchange).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get), and if `condition` panics. The map is then unchanged,
    /// except for changes that `condition` itself made, and `new` is dropped. If
    /// `condition` writes to `key` in each call: as for [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// let newest = readmostly::SyncMap::from([("a", 3)]);
    /// assert!(newest.replace_if("a", |_, n| *n < 5, 5).is_ok());
    /// let refused = newest.replace_if("a", |_, n| *n < 4, 4).unwrap_err();
    /// assert_eq!((refused.current.as_deref(), refused.new), (Some(&5), 4));
    /// ```
    #[doc(alias = "CompareAndSwap")]
    #[doc(alias = "compare_and_swap")]
    pub fn replace_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&K, &V) -> bool,
        new: V,
    ) -> Result<Ref<'_, K, V>, CompareExchangeError<Ref<'_, K, V>, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return Err(CompareExchangeError { current: None, new });
        }
        self.exchange_once(|map, guard| map.go_compare_and_swap(key, condition, new, guard))
    }

    /// Replaces the value of `key` with `new` if the value equals `expected`. Returns the
    /// old value. Go: `CompareAndSwap`.
    ///
    /// Lock-free if [`get`](SyncMap::get) of the key would be lock-free. No lock is held
    /// while values are compared.
    ///
    /// # Errors
    ///
    /// If the value does not equal `expected`: the error contains the current value and
    /// `new`. If the key is absent: the error contains `new`. No value of `expected` can
    /// stand for an absent key.
    ///
    /// # Complexity
    ///
    /// O(1). At most one allocation for each comparison that succeeds.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. If the value does not equal `expected`:
    /// the load of the word that was compared. If the key is absent: as for
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get), and if the comparison panics. The map is then
    /// unchanged, and `new` is dropped. If the comparison writes to `key` in each call: as
    /// for [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(*map.compare_exchange("a", &1, 2).unwrap(), 1);
    /// let refused = map.compare_exchange("a", &1, 3).unwrap_err();
    /// assert_eq!((refused.current.as_deref(), refused.new), (Some(&2), 3));
    /// ```
    #[doc(alias = "CompareAndSwap")]
    #[doc(alias = "compare_and_swap")]
    pub fn compare_exchange<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<Ref<'_, K, V>, CompareExchangeError<Ref<'_, K, V>, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        if self.is_unpublished() {
            return Err(CompareExchangeError { current: None, new });
        }
        self.exchange_once(|map, guard| {
            map.go_compare_and_swap(key, |_, value| value == expected, new, guard)
        })
    }

    /// Removes `key`. Returns its value, or `None` if the key was absent. Go:
    /// `LoadAndDelete`, `Delete`.
    ///
    /// The value comes back as a reference, because other threads may be reading it. The map
    /// owns the value until no guard can reach it, and drops it then. So if the values are
    /// `Arc`s, `Arc::try_unwrap` of a clone usually fails after a removal. To get the value
    /// itself, use [`remove_owned`](SyncMap::remove_owned).
    ///
    /// What another thread changes in place, through a [`Ref`] that it holds, may come too
    /// late for the caller: [a `Ref` is not a
    /// lock](crate::primitives::ConcurrentMap#a-ref-is-not-a-lock).
    ///
    /// Lock-free if [`get`](SyncMap::get) of the key would be lock-free. The value is
    /// retired at once. A key that is in the read snapshot stays there as a tombstone until
    /// the table is copied and promoted the next time, or until
    /// [`compact`](SyncMap::compact). An insertion of an equal key before that
    /// keeps the old key object
    /// ([keys that come back](crate::docs::go_parity#keys-that-come-back)).
    ///
    /// # Complexity
    ///
    /// O(1), without an allocation of its own. The bookkeeping of the epoch may allocate.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word, or the load of that word if the key was
    /// already deleted. If only the dirty map has the key: the removal from the dirty map.
    /// If the key is absent: as for [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.remove("a").as_deref(), Some(&1));
    /// assert!(map.remove("a").is_none());
    /// ```
    #[doc(alias = "remove_entry")]
    #[doc(alias = "LoadAndDelete")]
    #[doc(alias = "load_and_delete")]
    #[doc(alias = "Delete")]
    #[doc(alias = "delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.delete_once(key)
    }

    /// Removes `key` if `condition` returns `true` for its value. Returns the removed
    /// value, or `None` if nothing was removed. Go: `CompareAndDelete`, but with any
    /// condition.
    ///
    /// `condition` runs as the closure of [`update`](SyncMap::update) does: with no lock
    /// held, and again each time that the value was changed in the meantime. If only the
    /// dirty map has the key, the key stays there as a tombstone.
    ///
    /// # Complexity
    ///
    /// O(1). Takes the mutex if [`get`](SyncMap::get) of the key would take it.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. If `condition` returns `false`: the load
    /// of the word that `condition` saw. If the key is absent: as for
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As for [`get`](SyncMap::get), and if `condition` panics. The map is then unchanged,
    /// except for changes that `condition` itself made. If `condition` writes to `key` in
    /// each call: as for [`update`](SyncMap::update).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.remove_if("a", |_, n| *n > 1).is_none());
    /// assert_eq!(map.remove_if("a", |_, n| *n == 1).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn remove_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&K, &V) -> bool,
    ) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.delete_if_once(key, condition)
    }

    /// Removes `key` if `condition` returns `true` for its value, as
    /// [`remove_if`](SyncMap::remove_if) does. Returns the removed value, and otherwise says
    /// why nothing was removed.
    ///
    /// # Errors
    ///
    /// If `condition` returns `false`: the error contains the current value. If the key is
    /// absent: the error contains `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let refused = map.try_remove_if("a", |_, n| *n > 1).unwrap_err();
    /// assert_eq!(refused.current.as_deref(), Some(&1));
    /// assert_eq!(*map.try_remove_if("a", |_, n| *n == 1).unwrap(), 1);
    /// assert!(map.try_remove_if("a", |_, _| true).unwrap_err().current.is_none());
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn try_remove_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&K, &V) -> bool,
    ) -> Result<Ref<'_, K, V>, RemoveIfError<Ref<'_, K, V>>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return Err(RemoveIfError { current: None });
        }
        self.try_delete_once(|map, guard| map.try_delete_if(key, condition, guard))
    }

    /// Removes `key` if its value equals `expected`. Returns the removed value, or `None`
    /// if nothing was removed. In all other respects the same as
    /// [`remove_if`](SyncMap::remove_if). Go: `CompareAndDelete`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.compare_remove("a", &7).is_none());
    /// assert_eq!(map.compare_remove("a", &1).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn compare_remove<Q>(&self, key: &Q, expected: &V) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        self.remove_if(key, |_, value| value == expected)
    }
}

/// Writes that do not hash a key.
impl<K, V, S> SyncMap<K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Removes every key. Go: `Clear`.
    ///
    /// Takes the mutex. In a map without entries, `clear` neither locks nor allocates. The
    /// tombstones of removed keys count as entries.
    ///
    /// # Complexity
    ///
    /// O(1) under the mutex, and O(n) after the unlock to retire the entries.
    ///
    /// # Linearization
    ///
    /// The replacement of the snapshot with none. In a map without entries: the load of the
    /// snapshot's state. If a concurrent write found its entry before the clear, the write
    /// is ordered before the clear, and its value is removed with the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    #[doc(alias = "Clear")]
    pub fn clear(&self) {
        Pinned::new(self).clear();
    }

    /// Removes every key for which `keep` returns `false`. Returns the number of keys that
    /// this call removed. The number is exact: it does not count a key that another call
    /// removed. Not in Go.
    ///
    /// Visits keys as [`for_each`](SyncMap::for_each) does, and removes each key as
    /// [`remove_if`](SyncMap::remove_if) does. `keep` runs with no lock held, and again
    /// each time that the value was replaced in the meantime. A change inside a value, such
    /// as an addition to an atomic, does not replace the value, and `keep` does not run again.
    /// So such a change can be lost with the key, whatever `keep` has seen: [a `Ref` is not a
    /// lock](crate::primitives::ConcurrentMap#a-ref-is-not-a-lock).
    ///
    /// # Complexity
    ///
    /// O(n). Removed keys stay as tombstones. `retain` holds one pin for the whole
    /// iteration, so nothing that it removes is freed before its end.
    ///
    /// # Linearization
    ///
    /// None for the whole iteration. Each removal takes effect at the compare-and-swap of
    /// its entry's word.
    ///
    /// # Panics
    ///
    /// If `keep` panics. If, in each call for one key, `keep` writes to that key and
    /// returns `false`: as for [`update`](SyncMap::update). In both cases the keys that
    /// were already removed stay removed.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.retain(|_, n| *n > 1), 1);
    /// assert!(!map.contains_key("a") && map.contains_key("b"));
    /// ```
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) -> usize {
        Pinned::new(self).retain(keep)
    }

    /// Purges all tombstones now, and promotes the new keys. After that, every read is
    /// lock-free until the next new key. If the table is much larger than the present keys
    /// need, `compact` also shrinks the table. Returns the number of entries that were
    /// purged. Not in Go.
    ///
    /// Without `compact`, the value of a removed key is freed, but the key itself stays in
    /// memory until the promotion after the next new key. Call `compact` after you have
    /// removed many keys for good, or after you have filled a map.
    ///
    /// # Complexity
    ///
    /// O(n) under the mutex if there are tombstones, or if the table is much too large.
    /// Otherwise O(1).
    ///
    /// # Linearization
    ///
    /// None: `compact` changes no key's value.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// map.remove("a");
    /// assert_eq!(map.compact(), 1);
    /// assert_eq!(map.stats().tombstones, 0);
    /// ```
    pub fn compact(&self) -> usize {
        Pinned::new(self).compact()
    }

    /// Purges all tombstones and promotes the new keys, as [`compact`](SyncMap::compact) does,
    /// and gives back all room that the present keys do not need. Takes the mutex.
    ///
    /// The next new key copies the table of pointers into a larger one. Call `shrink_to_fit`
    /// for a map that gets no more keys, or few.
    ///
    /// # Complexity
    ///
    /// O(n) under the mutex, unless there is neither a tombstone nor room to give back.
    ///
    /// # Linearization
    ///
    /// None: `shrink_to_fit` changes no key's value.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// map.shrink_to_fit();
    /// assert!(map.capacity() < 100);
    /// ```
    pub fn shrink_to_fit(&self) {
        Pinned::new(self).shrink_to_fit();
    }
}
