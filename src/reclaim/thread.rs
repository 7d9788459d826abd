//! What the crate keeps for each thread: its participant in the epoch, and what it has
//! retired.

use super::bag::Filling;
use super::blocks::Blocks;
use super::grace;
use super::guard::Guard;
use super::light::Record;
use super::reader::mine;
use crate::sync::real::epoch::{Participant, register};
use std::cell::{Cell, OnceCell, RefCell};
use std::ptr;

/// One thread's own things.
#[derive(Default)]
pub(super) struct Thread {
    /// Made at the first full pin. A thread that takes only light pins is no participant,
    /// so no thread looks at it to advance the epoch.
    epoch: OnceCell<Participant>,
    blocks: RefCell<Blocks>,
    bag: Filling,
}

impl Thread {
    /// As [`pin`](super::pin()).
    // Never inlined: `pin` is inlined in the callers' loops, and this is its long part.
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
        // Made outside of the cell, which must not be entered twice: `register` allocates,
        // and an allocator that uses a map calls this function meanwhile.
        let participant = register();
        self.epoch.get_or_init(|| participant)
    }

    /// Whether it has ever taken a full pin.
    pub(super) fn has_pinned(&self) -> bool {
        self.epoch.get().is_some()
    }

    /// Whether it holds a guard, full or light.
    pub(super) fn is_pinned(&self) -> bool {
        self.epoch.get().is_some_and(Participant::is_pinned)
            || mine().is_some_and(Record::is_reading)
    }

    /// Calls `f` with its blocks. None: they are in use, and an allocator uses a map.
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
    /// Null before the first use, and after the owner (`exit.rs`) is gone. A cell without a
    /// destructor, so reading it is one load.
    static CURRENT: Cell<*const Thread> = const { Cell::new(ptr::null()) };
}

/// This thread's things are there from now on. With null: they are gone.
///
/// # Safety
///
/// They stay until this function is called with null.
pub(super) unsafe fn set_current(thread: *const Thread) {
    let _ = CURRENT.try_with(|current| current.set(thread));
}

/// Calls `f` with this thread's things. None, without a call: they have not been made yet,
/// or the thread is exiting and they are gone.
// Always inlined: otherwise the result of `f` goes through memory, written in pieces and
// read as a whole, which costs more than a whole look-up.
#[inline(always)]
pub(super) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    let thread = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: only this thread frees it, in `exit.rs`, when it exits. That comes after `f`.
    // One case is different: if a destructor or an allocator inside `f` ends the process, the
    // thread's things are freed before `f` is done. But then `f` does not go on. What other
    // threads may read is handed over first, or kept (`exit.rs`).
    unsafe { thread.as_ref() }.map(f)
}

/// Calls `f` with this thread's blocks. None, without a call: there are none, or they are in
/// use and an allocator uses a map.
#[inline]
pub(super) fn with_blocks<R>(f: impl FnOnce(&mut Blocks) -> R) -> Option<R> {
    with_thread(|thread| thread.blocks(f)).flatten()
}

/// Calls `f` with the bag that this thread is filling. None, without a call: there is none.
#[inline]
pub(super) fn with_bag<R>(f: impl FnOnce(&Filling) -> R) -> Option<R> {
    with_thread(|thread| f(&thread.bag))
}
