//! [`Ref`] and [`MappedRef`]: a value, or a part of it, together with the pin that keeps it
//! allocated. And the marker that keeps every guard on its thread.

use crate::entry::{Entry, Found};
use crate::reclaim::{Anchor, Guard, LightGuard};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::rc::Rc;

/// The reason why no guard is `Send`: a guard ends its pin on the thread that began it.
///
/// The compiler names this type where a guard would go to another thread. There are three
/// ways out: clone the value, end the guard earlier, or read the value in a closure. See the
/// documentation of [`Ref`].
///
/// A guard has a marker of this type, or an impl of `Send` that asks this type to be `Send`. It
/// never is. So the compiler has one reason for all guards of a map, and not one for each
/// pointer in them.
#[expect(missing_debug_implementations, reason = "no value of it is ever made")]
pub struct AGuardStaysOnItsThread<K: ?Sized, const MOVES: bool = false>(PhantomData<*const K>);

// A type with an impl of `Send` is `Send` nowhere else: with `false`, this one is not.
// A guard has `false`. The compiler's error shows the lines of this impl, with their comment.
//
// SAFETY: nothing uses it with `true`.
unsafe impl<K> Send for AGuardStaysOnItsThread<K, true> where
    // Not the way out. Copy the value out before the `.await`: `docs::what_does_not_compile`.
    K: ?Sized
{
}

/// A reference to a value, from a one-shot method of [`SyncMap`](crate::SyncMap), or from an
/// iterator such as [`SyncMap::iter`](crate::SyncMap::iter).
///
/// A `Ref` is not a lock. Its holder and all other threads can still read and write the
/// map. A `Ref` cannot cause a deadlock. A `Ref` refers to the value that the call found.
/// By now the map may have another value for the key, or none. So what is changed in place
/// through a `Ref`, such as an atomic counter, may be lost with its key ([which calls lose
/// nothing](crate::primitives::ConcurrentMap#a-ref-is-not-a-lock)).
///
/// A `Ref` holds a pin of its thread: a [light pin](crate::docs::memory#light-pins) or a
/// pin of the epoch. While the `Ref` is alive, nothing that any thread retires is freed, in
/// any map. Keep a `Ref` only briefly.
///
/// If the lifetimes of several references of one thread overlap without a gap, they count
/// as one reference that lives as long as all of them together. Therefore a loop that goes
/// from one reference to the next should drop the old reference first.
///
/// [`Ref::map`] narrows a `Ref` to a part of its value.
///
/// A `Ref` that is forgotten or leaked counts as alive forever, even after its thread has
/// ended. From then on nothing is freed
/// ([memory](crate::docs::memory#what-a-held-guard-costs)).
///
/// # Threads and tasks
///
/// A `Ref` is not `Send`: it ends its pin on the thread that began it. So a task that may move
/// to another thread cannot hold a `Ref` across an `.await`. The error of the compiler names
/// the type `AGuardStaysOnItsThread`. There are three ways out
/// ([examples](crate::docs::what_does_not_compile#no-guard-across-an-await)):
///
/// - Clone the value: [`get_cloned`](crate::SyncMap::get_cloned), of an `Arc` if the value is
///   large.
/// - End the `Ref` before the `.await`, by a block around it.
/// - Read the value in a closure, with [`get_with`](crate::SyncMap::get_with), and keep the
///   result.
///
/// A task that stays on its thread compiles with a `Ref` across an `.await`: a task of
/// `spawn_local`, for example, or the future of `block_on`. While such a task waits, no map
/// of the process frees anything. The function [`reclamation`](crate::reclamation) tells how
/// much waits. If it is called regularly, it also tells for how long some guard has been alive.
///
/// A `&Ref` can go to another thread, if `K` and `V` are `Sync`.
///
/// # Why there is no `clone`
///
/// `found.clone()` clones the value, if `V: Clone`. A second pin for the same value would need
/// the participant of the first pin, and a thread that exits has no participant of its own any
/// more. To share a `Ref` on its thread, put it into an `Rc`.
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
#[doc(alias = "AGuardStaysOnItsThread")]
pub struct Ref<'m, K, V> {
    /// The entry, and the guard that keeps it (M6).
    entry: Anchor,
    value: Address<V>,
    /// The map frees its entries at once when it is dropped itself.
    _map: PhantomData<&'m (K, V)>,
    _guard: PhantomData<AGuardStaysOnItsThread<K>>,
}

