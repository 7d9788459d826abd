//! [`Pinned`]: the map under a pin that is held for many calls. It has the methods of
//! [`SyncMap`], which give back plain references here.

use crate::entry::{Found, usable};
use crate::iter::{ExtractIf, Iter, Keys, Values};
use crate::map::{KeyFor, MapGuard, SyncMap};
use crate::outcome::{CompareExchangeError, Compute, OccupiedError, Operation, Outcome};
use crate::outcome::{RemoveIfError, Tried};
use crate::refs::AGuardStaysOnItsThread;
use equivalent::Equivalent;
use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;

/// A [`SyncMap`] under a pin that is held for many calls, from [`SyncMap::pin`].
///
/// Each method does the same as the method of that name on the map, but returns plain
/// references. These references live as long as the handle. A `Pinned` is not a lock: no
/// thread waits for it. But while it is alive, nothing that any thread retires is freed, in
/// any map. Renew a long-lived `Pinned` regularly: call [`repin`](Pinned::repin), or drop
/// it and pin again.
///
/// A `Pinned` that is forgotten or leaked counts as alive forever, even after its thread has
/// ended ([memory](crate::docs::memory#what-a-held-guard-costs)).
///
/// # Threads and tasks
///
/// A `Pinned` is neither `Send` nor `Sync`: its pin is that of its thread. So a task that may
/// move to another thread cannot hold a `Pinned`, nor a reference from one, across an
/// `.await`. The error of the compiler names the type `AGuardStaysOnItsThread`. There are
/// three ways out ([examples](crate::docs::what_does_not_compile#no-guard-across-an-await)):
///
/// - Clone the values before the `.await`: an `Arc`, if a value is large.
/// - End the `Pinned` before the `.await`, by a block around it. A call of `drop` is not
///   enough if the `Pinned` was used.
/// - Do all the reads in a closure or in a function that is not `async`.
///
/// A task that stays on its thread compiles with a `Pinned` across an `.await`. While such a
/// task waits, no map of the process frees anything, as for a
/// [`Ref`](crate::Ref#threads-and-tasks).
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
/// let pinned = map.pin();
/// let old = pinned.insert("a", 10);
/// assert_eq!((old, pinned.get("a")), (Some(&1), Some(&10)));
/// for (key, value) in &pinned {
///     println!("{key} = {value}");
/// }
/// ```
#[doc(alias = "AGuardStaysOnItsThread")]
pub struct Pinned<'m, K, V, S> {
    map: &'m SyncMap<K, V, S>,
    guard: MapGuard<'m, K, V>,
}

// SAFETY: the bound holds for no type.
unsafe impl<K, V, S> Send for Pinned<'_, K, V, S> where AGuardStaysOnItsThread<K>: Send {}
// SAFETY: the bound holds for no type. It is the same bound, so the compiler gives one reason.
unsafe impl<K, V, S> Sync for Pinned<'_, K, V, S> where AGuardStaysOnItsThread<K>: Send {}

impl<'m, K, V, S> Pinned<'m, K, V, S> {
    #[inline]
    pub(crate) fn new(map: &'m SyncMap<K, V, S>) -> Self {
        let guard = map.map_guard();
        Self { map, guard }
    }

