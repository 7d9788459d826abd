//! crossbeam-epoch itself, over loom's atomics, for the models of reclamation.

use super::due::{Free, add_due};
use crate::reclaim::protection::Protection;
use crate::sync::model::epoch::{self, Participant, Pin, register};
use crate::sync::model::thread::model_thread_local;
use std::ops::Deref;

model_thread_local! {
    /// This thread's participant.
    static EPOCH: Participant = register();
}

/// Never: crossbeam-epoch lets nothing come due while a full pin is in the way.
pub(crate) fn is_full_pin_in_the_way() -> bool {
    false
}

/// crossbeam-epoch's guard.
pub(crate) struct Guard(Pin);

pub(crate) fn pin() -> Guard {
    let pinned = EPOCH.try_with(Participant::pin);
    Guard(pinned.unwrap_or_else(|_| epoch::pin()))
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
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.0.defer_unchecked(move || add_due(free)) };
    }

    /// # Safety
    ///
    /// As in `reclaim/retire.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.defer_drop(objects, bytes, free) };
    }

    /// Does nothing: a model flushes where it wants garbage to be freed.
    pub(crate) fn collect_if_due(&self) {}

    pub(crate) fn repin(&mut self) {
        self.0.repin();
    }
}

/// Hands this thread's garbage over, and advances the epoch once, if it can.
pub fn hand_over() {
    pin().0.flush();
}

/// Hands this thread's garbage over, and frees it if no guard is in the way: garbage is due
/// after two advances of the epoch.
pub(crate) fn flush() -> bool {
    hand_over();
    hand_over();
    false
}
