//! [`Ref`]: a value together with the pin that keeps it allocated.

use crate::entry::{Entry, Found};
use crate::reclaim::{Anchor, Guard, LightGuard};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A reference to a value, from a one-shot method of [`SyncMap`](crate::SyncMap).
///
/// A `Ref` is not a lock. Its holder and all other threads can go on reading and writing
/// the map, and nothing can deadlock. A `Ref` refers to the value as it was found. The map
/// may have another value by now, or none.
///
/// A `Ref` holds a pin of its thread: a light one, or one of the epoch
/// ([`docs::memory`](crate::docs::memory#light-pins)). While it is alive, nothing that any
/// thread retires is freed, in any map. Keep it as briefly as any other guard, and clone
/// the value if you need it for long. References of one thread whose lives overlap without
/// a gap count as one that lives as long as all of them together. So a loop that goes from
/// one reference to the next drops the old one first. A `Ref` is not `Send`, so it cannot
/// be held across an `.await` in a task that may move to another thread.
///
/// A `Ref` that is forgotten or leaked counts as alive for ever, also when its thread has
/// ended: nothing is freed from then on
/// ([`docs::memory`](crate::docs::memory#what-a-held-guard-costs) says why).
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

    /// The key, as it stands in the map.
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