    /// Collects if that is due, at the end of a call that only pins.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        self.guard.collect_if_due();
    }

    /// Returns the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().map().len(), 1);
    /// ```
    pub fn map(&self) -> &'m SyncMap<K, V, S> {
        self.map
    }

    /// Ends the pin and begins a new one. What was retired in the meantime can then be
    /// freed. May run destructors of retired garbage, as any call may. While another
    /// [`Ref`](crate::Ref) or `Pinned` of this thread is alive, `repin` does not let
    /// anything be freed.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::new();
    /// let mut pinned = map.pin();
    /// for n in 0..1_000 {
    ///     pinned.insert("last", n);
    ///     if n % 64 == 0 {
    ///         pinned.repin();
    ///     }
    /// }
    /// ```
    pub fn repin(&mut self) {
        self.guard.repin();
        self.guard.collect_if_due();
    }

    /// The same as [`SyncMap::len`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().len(), 1);
    /// ```
    #[doc(alias = "Len")]
    pub fn len(&self) -> usize {
        self.map.count_keys(&self.guard)
    }

    /// The same as [`SyncMap::is_empty`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(!map.pin().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same as [`SyncMap::capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.pin().capacity() >= 1);
    /// ```
    pub fn capacity(&self) -> usize {
        self.collected(self.map.room_and_keys(&self.guard))
    }

    /// The same as [`SyncMap::reserve`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// pinned.reserve(1_000);
    /// assert!(pinned.capacity() >= 1_001);
    /// ```
    pub fn reserve(&self, additional: usize) {
        self.map.make_room(additional);
        self.guard.collect_if_due();
    }

    /// The same as [`SyncMap::for_each`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let first = map.pin().for_each(|key, _| ControlFlow::Break(*key));
    /// assert_eq!(first, ControlFlow::Break("a"));
    /// ```
    #[doc(alias = "Range")]
    #[doc(alias = "range")]
    pub fn for_each<B>(&self, mut f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        self.iter().try_for_each(|(key, value)| f(key, value))
    }

    /// Returns an iterator over the keys that are present and their values. The iteration
    /// is weakly consistent, with the guarantees of [`SyncMap::for_each`]. No lock is held
    /// during the iteration. The references live as long as the handle. The items of
    /// [`SyncMap::iter`] hold a pin of their own, and an iteration costs more there.
    ///
    /// # Complexity
    ///
    /// O(n), tombstones included. If a new key was inserted since the last promotion,
    /// `iter` first takes the mutex for O(1) to promote the new keys.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.iter().map(|(_, n)| n).max(), Some(&2));
    /// ```
    #[doc(alias = "Range")]
    #[doc(alias = "range")]
    pub fn iter(&self) -> Iter<'_, K, V> {
        let iter = Iter::new(self.map.go_range(&self.guard), &self.guard);
        self.guard.collect_if_due();
        iter
    }

    /// Returns an iterator over the keys that are present. In all other respects the same
    /// as [`iter`](Pinned::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().keys().collect::<Vec<_>>(), [&"a"]);
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }

    /// Returns an iterator over the values of the keys that are present. In all other
    /// respects the same as [`iter`](Pinned::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert_eq!(map.pin().values().collect::<Vec<_>>(), [&1]);
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }

    /// Calls `op`, and then collects if that is due (M8).
    pub(crate) fn with_guard<R>(
        &self,
        op: impl FnOnce(&SyncMap<K, V, S>, &MapGuard<'m, K, V>) -> R,
    ) -> R {
        self.collected(op(self.map, &self.guard))
    }

    /// Passes on the outcome of a call, after collecting if that is due (M8).
    fn collected<T>(&self, outcome: T) -> T {
        self.guard.collect_if_due();
        outcome
    }
}

