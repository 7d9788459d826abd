//! What the crate keeps for each thread: its participant in the epoch, and what it has
//! retired.

use super::bag::Filling;
use super::blocks::Blocks;
use super::due;
use super::grace;
use super::real::{Guard, collector};
use crossbeam_epoch::LocalHandle;
use std::cell::{Cell, OnceCell, RefCell};
use std::ptr;

/// One thread's own things.
pub(crate) struct Thread {
    /// Made at the first pin: threads that only read lightly are not looked at by those
    /// who move the epoch on.
    epoch: OnceCell<LocalHandle>,
    blocks: RefCell<Blocks>,
    bag: Filling,
}

impl Thread {
    /// As [`pin`](super::pin).
    #[inline(always)]
    pub(crate) fn pin(&self) -> Guard {
        grace::count_pin();
        Guard::new(self.participant().pin())
    }

    #[inline]
    fn participant(&self) -> &LocalHandle {
        match self.epoch.get() {
            Some(participant) => participant,
            None => self.take_part(),
        }
    }

    #[cold]
    fn take_part(&self) -> &LocalHandle {
        // Made outside of the cell, which must not be entered twice: an allocator that
        // uses a map may come by here in between.
        let participant = collector().register();
        self.epoch.get_or_init(|| participant)
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
        grace::give_record_back();
        // A thread that has never pinned has not retired anything.
        if thread.epoch.get().is_some() {
            let guard = thread.pin();
            thread.blocks.borrow_mut().give_all_to_all(&guard);
            if let Some(bag) = thread.bag.take() {
                guard.hand_over(bag);
            }
            grace::handed_over(due::handed_over());
        }
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
pub(super) fn with_blocks<R>(f: impl FnOnce(&mut Blocks) -> R) -> Option<R> {
    with_thread(|thread| Some(f(&mut *thread.blocks.try_borrow_mut().ok()?))).flatten()
}

/// Calls `f` with the bag that this thread is filling; not at all where that is gone.
#[inline]
pub(super) fn with_bag<R>(f: impl FnOnce(&Filling) -> R) -> Option<R> {
    with_thread(|thread| f(&thread.bag))
}

#[cold]
fn first_use() -> *const Thread {
    let made = OWNER.try_with(|owner| {
        // Once at the most, even if the pointer to it is lost.
        if owner.0.get().is_null() {
            let thread = Box::new(Thread {
                epoch: OnceCell::new(),
                blocks: RefCell::default(),
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
