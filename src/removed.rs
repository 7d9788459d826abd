//! Removed values and pairs that the caller owns, and the wait until no other thread can be
//! reading them.
//!
//! A removal leaves a value to readers that found it before. So the value itself can be had
//! only when every guard is gone that was alive at the removal (`reclaim/cookies.rs`).

use crate::entry::{EntryPtr, OwnedEntries, Unretired};
use crate::garbage::Garbage;
use crate::iter::IntoIter;
use crate::map::{MapGuard, SyncMap};
use crate::pinned::Pinned;
use crate::reclaim::{Cookie, Replaced, can_wait, cookie, pin};
use equivalent::Equivalent;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;

/// A value that was removed from a map, and that the holder owns, from
/// [`SyncMap::remove_owned`].
///
/// Other threads may still read the value, under guards (a [`Ref`](crate::Ref), a
/// [`Pinned`], an iterator) that were alive at the removal. [`try_into_inner`] and [`wait`]
/// give the value itself when every guard is gone that was alive at the removal, of any map and
/// any thread. Until then the holder can read the value, too: a `Removed` dereferences to it.
///
/// A value that is used for long, such as a connection, should not be used through a
/// [`Ref`](crate::Ref): that holds back the garbage of all maps. Store an `Arc`, and use a
/// clone. To close the connection, take the `Arc` out by `remove_owned` and `wait`. Call
/// `Arc::into_inner` on this `Arc`, and on each clone after its use. The last of these calls
/// returns the connection itself.
///
/// If a `Removed` is dropped, its value is dropped later, as after
/// [`remove`](SyncMap::remove). A `Removed` holds no guard and borrows no map. It can be
/// sent to another thread, if the value can be sent and shared.
///
/// [`try_into_inner`]: Removed::try_into_inner
/// [`wait`]: Removed::wait
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("log", vec![1, 2, 3])]);
/// let removed = map.remove_owned("log").unwrap();
/// assert_eq!(removed.len(), 3);
/// let log: Vec<i32> = removed.wait().unwrap();
/// assert_eq!(log, [1, 2, 3]);
/// ```
#[must_use = "a value that is dropped unasked is dropped later, as after `remove`"]
pub struct Removed<K, V> {
    /// Taken out when the value is moved out, or retired.
    value: ManuallyDrop<Unretired<K, V>>,
    cookie: Cookie,
}

// SAFETY: it owns a value, which goes with it (so `Send`) while other threads may read it (so
// `Sync`). It has no key: the memory of the entry may go with it, which drops nothing.
unsafe impl<K, V: Send + Sync> Send for Removed<K, V> {}
// SAFETY: a shared one lets other threads read the value.
unsafe impl<K, V: Sync> Sync for Removed<K, V> {}

impl<K, V> Removed<K, V> {
    /// The value was taken out before this call.
    fn new(value: Unretired<K, V>) -> Self {
        Self {
            value: ManuallyDrop::new(value),
            cookie: cookie(),
        }
    }

    /// Returns the value, if no guard is left that was alive at the removal. Does not wait,
    /// but helps: it collects, and may run destructors of retired garbage.
    ///
    /// A guard that was taken after the removal may be in the way, too, for as long as it
    /// lives: guards are told apart by epochs, and an epoch is longer than an instant. A call
    /// that is under way in another thread is such a guard.
    ///
    /// # Errors
    ///
    /// If such a guard may be left. The error is the `Removed` itself, to ask again. A guard
    /// of the calling thread counts. Inside a destructor that runs in some call, or inside a
    /// closure that runs while a lock is held, the call does not help.
    ///
    /// # Complexity
    ///
    /// O(1), and collections. These drop as much as [`SyncMap::flush`] at the most.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    ///
    /// let map = SyncMap::from([("a", String::from("x"))]);
    /// let reader = map.get("a").unwrap();
    /// let removed = map.remove_owned("a").unwrap();
    /// let removed = removed.try_into_inner().unwrap_err();
    /// assert_eq!((&**reader, &**removed), ("x", "x"));
    /// drop(reader);
    /// assert_eq!(removed.wait().unwrap(), "x");
    /// ```
    pub fn try_into_inner(self) -> Result<V, Self> {
        if self.cookie.is_over() {
            Ok(self.into_value())
        } else {
            Err(self)
        }
    }

