//! The public methods of [`SyncMap`]. Each pins for its own call. What they do is in
//! `map/`.

use crate::map::SyncMap;
use crate::outcome::{CompareExchangeError, Compute, OccupiedError, Operation};
use crate::pinned::Pinned;
use crate::refs::Ref;
use equivalent::Equivalent;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;

impl<K, V> SyncMap<K, V, RandomState> {
    /// An empty map with the hasher of `std`'s `HashMap`, which has a random seed: an attacker
    /// cannot choose keys that collide. Allocates nothing.
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

    /// An empty map that makes room for `capacity` keys when the first one is
    /// inserted. A hint: where there is no memory for so many, it is ignored.
    ///
    /// The room serves the keys that come before the first promotion. A rebuild makes as
    /// much room as the present keys need, so its cost does not depend on `capacity`.
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
    /// An empty map with a hasher of your choice. `const`, so a `static` can hold a map
    /// without a lazy cell. Allocates nothing.
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

    /// [`with_capacity`](SyncMap::with_capacity) and
    /// [`with_hasher`](SyncMap::with_hasher) together.
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

    /// The map's hasher.
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

    /// How many keys are present. Exact when no writer runs. Else each running call may have
    /// one insertion or removal that is not counted yet. Takes no lock.
    ///
    /// # Complexity
    ///
    /// O(1): a counter, which changes only when a key is inserted or removed.
    ///
    /// # Linearization
    ///
    /// None: a concurrent insertion or removal may take effect before it is
    /// counted.
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
        let guard = self.guard();
        let len = self.count(&guard);
        guard.collect_if_due();
        len
    }

    /// Whether [`len`](SyncMap::len) is zero.
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

    /// Pins the current thread once for many calls. Gives back a handle with the same
    /// methods, which return plain references, and with iterators.
    ///
    /// While the handle is alive, nothing that any thread retires is freed, in any map.
    /// Renew it now and then, with [`Pinned::repin`] or by dropping it.
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

    /// Go: `Range`. Calls `f` for each key that is present, until it breaks, and
    /// gives back what it broke with.
    ///
    /// The walk is not a snapshot of one instant. A key that is present all the time is
    /// visited exactly once. No key is visited twice. A key that is inserted or removed
    /// meanwhile may be visited or not, with any value that it had meanwhile. No lock is
    /// held while `f` runs, and `f` may do anything with the map.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included. If new keys have been inserted since the last
    /// promotion, takes the mutex for O(1) to promote them first.
    ///
    /// # Linearization
    ///
    /// None for the whole. Each value: its load, just before the call of `f`.
    ///
    /// # Panics
    ///
    /// If `f` does. The map is not affected.
    ///
    /// # Examples
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
    pub fn for_each<B>(&self, f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        Pinned::new(self).for_each(f)
    }

    /// Hurries reclamation: tries to free what this thread has retired, in any map, and
    /// everything that was queued before that. True if all of it was freed. False if
    ///
    /// - some guard, of this thread or another, or a call of another thread was in the
    ///   way;
    /// - there was more than one call frees, 65,536 values and entries at the most: call
    ///   it again;
    /// - destructors must not run now: inside a destructor that is itself run by
    ///   reclamation, or while this thread holds a lock of this crate (in `Eq` of a key
    ///   under the mutex, or in a callback of a map that has locks);
    /// - light pins are ending, and a thread has not given its record back
    ///   ([`docs::memory`](crate::docs::memory#where-there-are-none)).
    ///
    /// For a program that waits for a destructor. Without a `flush`, a thread hands over
    /// what it has retired after 64 objects or 64 KiB, or when it exits. Some thread then
    /// frees it at the end of a later call. A `flush` also gives back the free blocks that
    /// this thread keeps.
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
    /// Go: `Load`. The value of `key`, if it is present.
    ///
    /// Lock-free if the key is in the read snapshot, or if no new key has been inserted
    /// since the last promotion. Else takes the mutex and counts a miss. As many misses as
    /// the dirty map has keys promote it.
    ///
    /// # Complexity
    ///
    /// O(1), promotion included. But the call that promotes also retires the entries that
    /// the last rebuild left out, by a pointer of 8 bytes each.
    ///
    /// # Linearization
    ///
    /// A hit: the load of the entry's word. A miss: the load of the snapshot's
    /// state, or the look-up under the mutex. If the entry left the map during the
    /// call: just before it left.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` does. The map is not affected. `Eq` may run under the mutex, which
    /// is not re-entrant. So `Eq` must not write to any map, iterate over one, inspect it or
    /// ask for its `stats`, nor look up a key that could be new there.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(*map.get("a").unwrap(), 1);
    /// assert!(map.get("b").is_none());
    /// ```
    #[doc(alias = "Load")]
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_once(key)
    }

    /// Go: `Load`. A clone of the value of `key`, if it is present. Otherwise as
    /// [`get`](SyncMap::get); no lock is held while it is cloned.
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

    /// Go: `Load`. Whether `key` is present. Otherwise as [`get`](SyncMap::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.contains_key("a") && !map.contains_key("b"));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.load_once(key).is_some()
    }

    /// Calls `f` for each key, in the order of `keys`, with its value if the key is present:
    /// as many calls of [`get`](SyncMap::get), one after the other, under one pin.
    ///
    /// In a map that is larger than the caches, a look-up waits for memory. Here the
    /// look-ups of up to 16 keys wait at the same time. So up to 16 keys are taken from
    /// `keys`, and hashed, before the first of them is looked up. In a small map, and in
    /// a loop of look-ups that does nothing else, `get` under a [`pin`](SyncMap::pin) may be
    /// faster ([`docs::benchmarks`](crate::docs::benchmarks)).
    ///
    /// A key may be given twice. Each key that costs `get` the mutex, and a miss, costs them
    /// here too. No lock is held while `f` or `keys` runs: they may do anything with the
    /// map. Later calls of `f` find what `f` has written. `f` may remove the key that it is
    /// called for: the value stays valid until the call returns.
    ///
    /// The pin lasts as long as the whole call. Nothing that any thread retires meanwhile
    /// is freed before the end ([`docs::memory`](crate::docs::memory#what-a-held-guard-costs)).
    ///
    /// # Complexity
    ///
    /// O(k) for k keys, promotions included, as for `get`.
    ///
    /// # Linearization
    ///
    /// None for the whole. Each look-up: as that of `get`, just before its call of `f`.
    ///
    /// # Panics
    ///
    /// If `Hash`, `Eq`, `keys` or `f` does. The map is not affected. `f` has then been
    /// called for the keys before. If `Hash` or `keys` panics, up to 15 of these are left
    /// out. `get` says what `Eq` must not do. `Eq` may run twice for a key.
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

    /// The value of `key`, mutably. Takes no lock: nobody else can see the map.
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
        let hash = self.hash(key);
        let table = self.complete_table()?;
        // SAFETY: `&mut self`: the map is borrowed exclusively as long as the result lives.
        unsafe { table.find_exclusively(hash, key) }
    }
}

