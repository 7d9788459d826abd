//! An `ArcSwap` whose replaced snapshots go to the epoch, and the guard that
//! knows what it last saw there.
//!
//! The `ArcSwap` is the one source of truth for what is current, the epoch says
//! how long what it replaced can be looked into, and each snapshot says of
//! itself that it has been superseded. So a reader that has seen a snapshot
//! before needs to ask nobody but that snapshot.
//!
//! # Order
//!
//! Mark the old one, publish the new one, unlock, retire the old one. Whoever
//! pins and then finds no mark knows that the snapshot is retired, if ever,
//! after the pin (rule M2). Whoever finds one asks the `ArcSwap`, which between
//! mark and publication still gives out the old one, and that is right. Who has
//! the map to itself ([`Snapshots::take`]) may mark last.

use super::chosen::{ArcSwapOption, ConstAtomicUsize, Guard};
use super::chosen::{fence, next_map, pin, with_thread};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What can be published: it says of itself whether something newer was.
pub(crate) trait Snapshot {
    /// Flags that only ever go up, [`SUPERSEDED`] among them. One load, SeqCst.
    fn state(&self) -> usize;

    /// Raises [`SUPERSEDED`].
    fn supersede(&self);

    /// Frees what it holds. What says whether it is superseded stays, for the
    /// threads that still remember it.
    ///
    /// # Safety
    ///
    /// Nobody looks into it any more, and this is the only call.
    unsafe fn free(&self);
}

/// Another snapshot has been published, or is about to be.
pub(crate) const SUPERSEDED: usize = 1;

/// The published snapshot, or none.
pub(crate) struct Snapshots<T> {
    current: ArcSwapOption<T>,
    /// The map's number, given to it with its first snapshot, and, in the lowest
    /// bit, whether a snapshot is published. The bit goes up before a snapshot
    /// comes and down after the last has gone: without it there is none. Both
    /// together are the map's key in the threads' slots.
    key: ConstAtomicUsize,
}

const PUBLISHED: usize = 1;

/// The key of maps that came too late to have one of their own: nothing is
/// remembered under it.
const UNREMEMBERED: usize = usize::MAX;

impl<T: Snapshot> Snapshots<T> {
    /// Nothing published.
    pub(crate) const fn empty() -> Self {
        Self {
            current: ArcSwapOption::const_empty(),
            key: ConstAtomicUsize::zero(),
        }
    }

    /// Whether there is a snapshot. If not, the map is empty at this instant.
    #[inline]
    pub(crate) fn any_published(&self) -> bool {
        // ORDERING: SeqCst, in the order of all entry words: `docs/orderings.md`.
        self.key.load(Ordering::SeqCst) & PUBLISHED != 0
    }

    /// Pins the current thread, and finds the snapshot it remembers, with its
    /// state, if it is still the current one. What is found is good for as long as
    /// the pin lasts.
    #[inline]
    pub(crate) fn pin(&self) -> PinAndSeen<T> {
        // ORDERING: Relaxed: the map's number, which the slots know if this
        // thread was here before. As to the lowest bit: the snapshot itself is
        // asked.
        self.pin_with(self.key.load(Ordering::Relaxed))
    }

    /// As [`pin`](Self::pin). None, and no pin: there is no snapshot, and so the
    /// map is empty at this instant.
    #[inline(always)]
    pub(crate) fn pin_unless_empty(&self) -> Option<PinAndSeen<T>> {
        // ORDERING: SeqCst, in the order of all entry words: `docs/orderings.md`.
        let key = self.key.load(Ordering::SeqCst);
        (key & PUBLISHED != 0).then(|| self.pin_with(key))
    }

    // Always: the state would go through memory.
    #[inline(always)]
    fn pin_with(&self, key: usize) -> PinAndSeen<T> {
        with_thread(|thread| {
            // Found before the pin, which is a barrier, so that its address is at
            // hand right after it. What is found is judged after the pin.
            let changes = thread.slots.changes();
            let found = thread.slots.find(key);
            let guard = thread.pin();
            // Something came due in the pin; or an allocator that uses a map came by.
            if thread.slots.changes() != changes {
                return (guard, None);
            }
            // SAFETY: the slot has a reference, and has not changed.
            (guard, unsafe { Self::judge(found) })
        })
        .unwrap_or_else(pin_without_thread)
    }

