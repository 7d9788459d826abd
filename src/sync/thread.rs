//! What the crate keeps for each thread: its participant in the epoch, and the
//! snapshots it read last.

use super::real::Guard;
use super::slots::Slots;
use crossbeam_epoch::LocalHandle;
use std::cell::Cell;
use std::ptr;

/// One thread's own things.
pub(crate) struct Thread {
    epoch: LocalHandle,
    pub(crate) slots: Slots,
}

impl Thread {
    /// As [`pin`](super::pin).
    #[inline]
    pub(crate) fn pin(&self) -> Guard {
        Guard::new(self.epoch.pin())
    }
}

thread_local! {
    /// Null before the first use and after the owner is gone. A cell without a
    /// destructor: to look into it is one load.
    static CURRENT: Cell<*const Thread> = const { Cell::new(ptr::null()) };

    static OWNER: Owner = const { Owner };
}

/// Frees the thread's things when it exits.
struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        let thread = CURRENT.replace(ptr::null()).cast_mut();
        if !thread.is_null() {
            // SAFETY: made by `first_use`, and nobody finds it any more. What
            // the epoch frees on the way out may use a map in turn: it does
            // without.
            drop(unsafe { Box::from_raw(thread) });
        }
    }
}

/// Calls `f` with this thread's things; none once the thread is exiting and they
/// are gone.
#[inline]
pub(crate) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    let mut thread = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    if thread.is_null() {
        thread = first_use();
    }
    // SAFETY: only this thread frees it, in `Owner::drop`, when it exits; and it
    // does not exit here.
    unsafe { thread.as_ref() }.map(f)
}

#[cold]
fn first_use() -> *const Thread {
    let made = OWNER.try_with(|_| {
        Box::into_raw(Box::new(Thread {
            epoch: crossbeam_epoch::default_collector().register(),
            slots: Slots::new(),
        }))
    });
    let thread = made.unwrap_or(ptr::null_mut()).cast_const();
    // Where the owner is gone, so is what it would have to free.
    let _ = CURRENT.try_with(|current| current.set(thread));
    thread
}
