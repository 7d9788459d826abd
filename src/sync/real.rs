//! The real thing: `std`'s atomics, `arc-swap`, `parking_lot` and
//! `crossbeam-epoch`.

pub(crate) use arc_swap::ArcSwapOption;
pub(crate) use parking_lot::{Mutex, MutexGuard};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr};

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many objects a thread retires before it has to collect (rule M8).
///
/// One bag of crossbeam-epoch holds 64 deferred functions, so a flush at this
/// pace pushes about one bag and may empty eight.
const RETIRED_BEFORE_COLLECTING: usize = 64;

thread_local! {
    // Neither cell has a destructor, so both outlive every thread-local that
    // may use a map while it is being destroyed.

    /// Objects this thread has retired since it last collected.
    static RETIRED: Cell<usize> = const { Cell::new(0) };

    /// Whether this thread is inside a collection: a destructor that retires
    /// something in turn must not collect again from within, however long the
    /// chain.
    static COLLECTING: Cell<bool> = const { Cell::new(false) };
}

/// A pinned epoch: what a thread could reach when it pinned stays allocated
/// until its guard goes.
pub(crate) struct Guard(crossbeam_epoch::Guard);

/// Pins the current thread. May first run destructors that other threads (or
/// this one) deferred earlier.
#[inline]
pub(crate) fn pin() -> Guard {
    Guard(crossbeam_epoch::pin())
}

impl Guard {
    /// Calls `free` once no guard that is alive now is left. `objects` says how
    /// many things `free` will free, for [`collect_if_due`](Self::collect_if_due).
    ///
    /// Runs no user code: `free` itself runs later.
    ///
    /// # Safety
    ///
    /// `free` may run on another thread and at any later time: what it captures
    /// must be sendable and must not borrow anything that ends before.
    pub(crate) unsafe fn defer(&self, objects: usize, free: impl FnOnce()) {
        // SAFETY: handed on to our caller, word for word.
        unsafe { self.0.defer_unchecked(free) };
        // `try_with` fails only on platforms that tear even such cells down.
        let _ = RETIRED.try_with(|retired| retired.set(retired.get().saturating_add(objects)));
    }

    /// Collects if this thread has retired enough since the last time (rule
    /// M8). Runs destructors of the user's, so no lock may be held.
    ///
    /// crossbeam-epoch collects by itself only in an outermost `pin`, which a
    /// thread that holds a guard never reaches: without this call, writes under
    /// a held guard would leak without bound.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        let retired = RETIRED.try_with(Cell::get);
        if retired.is_ok_and(|retired| retired >= RETIRED_BEFORE_COLLECTING) {
            self.collect();
        }
    }

    #[cold]
    fn collect(&self) {
        /// Ends the collection even if a destructor panics.
        struct Collecting;
        impl Drop for Collecting {
            fn drop(&mut self) {
                let _ = COLLECTING.try_with(|collecting| collecting.set(false));
            }
        }
        if COLLECTING.try_with(|collecting| collecting.replace(true)) != Ok(false) {
            return;
        }
        let _collecting = Collecting;
        let _ = RETIRED.try_with(|retired| retired.set(0));
        self.0.flush();
    }

    /// Hands what this thread has retired to the global queue, tries to advance
    /// the epoch, and frees some of what has become free.
    pub(crate) fn flush(&self) {
        self.0.flush();
    }

    /// Unpins and pins again, as far as no other guard of this thread is alive.
    pub(crate) fn repin(&mut self) {
        self.0.repin();
    }
}

/// Flushes until everything this thread has retired so far is freed, and
/// whatever was queued before that; gives up, with `false`, when a guard stands
/// in the way.
pub(crate) fn flush() -> bool {
    /// Each round advances the epoch once at the most and empties up to eight
    /// bags.
    const ROUNDS: usize = 1024;

    // The queue is first in, first out: once this has run, so has all before it.
    let reached = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&reached);
    // ORDERING: Release and Acquire, so that what the earlier destructors wrote
    // is visible to the caller, whichever thread ran them.
    (pin().0).defer(move || mark.store(true, Ordering::Release));
    for _ in 0..ROUNDS {
        pin().flush();
        if reached.load(Ordering::Acquire) {
            return true;
        }
    }
    false
}