/// Writes.
impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Go: `Swap`, `Store`. Inserts `value`, or overwrites the value of `key` and gives back
    /// the old one. If the key is there already, it stays, and `key` is dropped.
    ///
    /// Lock-free if the key is in the read snapshot and was not left out of the
    /// dirty map. Else takes the mutex.
    ///
    /// # Complexity
    ///
    /// For a known key, O(1) and at most one allocation. For a new key, O(1) and one
    /// allocation, or two if the value is larger than 64 bytes. But the first new key after
    /// a promotion copies the table of pointers: O(n) under the mutex.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word; under the mutex, the swap of
    /// the entry's word, or the insertion in the dirty map.
    ///
    /// # Panics
    ///
    /// As [`get`](SyncMap::get). The key and the value are then dropped, not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert!(map.insert("a", 1).is_none());
    /// assert_eq!(map.insert("a", 2).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "Swap")]
    #[doc(alias = "Store")]
    pub fn insert(&self, key: K, value: V) -> Option<Ref<'_, K, V>> {
        self.once(|map, guard| map.swap(key, value, guard))
    }

    /// Go: `LoadOrStore`. Inserts `value` if the key is absent, and gives back a reference to
    /// it.
    ///
    /// Lock-free where [`insert`](SyncMap::insert) is. If the key is present in the read
    /// snapshot, it does not allocate either.
    ///
    /// # Errors
    ///
    /// If the key is present: its value, and the key and value that were
    /// refused.
    ///
    /// # Complexity
    ///
    /// As [`insert`](SyncMap::insert).
    ///
    /// # Linearization
    ///
    /// Refused: the load of the entry's word. Inserted: as
    /// [`insert`](SyncMap::insert).
    ///
    /// # Panics
    ///
    /// As [`insert`](SyncMap::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.try_insert("a", 1).unwrap(), 1);
    /// let refused = map.try_insert("a", 2).unwrap_err();
    /// assert_eq!((*refused.current, refused.key, refused.value), (1, "a", 2));
    /// ```
    #[doc(alias = "LoadOrStore")]
    #[expect(clippy::type_complexity, reason = "it says all that comes back")]
    pub fn try_insert(
        &self,
        key: K,
        value: V,
    ) -> Result<Ref<'_, K, V>, OccupiedError<Ref<'_, K, V>, K, V>> {
        let hash = self.hash(&key);
        if let Some(current) = self.load_lightly(hash, &key) {
            return Err(OccupiedError {
                current,
                key,
                value,
            });
        }
        self.try_insert_once(|map, guard| map.load_or_store(hash, key, value, guard))
    }

    /// Go: `LoadOrStore`. As [`try_insert`](SyncMap::try_insert), with a value
    /// that is made only if the key is absent.
    ///
    /// `make` runs at most once, with no lock held, and may do anything with the map. Two
    /// threads may make a value for the same key at the same time. The thread that is later
    /// gets its value back.
    ///
    /// # Errors
    ///
    /// If the key is present: its value, the key that was refused, and the value that
    /// `make` made, if it ran.
    ///
    /// # Complexity
    ///
    /// As [`insert`](SyncMap::insert).
    ///
    /// # Linearization
    ///
    /// As [`try_insert`](SyncMap::try_insert).
    ///
    /// # Panics
    ///
    /// As [`insert`](SyncMap::insert), and if `make` does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let refused = map.try_insert_with("a", || 2).unwrap_err();
    /// assert_eq!((*refused.current, refused.value), (1, None));
    /// ```
    #[doc(alias = "LoadOrStore")]
    #[expect(clippy::type_complexity, reason = "it says all that comes back")]
    pub fn try_insert_with(
        &self,
        key: K,
        make: impl FnOnce() -> V,
    ) -> Result<Ref<'_, K, V>, OccupiedError<Ref<'_, K, V>, K, Option<V>>> {
        let hash = self.hash(&key);
        if let Some(current) = self.load_lightly(hash, &key) {
            let value = None;
            return Err(OccupiedError {
                current,
                key,
                value,
            });
        }
        self.try_insert_once(|map, guard| map.load_or_store_with(hash, key, make, guard))
    }

    /// Go: `LoadOrStore`. The value of `key`. If the key is absent, inserts `value` first.
    /// Drops the key and the value if they are not needed.
    ///
    /// Lock-free where [`try_insert`](SyncMap::try_insert) is, with the same
    /// complexity, linearization and panics.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.get_or_insert("a", 1), 1);
    /// assert_eq!(*map.get_or_insert("a", 2), 1);
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn get_or_insert(&self, key: K, value: V) -> Ref<'_, K, V> {
        match self.try_insert(key, value) {
            Ok(stored) => stored,
            Err(refused) => refused.into_current(),
        }
    }

    /// Go: `LoadOrStore`. The value of `key`. If the key is absent, inserts what `make` makes
    /// first. `make` runs as for [`try_insert_with`](SyncMap::try_insert_with): never under
    /// a lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// assert_eq!(*map.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(*map.get_or_insert_with("a", || unreachable!()), 1);
    /// ```
    #[doc(alias = "LoadOrStore")]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        match self.try_insert_with(key, make) {
            Ok(stored) => stored,
            Err(refused) => refused.into_current(),
        }
    }

    /// Not in Go. Replaces the value of `key` by what `f` makes of it, and gives back the new
    /// value. If the key is absent, gives back `None`, and does not call `f`.
    ///
    /// `f` runs with no lock held and may do anything with the map. It is called
    /// again with the newer value whenever the value was changed in between, by
    /// another thread or by `f` itself. So it should do nothing but compute.
    ///
    /// # Complexity
    ///
    /// O(1) and at most one allocation for each call of `f`. Takes the mutex if
    /// [`get`](SyncMap::get) of the key would.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. Absent: as
    /// [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As [`get`](SyncMap::get), and if `f` does. The map is then unchanged, except for
    /// what `f` did to it.
    ///
    /// If `f` wrote to `key` in each call, `update` would never end. So it panics when it
    /// would call `f` again after 100 calls that overwrote or removed the value they were
    /// shown. The key then has what `f` wrote last. Writes of this thread while `f` runs
    /// count, except those in destructors of retired garbage. A write of another thread
    /// does not count, even if `f` waits for it: it cannot be told from contention.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.update("a", |n| n + 1).as_deref(), Some(&2));
    /// assert!(map.update("b", |n| n + 1).is_none());
    /// ```
    pub fn update<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_unpublished() {
            return None;
        }
        self.once(|map, guard| map.load_and_update(key, f, guard))
    }

    /// Not in Go. Inserts, overwrites or removes the value of `key`, or leaves it as it is.
    /// `f` sees what is there, and decides.
    ///
    /// `f` runs as for [`update`](SyncMap::update): with no lock held, and again
    /// whenever the key was changed in between.
    ///
    /// # Complexity
    ///
    /// That of the operation decided on, once for each call of `f`. Each looks
    /// the key up first, and takes the mutex if [`get`](SyncMap::get) would.
    ///
    /// # Linearization
    ///
    /// That of the operation decided on. What `f` saw is what it acted on.
    ///
    /// # Panics
    ///
    /// As [`insert`](SyncMap::insert), and if `f` does. The map is then unchanged, except
    /// for what `f` did to it. As [`update`](SyncMap::update), if `f` writes to `key` in
    /// each call.
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
    /// ```
    pub fn compute<T>(
        &self,
        key: K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<Ref<'_, K, V>, T> {
        self.compute_once(|map, guard| map.load_and_compute(key, f, guard))
    }

    /// Go: `CompareAndSwap`. Replaces the value of `key` by `new` if it equals `expected`, and
    /// gives back the old value.
    ///
    /// Lock-free if [`get`](SyncMap::get) of the key would be. Values are
    /// compared with no lock held.
    ///
    /// # Errors
    ///
    /// If the value is another one: that value, and `new`. If the key is absent: `new`
    /// (no value of `expected` stands for an absent key).
    ///
    /// # Complexity
    ///
    /// O(1). At most one allocation for each comparison that holds.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. Refused: the load of the word
    /// that was compared, or as [`get`](SyncMap::get) for an absent key.
    ///
    /// # Panics
    ///
    /// As [`get`](SyncMap::get), and if the comparison does. The map is then
    /// unchanged, and `new` is dropped. As [`update`](SyncMap::update), if the
    /// comparison writes to `key` in each call.
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
            map.compare_and_swap(key, |value| value == expected, new, guard)
        })
    }

    /// Go: `LoadAndDelete`, `Delete`. Removes `key`, and gives back its value.
    ///
    /// Lock-free if [`get`](SyncMap::get) of the key would be. The value is retired at once.
    /// A key of the read snapshot stays there as a tombstone, until the table is copied and
    /// promoted the next time, or until [`compact`](SyncMap::compact).
    ///
    /// # Complexity
    ///
    /// O(1), no allocation of its own (the epoch's bookkeeping may allocate).
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word, or its load if the key was
    /// deleted already. If only the dirty map has the key: its removal from
    /// there. Absent: as [`get`](SyncMap::get).
    ///
    /// # Panics
    ///
    /// As [`get`](SyncMap::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.remove("a").as_deref(), Some(&1));
    /// assert!(map.remove("a").is_none());
    /// ```
    #[doc(alias = "LoadAndDelete")]
    #[doc(alias = "Delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.delete_once(key)
    }

    /// Go: `CompareAndDelete`, with any condition. Removes `key` if `condition` holds for its
    /// value, and gives back the value.
    ///
    /// `condition` runs as the closure of [`update`](SyncMap::update): with no lock held,
    /// and again whenever the value was changed in between. If only the dirty map has the
    /// key, it becomes a tombstone there.
    ///
    /// # Complexity
    ///
    /// O(1). Takes the mutex if [`get`](SyncMap::get) of the key would.
    ///
    /// # Linearization
    ///
    /// The compare-and-swap of the entry's word. Refused: the load of the word
    /// that `condition` saw, or as [`get`](SyncMap::get) for an absent key.
    ///
    /// # Panics
    ///
    /// As [`get`](SyncMap::get), and if `condition` does. The map is then unchanged, except
    /// for what `condition` did to it. As [`update`](SyncMap::update), if `condition`
    /// writes to `key` in each call.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.remove_if("a", |_, n| *n > 1).is_none());
    /// assert_eq!(map.remove_if("a", |_, n| *n == 1).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
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

    /// Go: `CompareAndDelete`. Removes `key` if its value equals `expected`, and gives back
    /// the value. Otherwise as [`remove_if`](SyncMap::remove_if).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.compare_remove("a", &7).is_none());
    /// assert_eq!(map.compare_remove("a", &1).as_deref(), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
    pub fn compare_remove<Q>(&self, key: &Q, expected: &V) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        self.remove_if(key, |_, value| value == expected)
    }
}