    /// Waits until every guard is gone that was alive at the removal, of any map and any
    /// thread, and returns the value. Collects meanwhile, and may run destructors of retired
    /// garbage. May also wait for a guard that was taken later, as
    /// [`try_into_inner`](Self::try_into_inner) says.
    ///
    /// `wait` blocks the thread. In an async task, call `try_into_inner`, and sleep before the
    /// next call. Or call `wait` in `tokio::task::spawn_blocking`.
    ///
    /// A guard that is never dropped, because it was leaked, makes `wait` wait for ever. So
    /// does a guard whose thread waits for the caller.
    ///
    /// # Errors
    ///
    /// If the calling thread would wait for itself ([`WaitError`]). The error contains the
    /// `Removed`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    ///
    /// let map = SyncMap::from([("a", String::from("x")), ("b", String::from("y"))]);
    /// let removed = map.remove_owned("a").unwrap();
    /// let held = map.get("b").unwrap();
    /// // This thread holds a guard: it would wait for itself.
    /// let removed = removed.wait().unwrap_err().into_inner();
    /// drop(held);
    /// assert_eq!(removed.wait().unwrap(), "x");
    /// ```
    pub fn wait(self) -> Result<V, WaitError<Self>> {
        if !can_wait() || !self.cookie.wait() {
            return Err(WaitError(self));
        }
        Ok(self.into_value())
    }

    /// Every guard is gone that was alive at the removal.
    fn into_value(self) -> V {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: used once, as `this` is not dropped.
        let value = unsafe { ManuallyDrop::take(&mut this.value) };
        // SAFETY: M10: the cookie was taken after the value was taken out, and is over.
        unsafe { value.take() }
    }
}

impl<K, V> Drop for Removed<K, V> {
    fn drop(&mut self) {
        // SAFETY: used once, here: `into_value` does not drop `self`.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        let guard = pin();
        // SAFETY: it may be dropped on another thread, later: `remove_owned` demanded
        // `V: Send + 'static`.
        unsafe { value.retire(&guard) };
        guard.collect_if_due();
    }
}

impl<K, V> Deref for Removed<K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value.value()
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Removed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Removed").field(&**self).finish()
    }
}

/// All the keys and values that a map had at one instant, which the holder owns, from
/// [`SyncMap::take_all`].
///
/// Other threads may still use the values, under guards (a [`Ref`](crate::Ref), a
/// [`Pinned`], an iterator) that were alive at that instant. A call or an iterator that began
/// before may still store a value to a key, or remove one. [`try_into_inner`] and [`wait`] give the
/// pairs when these guards are gone, with what those calls have done.
///
/// If a `RemovedAll` is dropped, its keys and values are dropped later, as after
/// [`clear`](SyncMap::clear). It holds no guard and borrows no map. It can be sent to
/// another thread.
///
/// [`try_into_inner`]: RemovedAll::try_into_inner
/// [`wait`]: RemovedAll::wait
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1), ("b", 2)]);
/// let all = map.take_all();
/// assert!(map.is_empty());
/// let mut pairs: Vec<_> = all.wait().unwrap().collect();
/// pairs.sort();
/// assert_eq!(pairs, [("a", 1), ("b", 2)]);
/// ```
#[must_use = "pairs that are dropped unasked are dropped later, as after `clear`"]
pub struct RemovedAll<K, V> {
    entries: Vec<EntryPtr<K, V>>,
    cookie: Cookie,
}

// SAFETY: it owns keys and values, which go with it (so `Send`) while other threads may read
// them (so `Sync`).
unsafe impl<K: Send + Sync, V: Send + Sync> Send for RemovedAll<K, V> {}
// SAFETY: a shared one can do nothing.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for RemovedAll<K, V> {}

impl<K, V> RemovedAll<K, V> {
    /// Returns the keys and values, if no guard is left that was alive when they were taken.
    /// Does not wait. All else is as for [`Removed::try_into_inner`].
    ///
    /// # Errors
    ///
    /// If such a guard may be left. The error is the `RemovedAll` itself, to ask again.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    ///
    /// let map = SyncMap::from([("a", 1)]);
    /// let reader = map.get("a").unwrap();
    /// let all = map.take_all().try_into_inner().unwrap_err();
    /// drop(reader);
    /// assert_eq!(all.wait().unwrap().next(), Some(("a", 1)));
    /// ```
    pub fn try_into_inner(self) -> Result<IntoIter<K, V>, Self> {
        if self.cookie.is_over() {
            Ok(self.into_pairs())
        } else {
            Err(self)
        }
    }

