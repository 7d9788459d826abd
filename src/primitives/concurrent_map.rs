//! [`ConcurrentMap`]: what all the maps of this crate can do with the same
//! meaning.

use crate::outcome::CompareExchangeError;
use equivalent::Equivalent;
use std::hash::Hash;
use std::ops::{ControlFlow, Deref};

/// What [`SyncMap`](crate::SyncMap), [`MutexMap`](super::MutexMap),
/// [`RwLockMap`](super::RwLockMap), [`ShardedMap`](super::ShardedMap) and
/// [`HybridMap`](super::HybridMap) can do with the same meaning.
///
/// Code that is written against this trait runs over any of them. Where an
/// implementation gives more than is promised here, it says so where it is
/// implemented. A `SyncMap` has methods of the same names that come first on a
/// `SyncMap` itself, and give more; in code that is generic over this trait only
/// the meaning here counts.
///
/// # Linearization
///
/// Each call that names a key takes effect at one instant between its beginning
/// and its end, for all keys together: what one thread has seen, no other can see
/// undone. Calls that name none ([`for_each`](Self::for_each),
/// [`retain`](Self::retain), [`clear`](Self::clear), [`len`](Self::len)) promise
/// that for each key by itself; whether for all together, the implementation says.
///
/// # Closures
///
/// Some closures see a value where it stands, and so may run while a lock is held:
/// those of [`get_with`](Self::get_with), [`update`](Self::update),
/// [`retain`](Self::retain) and [`for_each`](Self::for_each), the second one of
/// [`get_or_insert_with`](Self::get_or_insert_with), the comparison of
/// [`compare_exchange`](Self::compare_exchange), and the `Clone` and `Debug` of
/// keys and values where a map is cloned or shown.
///
/// **They must not use the same map**: that may deadlock, with one thread alone,
/// and often does. They should be short, as others wait for them. And as any call
/// of a `SyncMap` or a `HybridMap` may run destructors of what was removed from
/// some map, a closure must not call one of these if such a destructor may use the
/// map that it runs in.
///
/// A `SyncMap` holds no lock while a closure runs, nor does a `HybridMap` for a hot
/// key. There a closure that writes to its own key each time that it is called ends
/// in a panic, as [`SyncMap::update`](crate::SyncMap::update) says.
///
/// `make` of `get_or_insert_with` is no such closure: it runs with no lock held,
/// and may do anything. Nor are destructors: keys and values, and clones of them,
/// are dropped with no lock held, also if a closure panics.
///
/// # Panics
///
/// Any call may panic because `Hash` or `Eq` of a key, or a closure, does. The map
/// is then whole: no lock is left held, and each key has the value that it had, or
/// the one that the call was to give it. `Eq` of keys may run under a lock and must
/// not use the same map either.
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
    /// A value that has left the map, for whoever made it leave to look at.
    ///
    /// A map that can drop a value at once gives it away here; one that cannot,
    /// because others may still be reading it, gives a guard. So nobody pays for a
    /// clone, and nobody has to ask for `V: Clone`.
    type Old<'m>: Deref<Target = V>
    where
        Self: 'm;

    /// Shows the value of `key` to `f`, and gives back what that makes of it.
    /// None, and `f` is not called, if the key is absent.
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

    /// Puts `value` in, and gives back the value it replaced. The key that was
    /// there stays, and `key` is dropped.
    ///
    /// # Complexity
    ///
    /// O(1), amortised: now and then a table has to grow.
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

    /// Shows the value of `key` to `f`, and gives back what that makes of it. If
    /// the key is absent, what `make` makes is put in first.
    ///
    /// `make` runs at most once, with no lock held, and may do anything with the
    /// map. Two threads may each make a value for one key at the same time; that of
    /// the second is dropped. `f` may run [while a lock is held](Self#closures).
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

    /// Replaces the value of `key` by what `f` makes of it. False, and `f` is not
    /// called, if the key is absent.
    ///
    /// `f` may run [while a lock is held](Self#closures), and again with the newer
    /// value where none is and another thread changed it in between: it should do
    /// nothing but compute. The value that its last call made is the one that is
    /// put in. False after a call of `f`: the key was removed meanwhile.
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

    /// Puts `new` in if the value of `key` equals `expected`. Values may be
    /// compared [while a lock is held](Self#closures).
    ///
    /// # Errors
    ///
    /// If it does not, or the key is absent: `new`, and whether the key was
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
    /// Asks about each key that is present all the time, and about none twice but
    /// where its value changed in between. `keep` may run
    /// [while a lock is held](Self#closures).
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` does: what was removed until then stays removed.
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

    /// [`retain`](Self::retain), which shows each key that it removed to `removed`.
    ///
    /// `removed` runs with no lock held, when the key has left the map and before it
    /// is dropped, and may do anything with the map. A key that another thread
    /// removed just then is not shown.
    ///
    /// # Complexity
    ///
    /// O(n).
    ///
    /// # Panics
    ///
    /// If `keep` or `removed` does: what was removed until then stays removed. If it
    /// was `keep`, that was shown.
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
    /// A key that is present all the time is visited exactly once, no key twice; a
    /// key that comes or goes meanwhile may be visited or not, with any value it
    /// had meanwhile. `f` may run [while a lock is held](Self#closures).
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
    /// O(1), or as many steps as there are locks, while one is held; O(n) after
    /// that, for the destructors.
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