/// Writes that hash nothing.
impl<K, V, S> SyncMap<K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Go: `Clear`. Removes every key.
    ///
    /// Takes the mutex. In a map without entries it neither locks nor allocates. The
    /// tombstones of removed keys are entries.
    ///
    /// # Complexity
    ///
    /// O(1) under the mutex, and O(n) after the unlock, to retire the entries.
    ///
    /// # Linearization
    ///
    /// The replacement of the snapshot by none. In a map without entries: the load of the
    /// snapshot's state. A write that found its entry before the clear is ordered before
    /// the clear, and its value goes with the entry.
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

    /// Not in Go. Removes every key for which `keep` says no.
    ///
    /// Visits keys as [`for_each`](SyncMap::for_each) does, and removes each as
    /// [`remove_if`](SyncMap::remove_if) does: `keep` runs with no lock held, and
    /// again whenever the value was changed in between.
    ///
    /// # Complexity
    ///
    /// O(n). Removed keys stay as tombstones. One pin is held for the whole walk, so
    /// nothing that is removed is freed before its end.
    ///
    /// # Linearization
    ///
    /// None for the whole. Each removal: the compare-and-swap of its entry's word.
    ///
    /// # Panics
    ///
    /// If `keep` does. And as [`update`](SyncMap::update), if in each call `keep` writes to
    /// the key that it is called for and says no. What was removed until then stays removed.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// map.retain(|_, n| *n > 1);
    /// assert!(!map.contains_key("a") && map.contains_key("b"));
    /// ```
    pub fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        Pinned::new(self).retain(keep);
    }

    /// Not in Go. Purges every tombstone now, and promotes the new keys, so every read is
    /// lock-free until the next new key. Gives back room for far more keys than there are.
    /// Returns how many entries were purged.
    ///
    /// Without this the value of a removed key is freed, but the key itself stays until the
    /// promotion after the next new key. Useful after removing many keys for good, and after
    /// filling a map.
    ///
    /// # Complexity
    ///
    /// O(n) under the mutex if there are tombstones or such room; else O(1).
    ///
    /// # Linearization
    ///
    /// None: it changes no key's value.
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
}
