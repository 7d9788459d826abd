//! What the crate keeps for each thread: its participant in the epoch, and what it has
//! retired.

use super::bag::Filling;
use super::blocks::Blocks;
use super::grace;
use super::guard::Guard;
use crate::sync::real::epoch::{Participant, register};
use std::cell::{Cell, OnceCell, RefCell};
use std::ptr;

/// One thread's own things.
#[derive(Default)]
pub(super) struct Thread {
    /// Made at the first pin: threads that only read lightly are not looked at by those
    /// who move the epoch on.
    epoch: OnceCell<Participant>,
    blocks: RefCell<Blocks>,
    bag: Filling,
}

impl Thread {
    /// As [`pin`](super::pin).
    // Never: `pin` is inlined in the caller's loops, and this is the long part of it.
    #[inline(never)]
    pub(super) fn pin(&self) -> Guard {
        grace::count_pin();
        Guard::new(self.participant().pin())
    }

    #[inline]
    fn participant(&self) -> &Participant {
        match self.epoch.get() {
            Some(participant) => participant,
            None => self.take_part(),
        }
    }

    #[cold]
    fn take_part(&self) -> &Participant {
        // Made outside of the cell, which must not be entered twice: an allocator that
        // uses a map may come by here in between.
        let participant = register();
        self.epoch.get_or_init(|| participant)
    }

    /// Whether it has ever pinned.
    pub(super) fn has_pinned(&self) -> bool {
        self.epoch.get().is_some()
    }

    /// Its blocks. None: they are in use, because an allocator uses a map.
    #[inline]
    pub(super) fn blocks<R>(&self, f: impl FnOnce(&mut Blocks) -> R) -> Option<R> {
        Some(f(&mut *self.blocks.try_borrow_mut().ok()?))
    }

    /// The bag it is filling.
    #[inline]
    pub(super) fn bag(&self) -> &Filling {
        &self.bag
    }
}

thread_local! {
    /// Null before the first use and after the owner (`exit.rs`) is gone. A cell without a
    /// destructor: to look into it is one load.
    static CURRENT: Cell<*const Thread> = const { Cell::new(ptr::null()) };
}

/// This thread's things are there from now on; or, with null, they are gone.
///
/// # Safety
///
/// They stay until this is called with null.
pub(super) unsafe fn set_current(thread: *const Thread) {
    let _ = CURRENT.try_with(|current| current.set(thread));
}

/// Calls `f` with this thread's things; not at all before it has pinned, or once it is
/// exiting and they are gone.
// Always: what `f` gives back would go through memory, in pieces and out again as
// a whole, which costs more than all of a look-up.
#[inline(always)]
pub(super) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    let thread = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: only this thread frees it, in `exit.rs`, when it exits. If a destructor ends
    // the process in here, that comes by while `f` is not done; but then `f` does not go
    // on.
    unsafe { thread.as_ref() }.map(f)
}

/// Calls `f` with this thread's blocks; not at all where they are gone, or in use
/// because an allocator uses a map.
#[inline]
pub(super) fn with_blocks<R>(f: impl FnOnce(&mut Blocks) -> R) -> Option<R> {
    with_thread(|thread| thread.blocks(f)).flatten()
}

/// Calls `f` with the bag that this thread is filling; not at all where that is gone.
#[inline]
pub(super) fn with_bag<R>(f: impl FnOnce(&Filling) -> R) -> Option<R> {
    with_thread(|thread| f(&thread.bag))
}
