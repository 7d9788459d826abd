//! An `ArcSwap` whose replaced snapshots go to the epoch, its current snapshot's
//! address, and the guard that knows what it last saw there.
//!
//! The `ArcSwap` is the one source of truth for what is current. To load it takes several
//! writes. So its owner also keeps the address of the current snapshot, as a hint. Each
//! snapshot says of itself whether it has been superseded. A pin keeps it allocated while a
//! reader asks it.
//!
//! # Order
//!
//! The writer, which holds the mutex:
//!
//! 1. marks the old snapshot as superseded;
//! 2. publishes the new one in the `ArcSwap`;
//! 3. stores the address of the new one;
//! 4. unlocks;
//! 5. retires the old one.
//!
//! The reader pins, loads the address, and loads the state of the snapshot there. Let it
//! have loaded the address of the old snapshot:
//!
//! - The old snapshot is retired, if ever, after the pin (rule M2): the load came before
//!   step 3. So its state can be loaded.
//! - The reader finds no mark: the load of the state came before step 1. The old snapshot was
//!   current at that instant.
//! - The reader finds the mark: it loads the `ArcSwap`. Between steps 1 and 2 the `ArcSwap`
//!   still holds the old snapshot, which is still correct to use.
//!
//! A thread that has the map to itself ([`Snapshots::take`]) may mark last.

use super::chosen::{Guard, switch_on};
use super::protection::Protection;
use crate::sync::{ArcSwapOption, ConstAtomicPtr, Ordering, fence, story};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// What can be published: it says of itself whether something newer has been.
pub(crate) trait Snapshot {
    /// Flags, [`SUPERSEDED`] among them. A flag is set once and stays. One load, SeqCst.
    fn state(&self) -> usize;

    /// Sets [`SUPERSEDED`].
    fn supersede(&self);
}

/// Another snapshot has been published, or is about to be.
pub(crate) const SUPERSEDED: usize = 1;

/// The published snapshot, or none.
pub(crate) struct Snapshots<T> {
    current: ArcSwapOption<T>,
    /// The address of the current snapshot, stored after the publication. Null: there is
    /// none. A hint: the snapshot there may be superseded.
    hint: ConstAtomicPtr<T>,
}

impl<T: Snapshot> Snapshots<T> {
    /// Nothing published.
    pub(crate) const fn empty() -> Self {
        Self {
            current: ArcSwapOption::const_empty(),
            hint: ConstAtomicPtr::null(),
        }
    }

    /// Whether there is a snapshot. If not, the map is empty at this instant.
    #[inline]
    pub(crate) fn any_published(&self) -> bool {
        // ORDERING: SeqCst, in the order of all entry words: `docs/reference/orderings.md`.
        !self.hint.load(Ordering::SeqCst).is_null()
    }

    /// The snapshot at the address that is stored, with its state, if it is the current
    /// one. None: take the slow path, [`find`](Self::find).
    #[inline(always)]
    pub(crate) fn hinted(&self, _guard: &Protection) -> Option<(Seen<T>, usize)> {
        // ORDERING: Acquire, pairs with the SeqCst store in `replace`: the snapshot is
        // whole. Weakened: `two_maps::a_reader_keeps_its_snapshot_across_a_promotion`.
        let found = NonNull::new(self.hint.load(Ordering::Acquire))?;
        // SAFETY: M2: its address was loaded under `_guard`, so it is retired, if ever, after
        // the pin.
        let state = unsafe { found.as_ref() }.state();
        (state & SUPERSEDED == 0).then_some((Seen(found), state))
    }

    /// The current snapshot and its state. None: the map is empty at this instant.
    fn find(&self, guard: &Protection) -> Option<(Seen<T>, usize)> {
        self.hinted(guard).or_else(|| self.ask(guard))
    }

    /// Loads the `ArcSwap`, if anything is published.
    #[cold]
    fn ask(&self, _guard: &Protection) -> Option<(Seen<T>, usize)> {
        if !self.any_published() {
            return None;
        }
        // arc-swap's guard is dropped at once: `_guard` keeps the snapshot allocated.
        let current = self.current.load();
        let current = current.as_ref()?;
        Some((Seen(NonNull::from(&**current)), current.state()))
    }

    /// Replaces the current snapshot, which is `old`. The caller holds the map's
    /// mutex, and retires what was replaced after the unlock.
    pub(crate) fn publish(&self, old: Option<&T>, new: Option<T>) -> Replaced<T> {
        match old {
            Some(old) => old.supersede(),
            // There was no snapshot: this may be the process's first key. Threads that wait
            // for the mutex wait for `switch_on`, too.
            None => switch_on(),
        }
        let replaced = self.replace(new);
        // Readers would use an unmarked snapshot for ever, and it is about to be freed.
        let marked = replaced.as_deref().map(ptr::from_ref) == old.map(ptr::from_ref);
        assert!(marked, "what is replaced has not been marked");
        Replaced(replaced.map(ManuallyDrop::new))
    }