/// An address that is of no concern to `Send`: its owner has a marker.
struct Address<T: ?Sized>(NonNull<T>);

// SAFETY: an address alone does nothing. Its owner, a `Ref` or a `MappedRef`, is not `Send`.
unsafe impl<T: ?Sized> Send for Address<T> {}

// SAFETY: a shared `Ref` gives references to its key and its value, and nothing else. It
// does not touch the guard, which ends when its owner drops the `Ref`: on its own thread,
// as a `Ref` is not `Send`.
unsafe impl<K: Sync, V: Sync> Sync for Ref<'_, K, V> {}

impl<'m, K, V> Ref<'m, K, V> {
    /// # Safety
    ///
    /// M6: `guard` was pinned before `found` was found, and is still the same pin. `found` is
    /// in a map that is borrowed for `'m`.
    #[inline]
    pub(crate) unsafe fn new(found: Detached<K, V>, guard: Guard) -> Self {
        Self {
            entry: Anchor::full(found.entry, guard),
            value: Address(found.value),
            _map: PhantomData,
            _guard: PhantomData,
        }
    }

    /// # Safety
    ///
    /// As for [`new`](Self::new).
    #[inline]
    pub(crate) unsafe fn light(found: Detached<K, V>, guard: LightGuard) -> Self {
        Self {
            entry: Anchor::light(found.entry, guard),
            value: Address(found.value),
            _map: PhantomData,
            _guard: PhantomData,
        }
    }

    /// # Safety
    ///
    /// As for [`new`](Self::new).
    #[inline]
    pub(crate) unsafe fn shared(found: Detached<K, V>, guard: Rc<Guard>) -> Self {
        Self {
            entry: Anchor::shared(found.entry, guard),
            value: Address(found.value),
            _map: PhantomData,
            _guard: PhantomData,
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

    /// Returns a reference to a part of the value, with the pin of `this`. Takes no lock.
    ///
    /// This is an associated function, as for the guards of `std`: call `Ref::map(found, …)`.
    /// A method would hide a method `map` of the value. `f` may call any method of any map.
    ///
    /// # Complexity
    ///
    /// O(1), and what `f` costs. Allocates nothing.
    ///
    /// # Panics
    ///
    /// If `f` panics. `this` is dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{MappedRef, Ref, SyncMap};
    ///
    /// struct User {
    ///     name: String,
    /// }
    ///
    /// fn name(users: &SyncMap<u32, User>, id: u32) -> Option<MappedRef<'_, str>> {
    ///     Some(Ref::map(users.get(&id)?, |user| user.name.as_str()))
    /// }
    ///
    /// let users = SyncMap::from([(1, User { name: "Ada".into() })]);
    /// assert_eq!(name(&users, 1).as_deref(), Some("Ada"));
    /// assert!(name(&users, 2).is_none());
    /// ```
    pub fn map<T: ?Sized>(this: Self, f: impl FnOnce(&V) -> &T) -> MappedRef<'m, T> {
        let part = NonNull::from(f(&this));
        this.narrowed(part)
    }

    /// Returns a reference to a part of the value, with the pin of `this`, if `f` returns one.
    /// In all other respects the same as [`map`](Ref::map).
    ///
    /// # Errors
    ///
    /// If `f` returns `None`. The error is `this`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{Ref, SyncMap};
    ///
    /// let map = SyncMap::from([("a", vec![1, 2])]);
    /// let second = Ref::filter_map(map.get("a").unwrap(), |list| list.get(1));
    /// assert_eq!(*second.unwrap(), 2);
    /// let third = Ref::filter_map(map.get("a").unwrap(), |list| list.get(2));
    /// assert_eq!(*third.unwrap_err(), [1, 2]);
    /// ```
    pub fn filter_map<T: ?Sized>(
        this: Self,
        f: impl FnOnce(&V) -> Option<&T>,
    ) -> Result<MappedRef<'m, T>, Self> {
        match f(&this).map(NonNull::from) {
            Some(part) => Ok(this.narrowed(part)),
            None => Err(this),
        }
    }

