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
/// documentation. `SyncMap` has inherent methods with the same names that promise more. A
/// method call on a `SyncMap` uses the inherent method.
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
/// - the closures of [`get_with`](Self::get_with), [`update`](Self::update),
///   [`retain`](Self::retain) and [`for_each`](Self::for_each);
/// - the second closure of [`get_or_insert_with`](Self::get_or_insert_with);
/// - the comparison of [`compare_exchange`](Self::compare_exchange);
/// - `Clone` and `Debug` of keys and values, when a map is cloned or shown.
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
/// The closure `make` of `get_or_insert_with` runs with no lock held, and may do anything.
/// Destructors may do anything too: keys, values and their clones are dropped with no lock
/// held, even if a closure panics.
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
///         if !counts.update(word, |n| n + 1) {
///             counts.insert(word, 1);
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
    /// assert_eq!(map.get_or_insert_with("a", || 1, |n| *n), 1);
    /// assert_eq!(map.get_or_insert_with("a", || unreachable!(), |n| *n), 1);
    /// ```
    fn get_or_insert_with<R>(&self, key: K, make: impl FnOnce() -> V, f: impl FnOnce(&V) -> R)
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
    /// assert!(map.update("a", |n| n + 1) && !map.update("b", |n| n + 1));
    /// assert_eq!(map.get_cloned("a"), Some(2));
    /// ```
    fn update<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> bool
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
    /// assert!(map.compare_exchange("a", &1, 2).is_ok());
    /// let refused = map.compare_exchange("a", &1, 3).unwrap_err();
    /// assert_eq!((refused.current, refused.new), (Some(()), 3));
    /// let refused = map.compare_exchange("b", &1, 3).unwrap_err();
    /// assert_eq!((refused.current, refused.new), (None, 3));
    /// ```
    fn compare_exchange<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq;

    /// Removes every key for which `keep` returns `false`.
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
    /// map.retain(|_, n| *n > 1);
    /// assert!(!map.contains_key("a") && map.contains_key("b"));
    /// ```
    fn retain(&self, keep: impl FnMut(&K, &V) -> bool) {
        self.retain_and_show(keep, |_| ());
    }

    /// Removes every key for which `keep` returns `false`, as [`retain`](Self::retain)
    /// does, and calls `removed` with each removed key.
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
    /// map.retain_and_show(|_, n| *n > 1, |key| removed.push(*key));
    /// assert_eq!(removed, ["a"]);
    /// ```
    fn retain_and_show(&self, keep: impl FnMut(&K, &V) -> bool, removed: impl FnMut(&K));

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
