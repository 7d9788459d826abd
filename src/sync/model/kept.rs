//! An epoch that frees nothing before the execution has ended, and whose pin has
//! no fence. crossbeam-epoch has one, but does not promise it.

use crate::sync::Ordering;
use crate::sync::slots::Slots;
use std::cell::RefCell;
use std::marker::PhantomData;

thread_local! {
    /// What was deferred in this execution. loom runs the threads of a model on
    /// one thread of the system, which is why an unmodelled thread-local is
    /// shared by them, and unseen by loom.
    static GARBAGE: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// Frees everything that was deferred in this execution, whose threads have
/// been joined and whose maps are gone.
pub fn free_garbage() {
    loop {
        let Some(free) = GARBAGE.with(|garbage| garbage.borrow_mut().pop()) else {
            return;
        };
        free();
    }
}

/// What the crate keeps for each thread of the model.
pub(crate) struct Thread {
    pub(crate) slots: Slots,
}

impl Thread {
    pub(crate) fn pin(&self) -> Guard {
        pin()
    }
}

loom::thread_local! {
    static THREAD: Thread = Thread { slots: Slots::new() };
}

pub(crate) fn with_thread<R>(f: impl FnOnce(&Thread) -> R) -> Option<R> {
    THREAD.try_with(f).ok()
}

/// crossbeam-epoch's guard.
pub(crate) struct Guard {
    not_send: PhantomData<*const ()>,
}

pub(crate) fn pin() -> Guard {
    Guard {
        not_send: PhantomData,
    }
}

impl Guard {
    /// # Safety
    ///
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_drop<F: FnOnce()>(&self, _objects: usize, _bytes: usize, free: F) {
        let free: Box<dyn FnOnce() + '_> = Box::new(free);
        // SAFETY: our caller's word: what it captures does not end before.
        let free =
            unsafe { std::mem::transmute::<Box<dyn FnOnce() + '_>, Box<dyn FnOnce()>>(free) };
        GARBAGE.with(|garbage| garbage.borrow_mut().push(free));
    }

    /// # Safety
    ///
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: handed on to our caller, word for word.
        unsafe { self.defer_drop(objects, bytes, free) };
    }

    pub(crate) fn collect_if_due(&self) {}

    pub(crate) fn repin(&mut self) {}
}

/// Garbage is freed when the execution has ended, and not before.
pub(crate) fn flush() -> bool {
    false
}

/// Nothing: it is for the sake of the epoch.
pub(crate) fn fence(_order: Ordering) {}