    /// A reference to the key. `self` keeps its value too: it is the same entry.
    pub(crate) fn into_key(self) -> MappedRef<'m, K> {
        let key = NonNull::from(self.key());
        self.narrowed(key)
    }

    /// `part` is of the entry or of the value.
    fn narrowed<T: ?Sized>(self, part: NonNull<T>) -> MappedRef<'m, T> {
        MappedRef::anchored(self.entry, part)
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: M6: the guard is alive, and the map is borrowed for `'m`.
        unsafe { self.value.0.as_ref() }
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

/// A reference to a part of a value, from [`Ref::map`], or to a key, from
/// [`SyncMap::keys`](crate::SyncMap::keys).
///
/// It holds the pin of the [`Ref`] that it was made from. What is said of a `Ref` is true of a
/// `MappedRef`: it is not a lock, nothing is freed while it is alive, and it is not `Send`.
/// The [three ways out](Ref#threads-and-tasks) are the same.
///
/// # Examples
///
/// ```
/// use readmostly::{Ref, SyncMap};
///
/// let map = SyncMap::from([("a", (1, "one"))]);
/// let word = Ref::map(map.get("a").unwrap(), |pair| pair.1);
/// map.remove("a");
/// assert_eq!(&*word, "one");
/// ```
pub struct MappedRef<'m, T: ?Sized> {
    /// The entry that it was found in, and the guard that keeps it (M6).
    entry: Anchor,
    part: Address<T>,
    /// The map frees its entries at once when it is dropped itself.
    _part: PhantomData<&'m T>,
    _guard: PhantomData<AGuardStaysOnItsThread<T>>,
}

// SAFETY: as for `Ref`.
unsafe impl<T: ?Sized + Sync> Sync for MappedRef<'_, T> {}

impl<'m, T: ?Sized> MappedRef<'m, T> {
    /// M6: the guard of `entry` keeps `part`, in a map that is borrowed for `'m`.
    fn anchored(entry: Anchor, part: NonNull<T>) -> Self {
        Self {
            entry,
            part: Address(part),
            _part: PhantomData,
            _guard: PhantomData,
        }
    }

    /// The same as [`Ref::map`], of a part.
    ///
    /// # Panics
    ///
    /// If `f` panics. `this` is dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{MappedRef, Ref, SyncMap};
    ///
    /// let map = SyncMap::from([("a", (vec![1, 2, 3], "x"))]);
    /// let list = Ref::map(map.get("a").unwrap(), |pair| &pair.0);
    /// let rest = MappedRef::map(list, |list| &list[1..]);
    /// assert_eq!(*rest, [2, 3]);
    /// ```
    pub fn map<U: ?Sized>(this: Self, f: impl FnOnce(&T) -> &U) -> MappedRef<'m, U> {
        let part = NonNull::from(f(&this));
        MappedRef::anchored(this.entry, part)
    }

    /// The same as [`Ref::filter_map`], of a part.
    ///
    /// # Errors
    ///
    /// If `f` returns `None`. The error is `this`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{MappedRef, SyncMap};
    ///
    /// let map = SyncMap::from([(String::from("a b"), 1)]);
    /// let key = map.keys().next().unwrap();
    /// let word = MappedRef::filter_map(key, |key| key.split(' ').nth(1)).unwrap();
    /// assert_eq!(&*word, "b");
    /// ```
    pub fn filter_map<U: ?Sized>(
        this: Self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedRef<'m, U>, Self> {
        match f(&this).map(NonNull::from) {
            Some(part) => Ok(MappedRef::anchored(this.entry, part)),
            None => Err(this),
        }
    }
}

impl<T: ?Sized> Deref for MappedRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: M6: the guard is alive, and the map is borrowed for `'m`.
        unsafe { self.part.0.as_ref() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MappedRef<'_, T> {
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