    /// The snapshot found in a slot, and its state, if it is the current one.
    ///
    /// # Safety
    ///
    /// It was found under this map's key, the slot still has it, and the thread
    /// is pinned.
    #[inline]
    unsafe fn judge(found: *const ()) -> Option<(Seen<T>, usize)> {
        let found = NonNull::new(found.cast_mut().cast::<T>())?;
        // SAFETY: our caller's word: the slot has a reference.
        let state = unsafe { found.as_ref() }.state();
        (state & SUPERSEDED == 0).then_some((Seen(found), state))
    }

    /// The current snapshot and its state. The thread is pinned.
    fn find(&self) -> Option<(Seen<T>, usize)> {
        // ORDERING: SeqCst, in the order of all entry words: `docs/orderings.md`.
        let key = self.key.load(Ordering::SeqCst);
        if key & PUBLISHED == 0 {
            return None;
        }
        // SAFETY: nothing has run since it was found.
        with_thread(|thread| unsafe { Self::judge(thread.slots.find(key)) })
            .flatten()
            .or_else(|| self.ask(key))
    }

    /// Asks the `ArcSwap`, and remembers the answer under `key`.
    #[cold]
    fn ask(&self, key: usize) -> Option<(Seen<T>, usize)> {
        let current = self.current.load_full()?;
        let answer = (Seen(NonNull::from(&*current)), current.state());
        if key != UNREMEMBERED {
            with_thread(move |thread| thread.slots.put(key, current));
        }
        Some(answer)
    }

    /// Replaces the current snapshot, which is `old`. The caller holds the map's
    /// mutex, and retires what was replaced after the unlock.
    pub(crate) fn publish(&self, old: Option<&T>, new: Option<T>) -> Replaced<T> {
        if let Some(old) = old {
            old.supersede();
        }
        let replaced = self.replace(new);
        // Readers would go on with it for ever, and it is about to be freed.
        let marked = replaced.as_deref().map(ptr::from_ref) == old.map(ptr::from_ref);
        assert!(marked, "what is replaced has not been marked");
        Replaced(replaced.map(ManuallyDrop::new))
    }

    fn replace(&self, new: Option<T>) -> Option<Arc<T>> {
        if let Some(new) = new {
            // ORDERING: Relaxed: only the mutex's holder changes it.
            let number = match self.key.load(Ordering::Relaxed) {
                0 => next_map().map_or(UNREMEMBERED, |map| map << 1),
                known => known,
            };
            // ORDERING: SeqCst, in the order of all entry words. Weakened:
            // `across::the_first_key_of_a_map_is_there_for_who_comes_after`.
            self.key.fetch_or(number | PUBLISHED, Ordering::SeqCst);
            return self.current.swap(Some(Arc::new(new)));
        }
        let old = self.current.swap(None);
        if old.is_some() {
            // ORDERING: SeqCst, as above.
            self.key.fetch_and(!PUBLISHED, Ordering::SeqCst);
        }
        old
    }

    /// The current snapshot, of a map that is borrowed exclusively.
    pub(crate) fn get_mut(&mut self) -> Option<&T> {
        let current = self.current.load();
        let snapshot: *const T = Arc::as_ptr(current.as_ref()?);
        // SAFETY: `&mut self`: nobody replaces it while the result lives.
        Some(unsafe { &*snapshot })
    }

    /// Takes the current snapshot out, of a map that is borrowed exclusively, and
    /// frees it when `look` has seen it.
    pub(crate) fn take<R>(&mut self, look: impl FnOnce(Option<&T>) -> R) -> R {
        let taken = self.replace(None);
        if let Some(snapshot) = &taken {
            snapshot.supersede();
        }
        let result = look(taken.as_deref());
        if let Some(snapshot) = taken {
            // SAFETY: `&mut self`: no guard of this map is left, and it was just
            // taken out.
            unsafe { snapshot.free() };
        }
        result
    }
}

#[cold]
fn pin_without_thread<T>() -> PinAndSeen<T> {
    (pin(), None)
}

/// A snapshot that was current at some instant after a pin, and may be looked
/// into for as long as that lasts.
pub(crate) struct Seen<T>(NonNull<T>);

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<T> {}

impl<T> Seen<T> {
    /// # Safety
    ///
    /// M1, M2: it was seen under `_guard`.
    #[inline]
    pub(crate) unsafe fn under(self, _guard: &Guard) -> &T {
        // SAFETY: it is retired, if ever, after the pin, and so freed after the
        // guard has gone.
        unsafe { &*self.0.as_ptr() }
    }
}

