//! [`ConcurrentMap`]: the operations that all maps of this crate have, with the same
//! meaning.

use crate::outcome::CompareExchangeError;
use equivalent::Equivalent;
use std::hash::Hash;
use std::ops::{ControlFlow, Deref};

/// The operations that [`SyncMap`](crate::SyncMap), [`MutexMap`](super::MutexMap),
/// [`RwLockMap`](super::RwLockMap), [`ShardedMap`](super::ShardedMap) and
/// [`HybridMap`](super::HybridMap) have, with the same meaning.
///
/// Code that is written against this trait works with any of them. An implementation that
/// promises more says so in its own documentation. `SyncMap` has methods of the same names
/// that promise more. A call on a `SyncMap` itself means those. Code that is generic over
/// this trait can rely only on what is said here.
///
/// # Linearization
///
/// Each call that names a key takes effect at one instant between its beginning and its
/// end. That holds for all keys together: what one thread has seen, no other thread can see
/// undone. Calls that name no key ([`for_each`](Self::for_each),
/// [`retain`](Self::retain), [`clear`](Self::clear), [`len`](Self::len)) promise that for
/// each key by itself. The implementation says whether it holds for all keys together.
///
/// # Closures
///
/// Some closures see a value in its place, and so may run while a lock is held:
/// those of [`get_with`](Self::get_with), [`update`](Self::update),
/// [`retain`](Self::retain) and [`for_each`](Self::for_each), the second one of
/// [`get_or_insert_with`](Self::get_or_insert_with), the comparison of
/// [`compare_exchange`](Self::compare_exchange), and the `Clone` and `Debug` of
/// keys and values where a map is cloned or shown.
///
/// **They must not use the same map**: that may deadlock, even with a single thread, and
/// often does. They should be short, because other threads may wait for the lock. Any call
/// of a `SyncMap` or a `HybridMap` may run destructors of what was removed from some map. So
/// a closure must not call a `SyncMap` or a `HybridMap` if such a destructor may use the map
/// whose lock is held.
///
/// A `SyncMap` holds no lock while a closure runs. A `HybridMap` holds none for a hot key.
/// There a closure that writes to its own key in each call ends in a panic, as
/// [`SyncMap::update`](crate::SyncMap::update) says.
///
/// `make` of `get_or_insert_with` runs with no lock held, and may do anything. Destructors
/// too: keys and values, and clones of them, are dropped with no lock held, also if a
/// closure panics.
///
/// # Panics
///
/// Any call may panic because `Hash` or `Eq` of a key, or a closure, does. The map is then
/// intact: no lock is left held, and each key has the value that it had, or the one that
/// the call was to give it. `Eq` of keys may run under a lock, and must not use the same
/// map either.
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
    /// A value that has left the map, as the call that removed or overwrote it returns it.
    ///
    /// A map whose values no other thread can be reading returns the value itself. Another
    /// map returns a guard. So no call has to clone a value, or to ask for `V: Clone`.
    type Old<'m>: Deref<Target = V>
    where
        Self: 'm;

    /// Calls `f` with the value of `key`, and gives back what `f` returns. If the key is
    /// absent, gives back `None`, and does not call `f`.
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

    /// A clone of the value of `key`, if it is present. `Clone` may run
    /// [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(1), and the clone.
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

    /// Whether `key` is present.
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

    /// Inserts `value`, or overwrites the value of `key` and gives back the old one. If the
    /// key is there already, it stays, and `key` is dropped.
    ///
    /// # Complexity
    ///
    /// O(1), amortized: now and then a table has to grow.
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

    /// Calls `f` with the value of `key`, and gives back what `f` returns. If the key is
    /// absent, inserts what `make` makes first.
    ///
    /// `make` runs at most once, with no lock held, and may do anything with the map. Two
    /// threads may each make a value for one key at the same time. The value of the later
    /// one is dropped. `f` may run [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// As [`get_with`](Self::get_with) if the key is present, else as
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

    /// Removes `key`, and gives back its value.
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

    /// Replaces the value of `key` by what `f` makes of it. If the key is absent, gives back
    /// false, and does not call `f`.
    ///
    /// `f` may run [while a lock is held](Self#closures). Where no lock is held, `f` is called
    /// again with the newer value if another thread changed the value in between. So it
    /// should do nothing but compute. The result of its last call is the new value. False
    /// after a call of `f`: the key was removed meanwhile.
    ///
    /// # Complexity
    ///
    /// O(1), for each call of `f`.
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

    /// Replaces the value of `key` by `new` if it equals `expected`. Values may be compared
    /// [while a lock is held](Self#closures).
    ///
    /// # Errors
    ///
    /// If the value is another one, or the key is absent: `new`, and whether the key was
    /// present.
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

    /// Removes every key for which `keep` says no.
    ///
    /// Asks `keep` about each key that is present all the time. Asks again about a key only
    /// if its value changed in between. `keep` may run [while a lock is
    /// held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` does. What was removed until then stays removed.
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

    /// As [`retain`](Self::retain), and calls `removed` with each key that it removed.
    ///
    /// `removed` runs with no lock held, after the key has left the map and before the key
    /// is dropped, and may do anything with the map. It is not called for a key that
    /// another thread removed meanwhile.
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` or `removed` does. What was removed until then stays removed. If `keep`
    /// panicked, `removed` was called for all of that.
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

    /// Calls `f` for each key that is present, until it breaks, and gives back what
    /// it broke with.
    ///
    /// A key that is present all the time is visited exactly once. No key is visited twice.
    /// A key that is inserted or removed meanwhile may be visited or not, with any value
    /// that it had meanwhile. `f` may run [while a lock is held](Self#closures).
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

    /// How many keys are present. Exact when no writer runs.
    ///
    /// # Complexity
    ///
    /// O(1), or as many steps as there are locks.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// assert_eq!(MutexMap::from([("a", 1), ("b", 2)]).len(), 2);
    /// ```
    fn len(&self) -> usize;

    /// Whether [`len`](Self::len) is zero.
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

    /// Removes every key. What was removed is dropped with no lock held.
    ///
    /// # Complexity
    ///
    /// Under locks: O(1), or as many steps as there are locks. After that: O(n), for the
    /// destructors.
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
