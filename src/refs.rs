//! [`Ref`]: a value together with the pin that keeps it allocated.

use crate::entry::{Entry, Found};
use crate::reclaim::{Anchor, Guard, LightGuard};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A reference to a value, from a one-shot method of [`SyncMap`](crate::SyncMap).
///
/// A `Ref` is not a lock. Its holder and all other threads can still read and write the
/// map. A `Ref` cannot cause a deadlock. A `Ref` refers to the value that the call found.
/// By now the map may have another value for the key, or none.
///
/// A `Ref` holds a pin of its thread: a [light pin](crate::docs::memory#light-pins) or a
/// pin of the epoch. While the `Ref` is alive, nothing that any thread retires is freed, in
/// any map. Keep a `Ref` only briefly. If you need the value for long, clone the value.
///
/// If the lifetimes of several references of one thread overlap without a gap, they count
/// as one reference that lives as long as all of them together. Therefore a loop that goes
/// from one reference to the next should drop the old reference first.
///
/// A `Ref` is not `Send`. It cannot be held across an `.await` in a task that may move to
/// another thread.
///
/// A `Ref` cannot be narrowed to a part of its value. To return a reference to a part, put the
/// `Ref` in a struct of your own that implements `Deref`.
///
/// A `Ref` that is forgotten or leaked counts as alive forever, even after its thread has
/// ended. From then on nothing is freed
/// ([memory](crate::docs::memory#what-a-held-guard-costs)).
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let seen = map.get("a").unwrap();
/// map.insert("a", 2);
/// assert_eq!((*seen, seen.key()), (1, &"a"));
/// assert_eq!(*map.get("a").unwrap(), 2);
/// ```
pub struct Ref<'m, K, V> {
    /// The entry, and the guard that keeps it (M6).
    entry: Anchor,
    value: NonNull<V>,
    /// What is at the anchor.
    _entry: PhantomData<NonNull<Entry<K, V>>>,
    /// The map frees its entries at once when it is dropped itself.
    _map: PhantomData<&'m (K, V)>,
}

impl<'m, K, V> Ref<'m, K, V> {
    /// # Safety
    ///
    /// M6: `guard` was pinned before `found` was found, and is still the same pin. `found` is
    /// in a map that is borrowed for `'m`.
    #[inline]
    pub(crate) unsafe fn new(found: Detached<K, V>, guard: Guard) -> Self {
        Self {
            entry: Anchor::full(found.entry, guard),
            value: found.value,
            _entry: PhantomData,
            _map: PhantomData,
        }
    }

    /// # Safety
    ///
    /// As for [`new`](Self::new).
    #[inline]
    pub(crate) unsafe fn light(found: Detached<K, V>, guard: LightGuard) -> Self {
        Self {
            entry: Anchor::light(found.entry, guard),
            value: found.value,
            _entry: PhantomData,
            _map: PhantomData,
        }
    }

    /// Returns the key that is stored in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([(String::from("a"), 1)]);
    /// assert_eq!(map.get("a").unwrap().key(), "a");
    /// ```
    pub fn key(&self) -> &K {
        // SAFETY: M6: the guard is alive, and the map is borrowed for `'m`.
        unsafe { &*self.entry.address::<Entry<K, V>>() }.key()
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: M6: the guard is alive, and the map is borrowed for `'m`.
        unsafe { self.value.as_ref() }
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<K, V: fmt::Display> fmt::Display for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A [`Found`] without its lifetime. It goes into a [`Ref`], together with its guard.
pub(crate) struct Detached<K, V> {
    pub(crate) entry: NonNull<Entry<K, V>>,
    pub(crate) value: NonNull<V>,
}

impl<K, V> From<Found<'_, K, V>> for Detached<K, V> {
    #[inline]
    fn from(found: Found<'_, K, V>) -> Self {
        Self {
            entry: NonNull::from(found.entry),
            value: NonNull::from(found.value),
        }
    }
}
