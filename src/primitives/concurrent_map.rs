//! [`ConcurrentMap`]: the operations that all maps of this crate have, with the same
//! meaning.

use crate::outcome::CompareExchangeError;
use equivalent::Equivalent;
use std::hash::Hash;
use std::ops::{ControlFlow, Deref};

/// The operations that all maps of this crate have, with the same meaning:
/// [`SyncMap`](crate::SyncMap), [`MutexMap`](super::MutexMap),
/// [`RwLockMap`](super::RwLockMap), [`ShardedMap`](super::ShardedMap) and
/// [`HybridMap`](super::HybridMap).
///
/// Code that is generic over this trait works with each of these maps, and can rely only on
/// the promises on this page. An implementation that promises more says so in its own
/// documentation.
///
/// # One name, one signature
///
/// A `SyncMap` has inherent methods too. If an inherent method has the name of a method of
/// this trait, both have the same signature and do the same. A method call on a `SyncMap`
/// uses the inherent method. So code that imports this trait, and calls only its methods,
/// compiles for each of these maps. Such code switches to another map by a change of one
/// type alias. The maps also share constructors and traits: `new`, `with_capacity`,
/// `with_hasher`, `with_capacity_and_hasher` and `hasher`; `Default`, `Clone`, `Debug`,
/// `PartialEq`, `Eq`, `From` arrays, `FromIterator`, `Extend` and `IntoIterator`.
///
/// The trait has no `get`. A `get` returns a reference, and a reference into a locked map
/// would hold the lock of the map as long as it lives. A second call of the same thread
/// could then wait for that lock forever. Use [`get_with`](Self::get_with) or
/// [`get_cloned`](Self::get_cloned). For the same reason the calls that change a value
/// return no reference to the new value:
///
/// | `SyncMap` only | every map |
/// |---|---|
/// | `get(key)` | `get_with(key, f)`, `get_cloned(key)` |
/// | `get_or_insert_with(key, make)` | `get_with_or_insert(key, make, f)` |
/// | `update(key, f)` | `modify(key, f)` |
/// | `compare_exchange(key, expected, new)` | `compare_and_set(key, expected, new)` |
///
/// # Linearization
///
/// Each call that names a key takes effect at one instant between its start and its return.
/// This holds for all keys together: what one thread has seen, no other thread can see
/// undone.
///
/// Calls that name no key are [`for_each`](Self::for_each), [`retain`](Self::retain),
/// [`clear`](Self::clear) and [`len`](Self::len). They promise the same only for each key
/// separately. The implementation says whether they promise it for all keys together.
///
/// # Closures
///
/// Some closures see a value while it is in the map. Such a closure may run while a lock is
/// held:
///
/// - the closures of [`get_with`](Self::get_with), [`modify`](Self::modify),
///   [`retain`](Self::retain) and [`for_each`](Self::for_each);
/// - the second closure of [`get_with_or_insert`](Self::get_with_or_insert);
/// - the comparison of [`compare_and_set`](Self::compare_and_set);
/// - `Clone` and `Debug` of keys and values, when a map is cloned or shown;
/// - `Hash` of keys and `PartialEq` of values, when two maps are compared.
///
/// **Such a closure must not use the same map**: this may deadlock, and often does, even
/// with a single thread. It should be short, because other threads may wait for the lock.
///
/// Any call of a `SyncMap` or a `HybridMap` may run destructors of values that were removed
/// from some map. If such a destructor may use the map whose lock is held, the closure must
/// not call a `SyncMap` or a `HybridMap`.
///
/// A `SyncMap` holds no lock while a closure runs. A `HybridMap` holds none while the closure
/// of a call on one key runs, if that key was hot when the call began. If, in these two
/// cases, a closure writes to its own key in each call, the operation panics, as
/// [`SyncMap::update`](crate::SyncMap::update) says.
///
/// The closure `make` of `get_with_or_insert` runs with no lock held, and may do anything.
/// Destructors may do anything too: keys, values and their clones are dropped with no lock
/// held, even if a closure panics.
///
/// # A `Ref` is not a lock
///
/// A value can be changed in place if it has interior mutability, such as an atomic counter.
/// The maps differ in what happens if another thread removes the key at the same time, by
/// `remove`, `remove_if`, `retain`, `extract_if` or `clear`:
///
/// - In a map with locks, the closure of [`get_with`](Self::get_with) holds the lock. The
///   removal waits until the closure has returned. The removed value has the change.
/// - A [`Ref`](crate::Ref), and the closure of `get_with` of a `SyncMap`, hold no lock. Two
///   threads, in order of time: thread 1 finds the counter. Thread 2 removes the key, and
///   reads the counter from the removed value. Thread 1 adds to the counter. No call ever
///   returns that addition: it is lost. The same holds for the hot keys of a `HybridMap`.
///
/// A counter that only grows, and whose key stays, loses nothing in any map. Where keys are
/// removed, replace the value instead: [`modify`](Self::modify) and
/// [`compare_and_set`](Self::compare_and_set) lose nothing in any map. To collect all
/// counters of a `SyncMap` and begin again, use
/// [`SyncMap::take_all`](crate::SyncMap::take_all), and wait for the pairs. They come when no
/// other thread can use them any more, so they have every addition.
///
/// ```
/// use readmostly::SyncMap;
/// use readmostly::primitives::ConcurrentMap;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let hits = SyncMap::from([("/", AtomicU32::new(0))]);
/// let mut collected = 0;
/// hits.get_with("/", |counter| {
///     // Another thread may remove the key here: nothing makes it wait.
///     collected += hits.remove("/").unwrap().load(Ordering::Relaxed);
///     counter.fetch_add(1, Ordering::Relaxed);
/// });
/// assert_eq!((collected, hits.len()), (0, 0));
/// ```
///
/// # Panics
///
/// Any call may panic because `Hash` or `Eq` of a key panics, or because a closure panics.
/// After that the map is intact: no lock is left held. Each key has its previous value, or
/// the value that the call was going to give it. `Eq` of keys may run under a lock, and
/// must not use the same map either.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use readmostly::primitives::{ConcurrentMap, MutexMap, RwLockMap};
///
/// fn count_words<'t>(words: &'t str, counts: &impl ConcurrentMap<&'t str, u32>) {
///     for word in words.split(' ') {
///         // Another thread may insert the word between two calls. So the insertion keeps what
///         // is there, begins at zero, and `modify` adds the one.
///         while !counts.modify(word, |n| n + 1) {
///             counts.get_with_or_insert(word, || 0, |_| ());
///         }
///     }
/// }
///
/// let (one, two, three) = (SyncMap::new(), MutexMap::new(), RwLockMap::new());
/// count_words("a b a", &one);
/// count_words("a b a", &two);
/// count_words("a b a", &three);
/// assert_eq!(one.get_with("a", |n| *n), Some(2));
/// assert_eq!(two.get_with("a", |n| *n), Some(2));
/// assert_eq!(three.get_with("a", |n| *n), Some(2));
/// ```
pub trait ConcurrentMap<K, V> {
    /// The type of a value that was removed or overwritten, as the call returns it.
    ///
    /// If no other thread can be reading the value, this is the value itself. Otherwise it
    /// is a guard. Therefore no call has to clone a value, or to require `V: Clone`.
    type Old<'m>: Deref<Target = V>
    where
        Self: 'm;