/// Reads.
impl<K, V, S: BuildHasher> Pinned<'_, K, V, S> {
    /// The same as [`SyncMap::get`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.get("a"), pinned.get("b")), (Some(&1), None));
    /// ```
    #[doc(alias = "Load")]
    #[doc(alias = "load")]
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.map.go_load(key, &self.guard).map(value)
    }

    /// Returns the values of several keys, in the order of the keys. The effect is that of
    /// one call of [`get`](Pinned::get) for each key, one after the other. For keys that
    /// are not in an array, use [`get_many_with`](Pinned::get_many_with).
    ///
    /// In a map that is larger than the CPU caches, a look-up waits for memory. `get_many`
    /// lets the look-ups of up to 16 keys wait at the same time. In a small map, `get` may
    /// be faster. `get` may also be faster in a loop that only looks keys up
    /// ([benchmarks](crate::docs::reference::benchmarks)).
    ///
    /// `keys` may contain a key twice. If `get` would take the mutex and count a miss for a
    /// key, this method does so too.
    ///
    /// # Complexity
    ///
    /// O(`N`), promotions included, as for [`SyncMap::get`].
    ///
    /// # Linearization
    ///
    /// None for the whole call. Each look-up takes effect as [`SyncMap::get`] does, in the
    /// order of the keys.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics, as for [`SyncMap::get`]. The map is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_many(["b", "x", "a"]), [Some(&2), None, Some(&1)]);
    /// ```
    #[inline]
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<&V>; N]
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.load_all(keys, &self.guard))
    }

    /// The same as [`SyncMap::get_many_with`], but the references to the values live as
    /// long as the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// let mut found = Vec::new();
    /// pinned.get_many_with(["b", "x", "a"], |_, value| found.push(value));
    /// assert_eq!(found, [Some(&2), None, Some(&1)]);
    /// ```
    #[inline]
    pub fn get_many_with<'p, 'q, Q>(
        &'p self,
        keys: impl IntoIterator<Item = &'q Q>,
        mut f: impl FnMut(&'q Q, Option<&'p V>),
    ) where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        let f = |key, found: Option<Found<'p, K, V>>| f(key, found.map(value));
        self.map.load_each(keys, f, &self.guard);
        self.guard.collect_if_due();
    }

    /// The same as [`SyncMap::get`], but also returns the key that is stored in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(map.pin().get_key_value("a"), Some((&String::from("a"), &1)));
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let found = self.map.go_load(key, &self.guard)?;
        Some((found.entry.key(), found.value))
    }

    /// The same as [`SyncMap::get_cloned`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// assert_eq!(map.pin().get_cloned("a").as_deref(), Some("x"));
    /// ```
    #[inline]
    pub fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.get(key).cloned()
    }

    /// The same as [`SyncMap::get_with`], but the pin of the handle protects the value.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", String::from("x"))]);
    /// assert_eq!(map.pin().get_with("a", |value| value.len()), Some(1));
    /// ```
    #[inline]
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get(key).map(f)
    }

    /// The same as [`SyncMap::contains_key`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// assert!(map.pin().contains_key("a"));
    /// ```
    #[doc(alias = "contains")]
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get(key).is_some()
    }
}

/// Reads that hash no key.
impl<K, V, S> Pinned<'_, K, V, S> {
    /// The same as [`SyncMap::get_hashed`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let hash = map.hasher().hash_one("a");
    /// assert_eq!(map.pin().get_hashed(hash, "a"), Some(&1));
    /// ```
    #[doc(alias = "raw_entry")]
    #[doc(alias = "from_key_hashed_nocheck")]
    #[inline]
    pub fn get_hashed<Q>(&self, hash: u64, key: &Q) -> Option<&V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let found = self.map.load_quietly(usable(hash), key, &self.guard);
        self.collected(found).map(value)
    }
}