    /// Waits until no guard is left that was alive when the keys and values were taken, and
    /// returns them. Blocks the thread: in an async task, call
    /// [`try_into_inner`](Self::try_into_inner), and sleep before the next call. All else is as
    /// for [`Removed::wait`].
    ///
    /// This is how to collect and reset counters that other threads change in place through a
    /// [`Ref`](crate::Ref): no change is lost.
    ///
    /// # Errors
    ///
    /// If the calling thread would wait for itself ([`WaitError`]). The error contains the
    /// `RemovedAll`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::thread;
    ///
    /// let hits = SyncMap::new();
    /// let mut collected = 0;
    /// thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         for _ in 0..1_000 {
    ///             let counter = hits.get_or_insert_with("/", || AtomicU64::new(0));
    ///             counter.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     });
    ///     for _ in 0..10 {
    ///         let all = hits.take_all().wait().unwrap();
    ///         collected += all.map(|(_, counter)| counter.into_inner()).sum::<u64>();
    ///     }
    /// });
    /// let rest = hits.take_all().wait().unwrap();
    /// collected += rest.map(|(_, counter)| counter.into_inner()).sum::<u64>();
    /// assert_eq!(collected, 1_000);
    /// ```
    pub fn wait(self) -> Result<IntoIter<K, V>, WaitError<Self>> {
        if !can_wait() || !self.cookie.wait() {
            return Err(WaitError(self));
        }
        Ok(self.into_pairs())
    }

    /// Every guard is gone that was alive when the entries were taken.
    fn into_pairs(mut self) -> IntoIter<K, V> {
        let entries = mem::take(&mut self.entries);
        // SAFETY: M10: the cookie was taken after the entries had left the last table, and is
        // over. They are in the list once, and nobody else frees them.
        IntoIter::new(unsafe { OwnedEntries::new(entries) })
    }
}

impl<K, V> Drop for RemovedAll<K, V> {
    fn drop(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let garbage = Garbage {
            snapshot: Replaced::nothing(),
            entries: mem::take(&mut self.entries),
        };
        let guard = pin();
        garbage.retire(&guard);
        guard.collect_if_due();
    }
}

impl<K, V> fmt::Debug for RemovedAll<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemovedAll").finish_non_exhaustive()
    }
}

/// The calling thread would wait for itself, or without an end, so it did not wait, or stopped
/// waiting. The error contains what the call was made for.
///
/// There are five cases:
///
/// - The thread holds a guard: a [`Ref`](crate::Ref), a [`Pinned`], or an iterator of a map.
/// - A map calls code of its user (a closure, `Eq`, `Clone`) with a lock or a guard held, and
///   that code waits.
/// - The thread runs a destructor that some call runs for retired garbage.
/// - The thread is exiting: destructors of its thread-local variables run.
/// - The kernel has begun to refuse `membarrier(2)`, and some thread that has read before has
///   made no call since ([memory](crate::docs::memory#where-there-are-none)).
///
/// # Examples
///
/// ```
/// let map = readmostly::SyncMap::from([("a", 1)]);
/// let held = map.get("a").unwrap();
/// let refused = readmostly::synchronize().unwrap_err();
/// assert!(refused.to_string().contains("would wait for itself"));
/// assert!(format!("{refused:?}").contains("would wait for itself"));
/// drop(held);
/// assert!(readmostly::synchronize().is_ok());
/// ```
pub struct WaitError<T = ()>(T);

impl<T> WaitError<T> {
    /// Returns what the call was made for.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// let removed = pinned.remove_owned("a").unwrap();
    /// let removed = removed.wait().unwrap_err().into_inner();
    /// assert_eq!(*removed, 1);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Says why, as `Display` does: for the message of an `unwrap`.
impl<T> fmt::Debug for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WaitError({self})")
    }
}

impl<T> fmt::Display for WaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this thread would wait for itself: it holds a guard or a lock of a map, runs a \
             destructor for a map, or is exiting (or the kernel has begun to refuse membarrier)",
        )
    }
}

impl<T> Error for WaitError<T> {}

