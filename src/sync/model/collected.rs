//! crossbeam-epoch itself, over loom's atomics.

pub(crate) use loom::sync::atomic::fence;

use crate::sync::slots::Slots;
use crossbeam_epoch::LocalHandle;

/// What the crate keeps for each thread of the model.
pub(crate) struct Thread {
    epoch: LocalHandle,
    pub(crate) slots: Slots,
}

impl Thread {
    pub(crate) fn pin(&self) -> Guard {
        Guard(self.epoch.pin())
    }
}

loom::thread_local! {
    static THREAD: Thread = Thread {
        epoch: crossbeam_epoch::default_collector().register(),
        slots: Slots::new(),
    };
}

pub(crate) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.try_with(f).ok()
}

/// crossbeam-epoch's guard.
pub(crate) struct Guard(crossbeam_epoch::Guard);

pub(crate) fn pin() -> Guard {
    with_thread(Thread::pin).unwrap_or_else(|| Guard(crossbeam_epoch::pin()))
}

impl Guard {
    /// # Safety
    ///
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_drop(&self, _objects: usize, _bytes: usize, free: impl FnOnce()) {
        // SAFETY: handed on to our caller, word for word.
        unsafe { self.0.defer_unchecked(free) };
    }

    /// # Safety
    ///
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: handed on to our caller, word for word.
        unsafe { self.defer_drop(objects, bytes, free) };
    }

    /// Not by itself: a model flushes where it wants garbage to be freed.
    pub(crate) fn collect_if_due(&self) {}

    pub(crate) fn repin(&mut self) {
        self.0.repin();
    }
}

/// Hands this thread's garbage over. The epoch moves on by one, if it can.
pub fn hand_over() {
    pin().0.flush();
}

/// Hands this thread's garbage over, and frees it if no guard is in the way: it is
/// due when the epoch has moved on by two.
pub(crate) fn flush() -> bool {
    hand_over();
    hand_over();
    false
}