/// A pin, and the current snapshot with its state, as far as the thread remembers
/// it.
pub(crate) type PinAndSeen<T> = (Guard, Option<(Seen<T>, usize)>);

/// A pinned thread, and the snapshot it last saw. What is found under it is good
/// for as long as it lives.
pub(crate) struct SnapshotGuard<'m, T> {
    guard: Guard,
    /// Seen under `guard`.
    seen: Cell<Option<Seen<T>>>,
    snapshots: &'m Snapshots<T>,
}

impl<'m, T: Snapshot> SnapshotGuard<'m, T> {
    /// Goes on under a pin that is there. `seen` was seen under it.
    #[inline]
    pub(crate) fn new(snapshots: &'m Snapshots<T>, guard: Guard, seen: Option<Seen<T>>) -> Self {
        Self {
            guard,
            seen: Cell::new(seen),
            snapshots,
        }
    }

    /// Whether no snapshot has been seen yet: the thread remembers none, or something
    /// ran inside the pin.
    #[inline]
    pub(crate) fn has_seen_nothing(&self) -> bool {
        self.seen.get().is_none()
    }

    /// The snapshot seen last, and its state, if it still is the current one.
    #[inline]
    pub(crate) fn still_current(&self) -> Option<(&T, usize)> {
        // SAFETY: it was seen under `guard`.
        let seen = unsafe { self.seen.get()?.under(&self.guard) };
        let state = seen.state();
        (state & SUPERSEDED == 0).then_some((seen, state))
    }

    /// The current snapshot, and its state. None: the map is empty.
    #[inline]
    pub(crate) fn current(&self) -> Option<(&T, usize)> {
        self.still_current().or_else(|| self.look_again())
    }

    /// The current snapshot. None: the map is empty.
    pub(crate) fn snapshot(&self) -> Option<&T> {
        self.current().map(|(snapshot, _)| snapshot)
    }

    #[inline(never)]
    fn look_again(&self) -> Option<(&T, usize)> {
        let found = self.snapshots.find();
        self.seen.set(found.map(|(seen, _)| seen));
        let (seen, state) = found?;
        // SAFETY: it was seen under `guard`.
        Some((unsafe { seen.under(&self.guard) }, state))
    }

    /// Unpins and pins again, as far as no other guard of this thread is alive.
    pub(crate) fn repin(&mut self) {
        self.seen.set(None);
        self.guard.repin();
        // What is read from here on must not be older than the epoch that was just
        // announced. crossbeam-epoch's `pin` sees to that by a fence, its `repin`
        // does not.
        //
        // ORDERING: SeqCst, pairs with the fence that crossbeam-epoch puts between
        // a retirement and the epoch it is booked under. Without it:
        // `snapshots::a_renewed_pin_does_not_look_into_what_it_saw_before`.
        fence(Ordering::SeqCst);
        let _ = self.look_again();
    }

    /// The pin alone.
    #[inline]
    pub(crate) fn into_guard(self) -> Guard {
        self.guard
    }
}

impl<T> Deref for SnapshotGuard<'_, T> {
    type Target = Guard;

    #[inline]
    fn deref(&self) -> &Guard {
        &self.guard
    }
}

/// The `ArcSwap`'s own reference to a snapshot it no longer publishes. Dropped
/// without [`retire`](Self::retire) it leaks rather than being freed under a
/// reader.
#[must_use = "a replaced snapshot has to be retired"]
pub(crate) struct Replaced<T>(Option<ManuallyDrop<Arc<T>>>);

impl<T: Snapshot> Replaced<T> {
    /// Nothing was replaced.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Frees it once no guard that is alive now is left. `bytes` says how many it has.
    ///
    /// # Safety
    ///
    /// Freeing a `T` on another thread, later, must be sound, and run nothing of the
    /// user's.
    pub(crate) unsafe fn retire(self, bytes: impl FnOnce(&T) -> usize, guard: &Guard) {
        if let Some(snapshot) = self.0 {
            let bytes = bytes(&snapshot);
            let free = move || {
                let snapshot = ManuallyDrop::into_inner(snapshot);
                // SAFETY: M2, M5: no guard is left under which it was seen, and it
                // left the `ArcSwap` once.
                unsafe { snapshot.free() };
            };
            // SAFETY: our caller's word.
            unsafe { guard.defer_free(1, bytes, free) };
        }
    }
}
