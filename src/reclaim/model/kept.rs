//! An epoch for the models of the algorithm. It frees nothing before the execution has
//! ended, and its pin has no fence. crossbeam-epoch's pin has one, but does not promise it.
//!
//! In models with light pins, what a thread has retired can be freed earlier
//! ([`hand_over`]). This epoch does not know when a full pin ends. So nothing is freed as
//! long as another thread has taken a full pin and has not handed over since
//! ([`is_full_pin_in_the_way`]). The models over crossbeam-epoch itself have full and light
//! pins together.

use super::due::{Free, add_due, is_on};
use crate::reclaim::protection::Protection;
use crate::sync::model::thread::{ThreadId, current};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Deref;

thread_local! {
    /// What was deferred in this execution, and, if light pins were on, by which thread
    /// of the model. loom runs the threads of a model on one thread of the system. So they
    /// share a thread-local that is not loom's, and loom does not see it.
    static GARBAGE: RefCell<Vec<(Option<ThreadId>, Free)>> = const { RefCell::new(Vec::new()) };

    /// While light pins are on: the threads that have taken a full pin and have not handed
    /// over since.
    static PINNED: RefCell<Vec<ThreadId>> = const { RefCell::new(Vec::new()) };
}

/// Frees everything that was deferred in this execution.
pub(super) fn free_all() {
    PINNED.with_borrow_mut(Vec::clear);
    while let Some((_, free)) = GARBAGE.with_borrow_mut(Vec::pop) {
        free();
    }
}

/// Leaks everything that was deferred in this execution.
pub(super) fn forget_all() {
    PINNED.with_borrow_mut(Vec::clear);
    GARBAGE.with_borrow_mut(|garbage| garbage.drain(..).for_each(std::mem::forget));
}

/// Lets what the calling thread has retired since light pins were switched on come due. It
/// waits for a grace period from now on. The thread holds no guard.
pub fn hand_over() {
    let own = current().id();
    PINNED.with_borrow_mut(|pinned| pinned.retain(|by| *by != own));
    let mut due = Vec::new();
    GARBAGE.with_borrow_mut(|garbage| {
        let (mine, others) = garbage.drain(..).partition(|(by, _)| *by == Some(own));
        due = mine;
        *garbage = others;
    });
    for (_, free) in due {
        add_due(free);
    }
}

/// Whether a thread other than this one may have found, under a full pin, what has come due.
pub(crate) fn is_full_pin_in_the_way() -> bool {
    let own = current().id();
    PINNED.with_borrow(|pinned| pinned.iter().any(|by| *by != own))
}

/// A guard without a pin.
pub(crate) struct Guard {
    not_send: PhantomData<*const ()>,
}

pub(crate) fn pin() -> Guard {
    if is_on() {
        let by = current().id();
        PINNED.with_borrow_mut(|pinned| pinned.push(by));
    }
    Guard {
        not_send: PhantomData,
    }
}

impl Deref for Guard {
    type Target = Protection;

    fn deref(&self) -> &Protection {
        &Protection(())
    }
}

impl Guard {
    /// # Safety
    ///
    /// As in `reclaim/retire.rs`.
    pub(crate) unsafe fn defer_drop<F: FnOnce()>(&self, _objects: usize, _bytes: usize, free: F) {
        let free: Box<dyn FnOnce() + '_> = Box::new(free);
        // SAFETY: our caller promised that what `free` captures does not end before.
        let free = unsafe { std::mem::transmute::<Box<dyn FnOnce() + '_>, Free>(free) };
        let by = is_on().then(|| current().id());
        GARBAGE.with_borrow_mut(|garbage| garbage.push((by, free)));
    }

    /// # Safety
    ///
    /// As in `reclaim/retire.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.defer_drop(objects, bytes, free) };
    }

    pub(crate) fn collect_if_due(&self) {}

    pub(crate) fn repin(&mut self) {}
}

/// Garbage is freed when the execution has ended, and not before.
pub(crate) fn flush() -> bool {
    false
}