/// Writes.
impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// The same as [`SyncMap::insert`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.insert("a", 2), Some(&1));
    /// ```
    #[doc(alias = "put")]
    #[doc(alias = "Swap")]
    #[doc(alias = "swap")]
    #[doc(alias = "Store")]
    #[doc(alias = "store")]
    pub fn insert(&self, key: K, value: V) -> Option<&V> {
        self.collected(self.map.go_swap(key, value, &self.guard))
            .map(self::value)
    }

    /// The same as [`SyncMap::try_insert`], but returns plain references.
    ///
    /// # Errors
    ///
    /// If the key is present. The error contains the present value, and the key and the
    /// value that were not inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.try_insert("b", 2).unwrap(), &2);
    /// assert_eq!(pinned.try_insert("a", 2).unwrap_err().current, &1);
    /// ```
    #[doc(alias = "put_if_absent")]
    #[doc(alias = "insert_if_absent")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn try_insert(&self, key: K, value: V) -> Result<&V, OccupiedError<&V, K, V>> {
        let hash = self.map.hash_of(&key);
        self.collected(self.map.go_load_or_store(hash, key, value, &self.guard))
            .hand_out(self::value)
    }

    /// The same as [`SyncMap::try_insert_with`], but returns plain references.
    ///
    /// # Errors
    ///
    /// If the key is present. The error contains the present value, the key that was not
    /// inserted, and the value that `make` returned, if `make` ran.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.try_insert_with("b", || 2).unwrap(), &2);
    /// assert_eq!(pinned.try_insert_with("a", || 2).unwrap_err().value, None);
    /// ```
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn try_insert_with(
        &self,
        key: K,
        make: impl FnOnce() -> V,
    ) -> Result<&V, OccupiedError<&V, K, Option<V>>> {
        let hash = self.map.hash_of(&key);
        self.collected((self.map).go_load_or_store_with(hash, key, make, &self.guard))
            .hand_out(value)
    }

    /// The same as [`SyncMap::get_or_insert`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.get_or_insert("a", 7), pinned.get_or_insert("b", 2)), (&1, &2));
    /// ```
    #[doc(alias = "or_insert")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn get_or_insert(&self, key: K, value: V) -> &V {
        self.try_insert(key, value)
            .unwrap_or_else(OccupiedError::into_current)
    }

    /// The same as [`SyncMap::get_or_insert_with`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_or_insert_with("b", || 2), &2);
    /// ```
    #[doc(alias = "or_insert_with")]
    #[doc(alias = "or_default")]
    #[doc(alias = "or_insert_default")]
    #[doc(alias = "compute_if_absent")]
    #[doc(alias = "LoadOrStore")]
    #[doc(alias = "load_or_store")]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> &V {
        self.try_insert_with(key, make)
            .unwrap_or_else(OccupiedError::into_current)
    }

    /// The same as [`SyncMap::get_or_insert_with_ref`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<String, u32>::new();
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_or_insert_with_ref("a", || "a".to_owned(), || 1), &1);
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
    ) -> &V
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_or_insert_key_value_with_ref(key, make_key, make).1
    }

    /// The same as [`get_or_insert_with_ref`](Pinned::get_or_insert_with_ref), but also
    /// returns the key that is stored in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::<Box<str>, ()>::new();
    /// let pinned = map.pin();
    /// let intern = |name: &str| -> &str {
    ///     pinned.get_or_insert_key_value_with_ref(name, || name.into(), || ()).0
    /// };
    /// assert!(std::ptr::eq(intern("a"), intern("a")));
    /// ```
    #[doc(alias = "entry_ref")]
    #[doc(alias = "intern")]
    pub fn get_or_insert_key_value_with_ref<Q>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> V,
    ) -> (&K, &V)
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.map.hash_of(key), key, make_key);
        let make = || Ok::<_, Infallible>(make());
        let Ok(found) = self.collected(self.map.load_or_try_store(key, make, &self.guard));
        pair(found)
    }

    /// The same as [`SyncMap::get_or_insert_hashed_with`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// let map = readmostly::SyncMap::<String, u32>::new();
    /// let hash = map.hasher().hash_one("a");
    /// let pinned = map.pin();
    /// assert_eq!(pinned.get_or_insert_hashed_with(hash, "a", || "a".to_owned(), || 1), &1);
    /// ```
    #[doc(alias = "raw_entry_mut")]
    #[doc(alias = "from_key_hashed_nocheck")]
    pub fn get_or_insert_hashed_with<Q>(
        &self,
        hash: u64,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> V,
    ) -> &V
    where
        Q: Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(usable(hash), key, make_key);
        let make = || Ok::<_, Infallible>(make());
        let Ok(found) = self.collected(self.map.load_or_try_store(key, make, &self.guard));
        value(found)
    }

    /// The same as [`SyncMap::get_or_try_insert_with`], but returns a plain reference.
    ///
    /// # Errors
    ///
    /// If the key is absent and `make` returns an error. The method drops `key` and returns
    /// that error.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::new();
    /// let pinned = ports.pin();
    /// let port = pinned.get_or_try_insert_with("web", || "80".parse::<u16>());
    /// assert_eq!(port, Ok(&80));
    /// ```
    #[doc(alias = "or_try_insert_with")]
    #[doc(alias = "try_get_or_insert_with")]
    pub fn get_or_try_insert_with<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E> {
        let key = KeyFor::own(self.map.hash_of(&key), key);
        let outcome = self.map.load_or_try_store(key, make, &self.guard);
        self.collected(Tried(outcome)).hand_out(value).0
    }

    /// The same as [`SyncMap::get_or_try_insert_with_ref`], but returns a plain reference.
    ///
    /// # Errors
    ///
    /// If the key is absent and `make` returns an error. The method returns that error.
    ///
    /// # Examples
    ///
    /// ```
    /// let ports = readmostly::SyncMap::<String, u16>::new();
    /// let pinned = ports.pin();
    /// let parse = || "80".parse::<u16>();
    /// assert_eq!(pinned.get_or_try_insert_with_ref("web", || "web".into(), parse), Ok(&80));
    /// ```
    #[doc(alias = "entry_ref")]
    #[doc(alias = "or_try_insert_with")]
    pub fn get_or_try_insert_with_ref<Q, E>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&V, E>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.map.hash_of(key), key, make_key);
        let outcome = self.map.load_or_try_store(key, make, &self.guard);
        self.collected(Tried(outcome)).hand_out(value).0
    }

    /// The same as [`SyncMap::update`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.update("a", |n| n + 1), Some(&2));
    /// ```
    #[doc(alias = "alter")]
    pub fn update<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.load_and_update(key, f, &self.guard))
            .map(value)
    }

    /// The same as [`SyncMap::update_or_insert_with`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let hits = readmostly::SyncMap::new();
    /// let pinned = hits.pin();
    /// let mut hit = || pinned.update_or_insert_with("/", |n| n + 1, || 1);
    /// assert_eq!((hit(), hit()), (&1, &2));
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
    ) -> &V {
        let key = KeyFor::own(self.map.hash_of(&key), key);
        value(self.collected(self.map.update_or_store(key, f, make, &self.guard)))
    }

    /// The same as [`SyncMap::update_or_insert_with_ref`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let hits = readmostly::SyncMap::<String, u32>::new();
    /// let pinned = hits.pin();
    /// let mut hit = || pinned.update_or_insert_with_ref("/", || "/".into(), |n| n + 1, || 1);
    /// assert_eq!((hit(), hit()), (&1, &2));
    /// ```
    #[doc(alias = "upsert")]
    #[doc(alias = "entry_ref")]
    pub fn update_or_insert_with_ref<Q>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        f: impl FnMut(&V) -> V,
        make: impl FnOnce() -> V,
    ) -> &V
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.map.hash_of(key), key, make_key);
        value(self.collected(self.map.update_or_store(key, f, make, &self.guard)))
    }

    /// The same as [`SyncMap::update_or_remove`], but returns plain references.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, SyncMap};
    ///
    /// let map = SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.update_or_remove("a", |_| None), Compute::Removed(Some(&1)));
    /// ```
    #[doc(alias = "compute_if_present")]
    pub fn update_or_remove<Q>(
        &self,
        key: &Q,
        f: impl FnMut(&V) -> Option<V>,
    ) -> Compute<&V, Infallible>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.update_or_delete(key, f, &self.guard))
            .map(value)
    }

    /// The same as [`SyncMap::compute`], but returns plain references.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, Operation, SyncMap};
    ///
    /// let map = SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// let down = |seen: Option<(&&str, &i32)>| match seen {
    ///     Some((_, n)) => Operation::Insert(n - 1),
    ///     None => Operation::Abort(()),
    /// };
    /// let updated = Compute::Updated { old: &1, new: &0 };
    /// assert_eq!(pinned.compute("a", down), updated);
    /// ```
    #[doc(alias = "entry")]
    #[doc(alias = "upsert")]
    pub fn compute<T>(
        &self,
        key: K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<&V, T> {
        let key = KeyFor::own(self.map.hash_of(&key), key);
        self.collected(self.map.load_and_compute(key, f, &self.guard))
            .map(value)
    }

    /// The same as [`compute`](Pinned::compute), but returns each value together with the
    /// key that is stored in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, Operation, SyncMap};
    ///
    /// let map = SyncMap::<String, u32>::new();
    /// let pinned = map.pin();
    /// let key = String::from("a");
    /// let inserted = pinned.compute_entry(key, |_| Operation::<_>::Insert(1));
    /// assert_eq!(inserted, Compute::Inserted((&String::from("a"), &1)));
    /// ```
    pub fn compute_entry<T>(
        &self,
        key: K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<(&K, &V), T> {
        let key = KeyFor::own(self.map.hash_of(&key), key);
        self.collected(self.map.load_and_compute(key, f, &self.guard))
            .map(pair)
    }

    /// The same as [`SyncMap::compute_ref`], but returns plain references.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Compute, Operation, SyncMap};
    ///
    /// let map = SyncMap::from([(String::from("a"), 1)]);
    /// let pinned = map.pin();
    /// let down = |seen: Option<(&String, &i32)>| match seen {
    ///     Some((_, n)) => Operation::Insert(n - 1),
    ///     None => Operation::Abort(()),
    /// };
    /// let updated = Compute::Updated { old: &1, new: &0 };
    /// assert_eq!(pinned.compute_ref("a", || "a".to_owned(), down), updated);
    /// ```
    #[doc(alias = "entry_ref")]
    pub fn compute_ref<Q, T>(
        &self,
        key: &Q,
        make_key: impl FnOnce() -> K,
        f: impl FnMut(Option<(&K, &V)>) -> Operation<V, T>,
    ) -> Compute<&V, T>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let key = KeyFor::lent(self.map.hash_of(key), key, make_key);
        self.collected(self.map.load_and_compute(key, f, &self.guard))
            .map(value)
    }

    /// The same as [`SyncMap::replace`], but returns a plain reference.
    ///
    /// # Errors
    ///
    /// If the key is absent. The error is `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.replace("a", 2), pinned.replace("b", 3)), (Ok(&1), Err(3)));
    /// ```
    pub fn replace<Q>(&self, key: &Q, value: V) -> Result<&V, V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.replace_if(key, |_, _| true, value)
            .map_err(|refused| refused.new)
    }

    /// The same as [`SyncMap::replace_if`], but returns plain references.
    ///
    /// # Errors
    ///
    /// If `condition` returns `false`: the error contains the current value and `new`. If
    /// the key is absent: the error contains `new`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 3)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.replace_if("a", |_, n| *n < 5, 5).unwrap(), &3);
    /// assert_eq!(pinned.replace_if("a", |_, n| *n < 4, 4).unwrap_err().current, Some(&5));
    /// ```
    #[doc(alias = "CompareAndSwap")]
    #[doc(alias = "compare_and_swap")]
    pub fn replace_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&K, &V) -> bool,
        new: V,
    ) -> Result<&V, CompareExchangeError<&V, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected((self.map).go_compare_and_swap(key, condition, new, &self.guard))
            .hand_out(value)
    }

    /// The same as [`SyncMap::compare_exchange`], but returns plain references.
    ///
    /// # Errors
    ///
    /// If the value does not equal `expected`: the error contains the current value and
    /// `new`. If the key is absent: the error contains `new`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.compare_exchange("a", &1, 2).unwrap(), &1);
    /// assert_eq!(pinned.compare_exchange("a", &1, 3).unwrap_err().current, Some(&2));
    /// ```
    #[doc(alias = "CompareAndSwap")]
    #[doc(alias = "compare_and_swap")]
    pub fn compare_exchange<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<&V, CompareExchangeError<&V, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let equal = |_: &K, value: &V| value == expected;
        self.collected(self.map.go_compare_and_swap(key, equal, new, &self.guard))
            .hand_out(value)
    }

    /// The same as [`SyncMap::remove`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.remove("a"), Some(&1));
    /// ```
    #[doc(alias = "LoadAndDelete")]
    #[doc(alias = "load_and_delete")]
    #[doc(alias = "Delete")]
    #[doc(alias = "delete")]
    pub fn remove<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.go_load_and_delete(key, &self.guard))
            .map(value)
    }

    /// The same as [`remove`](Pinned::remove), but also returns the key that was stored in
    /// the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.remove_entry("a"), Some((&String::from("a"), &1)));
    /// ```
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.go_load_and_delete(key, &self.guard))
            .map(pair)
    }

    /// The same as [`SyncMap::remove_if`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.remove_if("a", |_, n| *n > 1), None);
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnMut(&K, &V) -> bool) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.go_compare_and_delete(key, condition, &self.guard))
            .map(value)
    }

    /// The same as [`SyncMap::try_remove_if`], but returns plain references.
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
    /// let pinned = map.pin();
    /// assert_eq!(pinned.try_remove_if("a", |_, n| *n > 1).unwrap_err().current, Some(&1));
    /// assert_eq!(pinned.try_remove_if("a", |_, n| *n == 1).unwrap(), &1);
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn try_remove_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&K, &V) -> bool,
    ) -> Result<&V, RemoveIfError<&V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.collected(self.map.try_delete_if(key, condition, &self.guard))
            .hand_out(value)
    }

    /// The same as [`SyncMap::compare_remove`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// assert_eq!(pinned.compare_remove("a", &1), Some(&1));
    /// ```
    #[doc(alias = "CompareAndDelete")]
    #[doc(alias = "compare_and_delete")]
    pub fn compare_remove<Q>(&self, key: &Q, expected: &V) -> Option<&V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        self.remove_if(key, |_, value| value == expected)
    }
}