    fn replace(&self, new: Option<T>) -> Option<Arc<T>> {
        let new = new.map(Arc::new);
        let address = new.as_ref().map_or(ptr::null(), Arc::as_ptr);
        let old = self.current.swap(new);
        // ORDERING: SeqCst, in the order of all entry words, pairs with the loads of
        // the address. Weakened:
        // `across::the_first_key_of_a_map_is_there_for_who_comes_after`.
        self.hint.swap(address.cast_mut(), Ordering::SeqCst);
        old
    }

    /// The current snapshot, of a map that is borrowed exclusively.
    pub(crate) fn get_mut(&mut self) -> Option<&T> {
        let current = self.current.load();
        let snapshot: *const T = Arc::as_ptr(current.as_ref()?);
        // SAFETY: `self` is borrowed exclusively: no thread replaces the snapshot while the
        // result lives.
        Some(unsafe { &*snapshot })
    }

    /// Takes the current snapshot out, of a map that is borrowed exclusively, and frees it
    /// after the call of `look`.
    pub(crate) fn take<R>(&mut self, look: impl FnOnce(Option<&T>) -> R) -> R {
        let taken = self.replace(None);
        if let Some(snapshot) = &taken {
            snapshot.supersede();
        }
        look(taken.as_deref())
    }
}

/// A snapshot that was current at some instant after a pin. It may be read as long as that
/// pin lasts.
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
    pub(crate) unsafe fn under(self, _guard: &Protection) -> &T {
        // SAFETY: M1, M2: our caller promised that it was seen under `_guard`. So it is retired,
        // if ever, after the pin, and freed after the guard is gone.
        unsafe { &*self.0.as_ptr() }
    }
}

/// A guard, and the snapshot that its thread saw last. What is found under it stays
/// allocated as long as it lives.
pub(crate) struct SnapshotGuard<'m, T> {
    guard: Guard,
    /// Seen under `guard`.
    seen: Cell<Option<Seen<T>>>,
    snapshots: &'m Snapshots<T>,
}

impl<'m, T: Snapshot> SnapshotGuard<'m, T> {
    /// Looks at the snapshot at the address that is stored, under `guard`.
    #[inline]
    pub(crate) fn new(snapshots: &'m Snapshots<T>, guard: Guard) -> Self {
        let seen = snapshots.hinted(&guard).map(|(seen, _)| seen);
        Self {
            guard,
            seen: Cell::new(seen),
            snapshots,
        }
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
        let found = self.snapshots.find(&self.guard);
        self.seen.set(found.map(|(seen, _)| seen));
        let (seen, state) = found?;
        // SAFETY: it was seen under `guard`.
        Some((unsafe { seen.under(&self.guard) }, state))
    }

    /// Releases and re-acquires the pin, unless another guard of this thread is alive. Looks
    /// again which snapshot is current.
    pub(crate) fn repin(&mut self) {
        self.seen.set(None);
        self.guard.repin();
        // What is read from here on must not be older than the epoch that was just
        // announced. crossbeam-epoch's `pin` has a fence for that, its `repin` has none.
        //
        // ORDERING: SeqCst, pairs with the fence that crossbeam-epoch puts between
        // a retirement and the epoch it is booked under. Without it:
        // `snapshots::a_renewed_pin_does_not_find_what_was_retired_before`.
        fence(Ordering::SeqCst);
        let _ = self.look_again();
    }

    /// The pin, borrowed: to find something under it.
    #[inline]
    pub(crate) fn pin(&self) -> &Guard {
        &self.guard
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

/// The `ArcSwap`'s own reference to a snapshot that it no longer holds. If it is dropped
/// without [`retire`](Self::retire), the snapshot leaks: a reader may still use it.
#[must_use = "a replaced snapshot has to be retired"]
pub(crate) struct Replaced<T>(Option<ManuallyDrop<Arc<T>>>);

impl<T: Snapshot> Replaced<T> {
    /// Nothing was replaced.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Frees it when every guard that is alive now is gone. `bytes` says how many it has.
    ///
    /// # Safety
    ///
    /// Freeing a `T` on another thread, later, must be sound, and run nothing of the
    /// user's.
    pub(crate) unsafe fn retire(self, bytes: impl FnOnce(&T) -> usize, guard: &Guard) {
        if let Some(snapshot) = self.0 {
            story::retires(Arc::as_ptr(&snapshot));
            let bytes = bytes(&snapshot);
            // M2, M5: this runs when no guard is left under which it was seen. It runs once, as
            // the snapshot left the `ArcSwap` once.
            let free = move || drop(ManuallyDrop::into_inner(snapshot));
            // SAFETY: our caller promised that a `T` may be freed on another thread, later, and
            // that this runs nothing of the user's.
            unsafe { guard.defer_free(1, bytes, free) };
        }
    }
}
