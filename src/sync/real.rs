//! The real thing: `std`'s atomics, `arc-swap`, `parking_lot` and
//! `crossbeam-epoch`.

pub(crate) use arc_swap::ArcSwapOption;
pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock};
pub(crate) use std::sync::atomic::{AtomicIsize, AtomicPtr, AtomicUsize, fence};

pub(crate) use super::plain::{Length, allocate, give_back, retire};
pub(crate) use super::thread::with_thread;

use super::closures;
use super::thread::with_plain;
use std::cell::Cell;
use std::mem;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many objects a thread retires before it has to collect (rule M8).
///
/// One bag of crossbeam-epoch holds 64 deferred functions, so a flush at this
/// pace pushes about one bag and may empty eight.
const RETIRED_BEFORE_COLLECTING: usize = 64;

/// An atomic zero that can stand in a `static`.
pub(crate) struct ConstAtomicUsize(AtomicUsize);

impl ConstAtomicUsize {
    pub(crate) const fn zero() -> Self {
        Self(AtomicUsize::new(0))
    }
}

impl Deref for ConstAtomicUsize {
    type Target = AtomicUsize;

    #[inline]
    fn deref(&self) -> &AtomicUsize {
        &self.0
    }
}

/// Memory that is freed by hand, for the models to watch. Here it is nothing.
pub(crate) struct Watch;

impl Watch {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self
    }

    /// Whoever looks into the memory says so,
    #[inline(always)]
    pub(crate) fn used(&self) {}

    /// and so does who frees it.
    #[inline(always)]
    pub(crate) fn freed(&self) {}
}

/// What is to be run when no guard is left that could be in its way.
type Deferred = Box<dyn FnOnce()>;

thread_local! {
    // Neither cell has a destructor, so both outlive every thread-local that
    // may use a map while it is being destroyed.

    /// Objects this thread has retired since it last collected.
    static RETIRED: Cell<usize> = const { Cell::new(0) };

    /// While this thread runs a deferred function: those that have come due
    /// meanwhile, because it collected in turn.
    static WAITING: Cell<Option<NonNull<Vec<Deferred>>>> = const { Cell::new(None) };
}

/// A pinned epoch: what a thread could reach when it pinned stays allocated
/// until its guard goes.
pub(crate) struct Guard(crossbeam_epoch::Guard);

/// Pins the current thread. May first run destructors that other threads (or
/// this one) deferred earlier.
#[inline]
pub(crate) fn pin() -> Guard {
    with_thread(|thread| thread.pin()).unwrap_or_else(pin_at_exit)
}

#[cold]
fn pin_at_exit() -> Guard {
    Guard(crossbeam_epoch::pin())
}

/// A number that no map had before. None: they have run out.
pub(crate) fn next_map() -> Option<usize> {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    // ORDERING: Relaxed: a number, which publishes nothing.
    let next = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |map| {
        (map < usize::MAX >> 2).then_some(map + 1)
    });
    next.ok()
}

impl Guard {
    #[inline]
    pub(super) fn new(pinned: crossbeam_epoch::Guard) -> Self {
        Self(pinned)
    }

    /// Calls `free` once no guard that is alive now is left. `objects` says how
    /// many things `free` will free, for [`collect_if_due`](Self::collect_if_due).
    ///
    /// Runs no user code: `free` itself runs later, inside whatever call of
    /// whatever thread comes by. So a panic in it goes no further than the panic
    /// hook: that thread is a stranger to it, and the rest of the batch, which
    /// crossbeam-epoch would leak, is other strangers' property.
    ///
    /// # Safety
    ///
    /// `free` may run on another thread and at any later time: what it captures
    /// must be sendable and must not borrow anything that ends before.
    pub(crate) unsafe fn defer(&self, objects: usize, free: impl FnOnce()) {
        // SAFETY: handed on to our caller, word for word.
        let run = move || unsafe { run_deferred(free) };
        // SAFETY: as above.
        unsafe { self.0.defer_unchecked(run) };
        retired(objects);
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
        let _ = RETIRED.try_with(|retired| retired.set(0));
        self.0.flush();
    }

    /// Unpins and pins again, as far as no other guard of this thread is alive.
    pub(crate) fn repin(&mut self) {
        self.0.repin();
    }
}

/// Counts what this thread has retired.
fn retired(objects: usize) {
    // `try_with` fails only on platforms that tear even such cells down.
    let _ = RETIRED.try_with(|retired| retired.set(retired.get().saturating_add(objects)));
}

/// Runs a deferred function, and then what came due while it ran. One after the
/// other, never one inside the other: a destructor may collect in turn, and where
/// the thread's epoch is gone already every one that pins does, so the stack would
/// grow with the garbage.
///
/// # Safety
///
/// `free` may run at any time while this thread is.
unsafe fn run_deferred(free: impl FnOnce()) {
    let waiting = WAITING.try_with(Cell::get).unwrap_or_default();
    if let Some(waiting) = waiting {
        let free: Box<dyn FnOnce() + '_> = Box::new(free);
        // SAFETY: our caller's word: what it captures does not end before.
        let free = unsafe { mem::transmute::<Box<dyn FnOnce() + '_>, Deferred>(free) };
        // SAFETY: it is the `queue` below, in a frame of this thread that waits
        // for us and holds no reference to it meanwhile.
        unsafe { &mut *waiting.as_ptr() }.push(free);
        return;
    }
    let mut queue = Vec::new();
    let waiting = NonNull::from(&mut queue);
    let _ = WAITING.try_with(|cell| cell.set(Some(waiting)));
    closures::apart(|| {
        contain_panic(free);
        // SAFETY: as above; the reference ends before the function is called.
        while let Some(free) = unsafe { &mut *waiting.as_ptr() }.pop() {
            contain_panic(free);
        }
    });
    let _ = WAITING.try_with(|cell| cell.set(None));
}

/// Runs a destructor of the user's where its panic is nobody's: it goes no
/// further than the panic hook.
pub(crate) fn contain_panic(free: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(free)) {
        if let Err(worse) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // One that panics when it is dropped: no further attempt.
            mem::forget(worse);
        }
    }
}

/// Flushes until everything this thread has retired so far has been freed, and
/// whatever was queued before that. False: a guard stood in the way, there was
/// more than the rounds of one call can free, or we are inside a deferred
/// function, which has to end first.
pub(crate) fn flush() -> bool {
    if WAITING
        .try_with(Cell::get)
        .is_ok_and(|waiting| waiting.is_some())
    {
        return false;
    }
    let guard = pin();
    with_plain(|plain| plain.give_all_to_all(&guard));
    drop(guard);
    // Twice. Bags leave the queue in the order they came in, but a thread that
    // has taken one may still be busy with it when the next thread has done the
    // next. It is pinned meanwhile; so what is retired after the first time is
    // freed only when it has finished.
    free_all_queued() && free_all_queued()
}

/// Retires a mark, and flushes until that is reached.
fn free_all_queued() -> bool {
    /// Each advances the epoch once at the most and empties up to eight bags.
    const ROUNDS: usize = 1024;

    let reached = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&reached);
    // ORDERING: Release and Acquire, so that what the destructors before it
    // wrote is visible to the caller, whichever thread ran them.
    (pin().0).defer(move || mark.store(true, Ordering::Release));
    (0..ROUNDS).any(|_| {
        pin().collect();
        reached.load(Ordering::Acquire)
    })
}