/// Writes that do not hash a key.
impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// The same as [`SyncMap::clear`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// pinned.clear();
    /// assert!(pinned.is_empty());
    /// ```
    #[doc(alias = "Clear")]
    pub fn clear(&self) {
        self.map.clear_all(&self.guard);
        self.guard.collect_if_due();
    }

    /// The same as [`SyncMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 2)]);
    /// let pinned = map.pin();
    /// assert_eq!((pinned.retain(|_, n| *n > 1), pinned.len()), (1, 1));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) -> usize {
        let drop = |key: &K, value: &V| !keep(key, value);
        let mut keys = 0;
        self.map.range_and_delete(drop, |_| keys += 1, &self.guard);
        self.collected(keys)
    }

    /// Returns an iterator that removes each key for which `wanted` returns `true`, and
    /// returns the key and the value that it removed.
    ///
    /// The iterator is lazy. It visits a key, and removes it, only when the caller asks for
    /// the next item. If the iterator is dropped before its end, the keys that it has not
    /// visited stay in the map.
    ///
    /// The iteration is weakly consistent, with the guarantees of [`SyncMap::for_each`].
    /// `wanted` runs as the closure of [`SyncMap::remove_if`] does: with no lock held, and
    /// again each time that the value was replaced in the meantime. It may call any method
    /// of the map.
    ///
    /// # Complexity
    ///
    /// O(n) for the whole iteration. Removed keys stay as tombstones. If a new key was
    /// inserted since the last promotion, `extract_if` first takes the mutex for O(1) to
    /// promote the new keys. The handle holds a pin, so nothing that the iterator removes is
    /// freed before the end of the handle.
    ///
    /// # Linearization
    ///
    /// None for the whole iteration. Each removal takes effect at the compare-and-swap of
    /// its entry's word.
    ///
    /// # Panics
    ///
    /// `extract_if` does not panic. A step of the iterator panics if `wanted` panics, and, if
    /// `wanted` writes to its own key in each call, as for [`SyncMap::update`]. The keys that
    /// were already removed stay removed. The iterator can go on with the next key.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1), ("b", 20), ("c", 30)]);
    /// let pinned = map.pin();
    /// let (_, first) = pinned.extract_if(|_, n| *n >= 20).next().unwrap();
    /// assert!(*first >= 20);
    /// assert_eq!(pinned.len(), 2);
    /// assert_eq!(pinned.extract_if(|_, n| *n >= 20).count(), 1);
    /// ```
    #[doc(alias = "drain_filter")]
    #[doc(alias = "drain")]
    pub fn extract_if<F>(&self, wanted: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&K, &V) -> bool,
    {
        let iter = ExtractIf::new(self.map.go_range(&self.guard), wanted, &self.guard);
        self.collected(iter)
    }

    /// The same as [`SyncMap::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// pinned.remove("a");
    /// assert_eq!(pinned.compact(), 1);
    /// ```
    pub fn compact(&self) -> usize {
        self.collected(self.map.purge_tombstones(&self.guard))
    }

    /// The same as [`SyncMap::shrink_to_fit`].
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::with_capacity(1_000);
    /// let pinned = map.pin();
    /// pinned.insert("a", 1);
    /// pinned.shrink_to_fit();
    /// assert!(pinned.capacity() < 100);
    /// ```
    pub fn shrink_to_fit(&self) {
        self.map.purge_tight(&self.guard);
        self.guard.collect_if_due();
    }
}

fn value<'g, K, V>(found: Found<'g, K, V>) -> &'g V {
    found.value
}

fn pair<'g, K, V>(found: Found<'g, K, V>) -> (&'g K, &'g V) {
    (found.entry.key(), found.value)
}

impl<'p, K, V, S> IntoIterator for &'p Pinned<'_, K, V, S> {
    type Item = (&'p K, &'p V);
    type IntoIter = Iter<'p, K, V>;

    fn into_iter(self) -> Iter<'p, K, V> {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Pinned<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