    /// Calls `f` with the value of `key`, and returns the result of `f`. If the key is
    /// absent, returns `None` and does not call `f`.
    ///
    /// `f` may run [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, RwLockMap};
    ///
    /// let map = RwLockMap::from([("a", String::from("x"))]);
    /// assert_eq!(map.get_with("a", |value| value.len()), Some(1));
    /// assert_eq!(map.get_with("b", |value| value.len()), None);
    /// ```
    fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized;

    /// Returns a clone of the value of `key`, or `None` if the key is absent.
    ///
    /// `Clone` may run [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(1), plus the clone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// assert_eq!(map.get_cloned("a"), Some(1));
    /// ```
    fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        self.get_with(key, V::clone)
    }

    /// Returns `true` if `key` is present.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// assert!(map.contains_key("a") && !map.contains_key("b"));
    /// ```
    fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_with(key, |_| ()).is_some()
    }

    /// Inserts the key with `value`, or overwrites the value of `key`. Returns the old
    /// value, or `None` if the key was absent. If the key was present, the map keeps its
    /// own key and drops `key`.
    ///
    /// # Complexity
    ///
    /// Amortized O(1): sometimes a table has to grow.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::new();
    /// assert!(map.insert("a", 1).is_none());
    /// assert_eq!(map.insert("a", 2).as_deref(), Some(&1));
    /// ```
    fn insert(&self, key: K, value: V) -> Option<Self::Old<'_>>;

    /// Calls `f` with the value of `key`, and returns the result of `f`. If the key is
    /// absent, inserts the value that `make` returns first.
    ///
    /// `make` runs at most once, with no lock held, and may call any method of the map. Two
    /// threads may each make a value for the same key at the same time. The value of the
    /// slower thread is dropped. `f` may run [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// If the key is present: as for [`get_with`](Self::get_with). Otherwise: as for
    /// [`insert`](Self::insert).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::new();
    /// assert_eq!(map.get_with_or_insert("a", || 1, |n| *n), 1);
    /// assert_eq!(map.get_with_or_insert("a", || unreachable!(), |n| *n), 1);
    /// ```
    fn get_with_or_insert<R>(&self, key: K, make: impl FnOnce() -> V, f: impl FnOnce(&V) -> R)
    -> R;

    /// Removes `key`. Returns its value, or `None` if the key was absent.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::from([("a", 1)]);
    /// assert_eq!(map.remove("a").as_deref(), Some(&1));
    /// assert!(map.remove("a").is_none());
    /// ```
    fn remove<Q>(&self, key: &Q) -> Option<Self::Old<'_>>
    where
        Q: Hash + Equivalent<K> + ?Sized;

    /// Replaces the value of `key` with the result of `f`, and returns `true`. If the key
    /// is absent, returns `false` and does not call `f`. Also returns `false` if the
    /// key was removed after a call of `f`.
    ///
    /// `f` may run [while a lock is held](Self#closures). If no lock is held, another
    /// thread may change the value in the meantime. Then `f` is called again with the newer
    /// value. The result of the last call of `f` is the new value. Therefore `f` should
    /// have no side effects.
    ///
    /// # Complexity
    ///
    /// O(1) for each call of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// assert!(map.modify("a", |n| n + 1) && !map.modify("b", |n| n + 1));
    /// assert_eq!(map.get_cloned("a"), Some(2));
    /// ```
    fn modify<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized;

    /// Replaces the value of `key` with `new` if the value equals `expected`.
    ///
    /// Values may be compared [while a lock is held](Self#closures).
    ///
    /// # Errors
    ///
    /// If the value does not equal `expected`, or if the key is absent. The error contains
    /// `new`, and says whether the key was present.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// assert!(map.compare_and_set("a", &1, 2).is_ok());
    /// let refused = map.compare_and_set("a", &1, 3).unwrap_err();
    /// assert_eq!((refused.current, refused.new), (Some(()), 3));
    /// let refused = map.compare_and_set("b", &1, 3).unwrap_err();
    /// assert_eq!((refused.current, refused.new), (None, 3));
    /// ```
    fn compare_and_set<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq;

    /// Removes every key for which `keep` returns `false`. Returns the number of keys that
    /// this call removed. The number is exact: it does not count a key that another call
    /// removed.
    ///
    /// Calls `keep` for each key that is present during the whole call. Calls `keep` again
    /// for a key only if the value of the key changed in the meantime. `keep` may run
    /// [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` panics. The keys that were already removed stay removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.retain(|_, n| *n > 1), 1);
    /// assert!(!map.contains_key("a") && map.contains_key("b"));
    /// ```
    fn retain(&self, keep: impl FnMut(&K, &V) -> bool) -> usize {
        self.retain_and_show(keep, |_| ())
    }

    /// Removes every key for which `keep` returns `false`, as [`retain`](Self::retain)
    /// does, and calls `removed` with each removed key. Returns the number of calls of
    /// `removed`.
    ///
    /// `removed` runs with no lock held, and may call any method of the map. It runs after
    /// the key has left the map and before the key is dropped. It does not run for a key
    /// that another thread removed in the meantime.
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` or `removed` panics. The keys that were already removed stay removed. If
    /// `keep` panicked, `removed` was called for each of these keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, ShardedMap};
    ///
    /// let map = ShardedMap::from([("a", 1), ("b", 2)]);
    /// let mut removed = Vec::new();
    /// assert_eq!(map.retain_and_show(|_, n| *n > 1, |key| removed.push(*key)), 1);
    /// assert_eq!(removed, ["a"]);
    /// ```
    fn retain_and_show(&self, keep: impl FnMut(&K, &V) -> bool, removed: impl FnMut(&K)) -> usize;

    /// Calls `f` for each key that is present, until `f` returns [`ControlFlow::Break`].
    /// Returns that `Break`, or `Continue` if no call returned one.
    ///
    /// A key that is present during the whole call is visited exactly once. No key is
    /// visited twice. A key that another call inserts or removes in the meantime may be
    /// visited or not, with any value that the key had during the call. `f` may run [while
    /// a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Examples
    ///
    /// To visit every key, write `for_each::<()>` and end the closure with `Continue(())`:
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    /// use std::ops::ControlFlow::Continue;
    ///
    /// let map = MutexMap::from([("a", 1), ("b", 20)]);
    /// let mut sum = 0;
    /// let _ = map.for_each::<()>(|_, n| {
    ///     sum += n;
    ///     Continue(())
    /// });
    /// assert_eq!(sum, 21);
    /// ```
    ///
    /// To stop early:
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    /// use std::ops::ControlFlow;
    ///
    /// let map = MutexMap::from([("a", 1), ("b", 20)]);
    /// let big = map.for_each(|key, &value| match value {
    ///     10.. => ControlFlow::Break(*key),
    ///     _ => ControlFlow::Continue(()),
    /// });
    /// assert_eq!(big, ControlFlow::Break("b"));
    /// ```
    fn for_each<B>(&self, f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B>;

    /// Returns the number of keys that are present. The number is exact when no writer
    /// runs.
    ///
    /// # Complexity
    ///
    /// O(1), or O(number of locks).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// assert_eq!(MutexMap::from([("a", 1), ("b", 2)]).len(), 2);
    /// ```
    fn len(&self) -> usize;

    /// Returns `true` if [`len`](Self::len) is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// assert!(MutexMap::<u32, u32>::new().is_empty());
    /// ```
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes every key. The removed keys and values are dropped with no lock held.
    ///
    /// # Complexity
    ///
    /// Under locks: O(1), or O(number of locks). After that: O(n), for the destructors.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    fn clear(&self);
}
