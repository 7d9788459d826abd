//! An epoch that frees nothing before the execution has ended, and whose pin has
//! no fence. crossbeam-epoch has one, but does not promise it.
//!
//! With light pins ([`hand_over`]) what a thread has retired can be freed before. The
//! epoch knows nothing of pins then, so nothing is freed any more once a thread has taken
//! a full pin and has not handed over since ([`is_full_pin_in_the_way`]). What becomes of
//! full and light pins together is for crossbeam-epoch itself.

use super::due::{Free, add_due, is_on};
use crate::reclaim::protection::Protection;
use crate::sync::model::thread::{ThreadId, current};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Deref;

thread_local! {
    /// What was deferred in this execution, and, if light pins were on, by which thread
    /// of the model. loom runs the threads of a model on one thread of the system, which is
    /// why an unmodelled thread-local is shared by them, and unseen by loom.
    static GARBAGE: RefCell<Vec<(Option<ThreadId>, Free)>> = const { RefCell::new(Vec::new()) };

    /// While light pins are on: who has taken a full pin and has not handed over since.
    static PINNED: RefCell<Vec<ThreadId>> = const { RefCell::new(Vec::new()) };
}

/// Frees everything that was deferred in this execution.
pub(super) fn free_all() {
    PINNED.with_borrow_mut(Vec::clear);
    while let Some((_, free)) = GARBAGE.with_borrow_mut(Vec::pop) {
        free();
    }
}

/// What the calling thread has retired since light pins were switched on comes due: it
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

/// Whether another thread than this one may have found, under a full pin, what has come
/// due.
pub(crate) fn is_full_pin_in_the_way() -> bool {
    let own = current().id();
    PINNED.with_borrow(|pinned| pinned.iter().any(|by| *by != own))
}

/// crossbeam-epoch's guard.
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
        // SAFETY: our caller's word: what it captures does not end before.
        let free = unsafe { std::mem::transmute::<Box<dyn FnOnce() + '_>, Free>(free) };
        let by = is_on().then(|| current().id());
        GARBAGE.with_borrow_mut(|garbage| garbage.push((by, free)));
    }

    /// # Safety
    ///
    /// As in `reclaim/retire.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
        unsafe { self.defer_drop(objects, bytes, free) };
    }

    pub(crate) fn collect_if_due(&self) {}

    pub(crate) fn repin(&mut self) {}
}

/// Garbage is freed when the execution has ended, and not before.
pub(crate) fn flush() -> bool {
    false
}
