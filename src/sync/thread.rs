//! What the crate keeps for each thread: its participant in the epoch, and the
//! snapshots it read last.

use super::bag::Filling;
use super::plain::Plain;
use super::real::{Guard, collector};
use super::slots::Slots;
use crossbeam_epoch::LocalHandle;
use std::cell::{Cell, RefCell};
use std::ptr;

/// One thread's own things.
pub(crate) struct Thread {
    epoch: LocalHandle,
    pub(crate) slots: Slots,
    plain: RefCell<Plain>,
    bag: Filling,
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

    static OWNER: Owner = const { Owner(Cell::new(ptr::null_mut())) };
}

/// Frees the thread's things when it exits.
struct Owner(Cell<*mut Thread>);

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(ptr::null()));
        if self.0.get().is_null() {
            return;
        }
        // SAFETY: made by `first_use`, and nobody finds it any more. What the
        // epoch frees on the way out may use a map in turn: it does without.
        let thread = unsafe { Box::from_raw(self.0.get()) };
        let guard = thread.pin();
        thread.plain.borrow_mut().give_all_to_all(&guard);
        if let Some(bag) = thread.bag.take() {
            guard.hand_over(bag);
        }
        drop(guard);
        // The participant leaves, and pins once more for that.
        drop(thread);
        Guard::collect_at_exit();
    }
}

/// Calls `f` with this thread's things; none once the thread is exiting and they
/// are gone.
// Always: what `f` gives back would go through memory, in pieces and out again as
// a whole, which costs more than all of a look-up.
#[inline(always)]
pub(crate) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    let mut thread = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    if thread.is_null() {
        thread = first_use();
    }
    // SAFETY: only this thread frees it, in `Owner::drop`, when it exits. If a
    // destructor ends the process in here, that comes by while `f` is not done;
    // but then `f` does not go on.
    unsafe { thread.as_ref() }.map(f)
}

/// Calls `f` with this thread's blocks; not at all where they are gone, or in use
/// because an allocator uses a map.
#[inline]
pub(super) fn with_plain<R>(f: impl FnOnce(&mut Plain) -> R) -> Option<R> {
    with_thread(|thread| Some(f(&mut *thread.plain.try_borrow_mut().ok()?))).flatten()
}

/// Calls `f` with the bag that this thread is filling; not at all where that is gone.
#[inline]
pub(super) fn with_bag<R>(f: impl FnOnce(&Filling) -> R) -> Option<R> {
    with_thread(|thread| f(&thread.bag))
}

/// Code of the crate's has run inside a pin: whoever pinned takes the slow path, and
/// finds there that it is time to collect.
pub(super) fn has_run_something() {
    let current = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: as in `with_thread`.
    if let Some(thread) = unsafe { current.as_ref() } {
        thread.slots.change();
    }
}

#[cold]
fn first_use() -> *const Thread {
    let made = OWNER.try_with(|owner| {
        // Once at the most, even if the pointer to it is lost.
        if owner.0.get().is_null() {
            let thread = Box::new(Thread {
                epoch: collector().register(),
                slots: Slots::new(),
                plain: RefCell::default(),
                bag: Filling::default(),
            });
            // An allocator that uses a map may have come by here meanwhile.
            if owner.0.get().is_null() {
                owner.0.set(Box::into_raw(thread));
            }
        }
        owner.0.get().cast_const()
    });
    // Where the owner is gone, so is what it would have to free.
    let thread = made.unwrap_or(ptr::null());
    let _ = CURRENT.try_with(|current| current.set(thread));
    thread
}
