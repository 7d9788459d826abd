//! The heavy fence, which loom does not have.
//!
//! A number outside the model says how many heavy fences there were. Every thread of the
//! model takes part in them late, before its next access to an atomic: it acquires what the
//! thread that called the heavy fence has released. loom may choose a load before the heavy
//! fence and make it after the heavy fence. So the load is made anew if the number has
//! changed meanwhile.
//!
//! The real heavy fence does more. The other threads execute their fences within the call.
//! So what a thread has done before its fence happens-before what the caller does next. The
//! model has no such edge. A thread of the model takes part later than with the real fence,
//! and may have accessed something in between. So it releases nothing. The scan of the
//! stamps reads the newest values (`AtomicUsize::newest`), but all edges come from the
//! protocol's own orderings.

use crate::sync::Ordering;
use loom::sync::atomic::AtomicUsize;
use std::cell::Cell;

thread_local! {
    // loom runs the threads of a model on one thread of the system. So they share these
    // variables, and loom does not see them.

    /// Carries what the callers of heavy fences know. None: this model has no heavy fence.
    static KNOWN: Cell<Option<&'static AtomicUsize>> = const { Cell::new(None) };

    /// How many heavy fences there were in this execution.
    static HEAVY_FENCES: Cell<usize> = const { Cell::new(0) };
}

loom::thread_local! {
    /// In how many heavy fences this thread has taken part.
    static TAKEN_PART: Cell<usize> = Cell::new(0);
}

/// This execution has heavy fences from here on.
pub(crate) fn begin() {
    KNOWN.set(Some(Box::leak(Box::new(AtomicUsize::new(0)))));
}

/// The threads of this execution have been joined.
pub(crate) fn end() {
    if let Some(known) = KNOWN.take() {
        // SAFETY: leaked in `begin`, and taken out of `KNOWN`: no thread can find it.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(known).cast_mut()) });
    }
    HEAVY_FENCES.set(0);
}

/// Takes part in the heavy fences so far, before an access to an atomic.
pub(super) fn take_part() {
    let Some(known) = KNOWN.get() else { return };
    let _ = TAKEN_PART.try_with(|taken_part| {
        if taken_part.get() != HEAVY_FENCES.get() {
            // ORDERING: Acquire, pairs with the Release in `heavy_fence`. The
            // compare-and-swap fails and stores nothing: a thread that takes part releases
            // nothing.
            let acquire = Ordering::Acquire;
            let none = usize::MAX;
            let _ = known.compare_exchange(none, none, acquire, acquire);
            // No other thread has run since the compare-and-swap.
            taken_part.set(HEAVY_FENCES.get());
        }
    });
}

/// Takes part, and repeats the load until no heavy fence came while it was made.
pub(super) fn taking_part<R>(load: impl Fn() -> R) -> R {
    loop {
        take_part();
        let fences = HEAVY_FENCES.get();
        let loaded = load();
        if fences == HEAVY_FENCES.get() {
            return loaded;
        }
    }
}

/// The heavy fence. It is never refused.
#[track_caller]
pub(crate) fn heavy_fence() -> bool {
    super::story::heavy_fence();
    if let Some(known) = KNOWN.get() {
        // ORDERING: Release, pairs with the Acquire in `take_part`.
        known.fetch_add(1, Ordering::Release);
        HEAVY_FENCES.set(HEAVY_FENCES.get() + 1);
    }
    true
}
