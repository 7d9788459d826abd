//! Guards that count what pins do, for `--cfg counted`. They wrap the real ones.

use super::blocks::Length;
use super::protection::Protection;
use super::{guard, light, pin as real_pin, reader, retire as real_retire};
use crate::sync::counted::counts::{LIGHT_PIN, PIN, REPIN, UNPIN};
use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;

thread_local! {
    /// How many guards of this thread are alive. A cell without a destructor, which outlives
    /// every thread-local that may use a map while it is being destroyed.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
}

/// crossbeam-epoch's guard.
pub(crate) struct Guard(guard::Guard);

impl Guard {
    fn new(guard: guard::Guard) -> Self {
        let others = GUARDS.with(|guards| guards.replace(guards.get() + 1));
        if others == 0 {
            PIN.book();
        }
        Self(guard)
    }

    pub(crate) fn repin(&mut self) {
        if GUARDS.with(Cell::get) == 1 {
            REPIN.book();
        }
        self.0.repin();
    }

    /// # Safety
    ///
    /// As in `retire.rs`.
    pub(crate) unsafe fn defer_drop(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.0.defer_drop(objects, bytes, free) };
    }

    /// # Safety
    ///
    /// As in `retire.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.0.defer_free(objects, bytes, free) };
    }

    pub(crate) fn collect_if_due(&self) {
        self.0.collect_if_due();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let all = GUARDS.with(|guards| guards.replace(guards.get() - 1));
        if all == 1 {
            UNPIN.book();
        }
    }
}

impl Deref for Guard {
    type Target = Protection;

    fn deref(&self) -> &Protection {
        &self.0
    }
}

/// # Safety
///
/// As in `retire.rs`.
pub(crate) unsafe fn retire(address: NonNull<u8>, length: Length, guard: &Guard) {
    // SAFETY: our caller promised that the block came from `allocate` with this length, is
    // given back once, and that no thread can begin to use it.
    unsafe { real_retire::retire(address, length, &guard.0) };
}

pub(crate) fn pin() -> Guard {
    Guard::new(real_pin::pin())
}

/// A light pin.
pub(crate) struct LightGuard(light::LightGuard);

impl LightGuard {
    fn new(guard: light::LightGuard) -> Self {
        LIGHT_PIN.book();
        Self(guard)
    }
}

impl Drop for LightGuard {
    fn drop(&mut self) {
        UNPIN.book();
    }
}

impl Deref for LightGuard {
    type Target = Protection;

    fn deref(&self) -> &Protection {
        &self.0
    }
}

pub(crate) fn enter() -> Option<LightGuard> {
    reader::enter().map(LightGuard::new)
}

pub(crate) fn enter_again() -> Option<LightGuard> {
    real_pin::enter_again().map(LightGuard::new)
}