/// Waits until every guard is gone that was alive at the call: every [`Ref`](crate::Ref),
/// every [`Pinned`] and every iterator, of any map and any thread. RCU has the same function
/// under this name.
///
/// What a thread unlinks before the call, no other thread can be reading after it. Collects
/// meanwhile, and may run destructors of retired garbage. Does not wait for these: for that
/// see [`SyncMap::flush`]. May also wait for a guard that was taken shortly after the call.
///
/// `synchronize` blocks the thread. In an async task, call it in `tokio::task::spawn_blocking`.
///
/// A guard that is never dropped, because it was leaked, makes `synchronize` wait for ever.
/// So does a guard whose thread waits for the caller.
///
/// # Errors
///
/// If the calling thread would wait for itself: see [`WaitError`].
///
/// # Complexity
///
/// Two advances of the epoch, and with light pins one grace period more. Between two looks
/// the thread sleeps for up to a millisecond.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
/// use std::sync::Arc;
///
/// let map = SyncMap::from([("config", Arc::new(1))]);
/// let old = map.get("config").map(|config| Arc::clone(&config)).unwrap();
/// map.insert("config", Arc::new(2));
/// readmostly::synchronize().unwrap();
/// // Every thread that reads the map from here on reads the new configuration, and none
/// // still reads the old one through the map.
/// assert_eq!(*old, 1);
/// ```
#[doc(alias = "synchronize_rcu")]
pub fn synchronize() -> Result<(), WaitError> {
    if !can_wait() || !cookie().wait() {
        return Err(WaitError(()));
    }
    Ok(())
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Removes `key`, and returns its value as one that the caller owns. Returns `None` if
    /// the key was absent.
    ///
    /// [`remove`](SyncMap::remove) gives a reference, because other threads may still be
    /// reading the value. This method gives a [`Removed`], from which the value itself can
    /// be had when they are done. It does not give the key: the key may stay in the map, as
    /// a tombstone.
    ///
    /// # Locking, complexity, linearization
    ///
    /// As for [`remove`](SyncMap::remove). In addition, the call changes a number that all
    /// such calls share.
    ///
    /// # Panics
    ///
    /// If `Hash` or `Eq` panics. The map is not affected.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    ///
    /// let jobs = SyncMap::from([(7, vec!["fetch", "parse"])]);
    /// let steps = jobs.remove_owned(&7).unwrap().wait().unwrap();
    /// assert_eq!(steps.into_iter().next(), Some("fetch"));
    /// assert!(jobs.remove_owned(&7).is_none());
    /// ```
    pub fn remove_owned<Q>(&self, key: &Q) -> Option<Removed<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let guard = self.map_guard();
        let removed = self.take_owned(key, &guard);
        guard.collect_if_due();
        removed
    }

    fn take_owned<Q>(&self, key: &Q, guard: &MapGuard<'_, K, V>) -> Option<Removed<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.delete_unretired(key, guard).map(Removed::new)
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// Removes every key at one instant, and returns all keys and values as ones that the
    /// caller owns.
    ///
    /// This is [`clear`](SyncMap::clear), except that nothing is dropped: the pairs can be
    /// had from the [`RemovedAll`] when no other thread can be using them any more. A call
    /// that began before that instant may store a value afterwards. That value is among the
    /// pairs. What a thread changes in place, through a [`Ref`](crate::Ref) that it took
    /// before, is in the pairs, too.
    ///
    /// After `take_all` every key is new. To collect counters whose names stay, swap each counter
    /// in place instead: `for (name, n) in &map.pin() { sum += n.swap(0, Relaxed) }`. This also
    /// loses no addition, and needs no `wait`.
    ///
    /// # Locking, complexity, linearization
    ///
    /// As for [`clear`](SyncMap::clear).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncMap;
    ///
    /// let map = SyncMap::from([("a", 1), ("b", 2)]);
    /// let all = map.take_all();
    /// map.insert("c", 3);
    /// assert_eq!(all.wait().unwrap().map(|(_, n)| n).sum::<i32>(), 3);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn take_all(&self) -> RemovedAll<K, V> {
        let guard = self.map_guard();
        let all = self.take_all_owned(&guard);
        guard.collect_if_due();
        all
    }

    fn take_all_owned(&self, guard: &MapGuard<'_, K, V>) -> RemovedAll<K, V> {
        let mut garbage = self.take_everything(guard);
        let entries = mem::take(&mut garbage.entries);
        let cookie = cookie();
        // The table alone.
        garbage.retire(guard);
        RemovedAll { entries, cookie }
    }
}

impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// The same as [`SyncMap::remove_owned`]. The value can be had only when this handle is
    /// gone, because the handle is a guard, too.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// let removed = pinned.remove_owned("a").unwrap();
    /// drop(pinned);
    /// assert_eq!(removed.wait().unwrap(), 1);
    /// ```
    pub fn remove_owned<Q>(&self, key: &Q) -> Option<Removed<K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.with_guard(|map, guard| map.take_owned(key, guard))
    }
}

impl<K, V, S> Pinned<'_, K, V, S>
where
    K: Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// The same as [`SyncMap::take_all`]. The pairs can be had only when this handle is gone,
    /// because the handle is a guard, too.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::SyncMap::from([("a", 1)]);
    /// let pinned = map.pin();
    /// let all = pinned.take_all();
    /// drop(pinned);
    /// assert_eq!(all.wait().unwrap().next(), Some(("a", 1)));
    /// ```
    pub fn take_all(&self) -> RemovedAll<K, V> {
        self.with_guard(SyncMap::take_all_owned)
    }
}
