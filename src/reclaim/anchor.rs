//! An address, and the guard that keeps what is there allocated.

use super::chosen::{Guard, LightGuard};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// The address of something that was found under a guard, full or light, and that guard.
/// Two words: the lowest bit of the address, which alignment leaves free, says which
/// kind it is.
pub(crate) struct Anchor {
    address: NonNull<()>,
    guard: Either,
}

union Either {
    light: ManuallyDrop<LightGuard>,
    full: ManuallyDrop<Guard>,
}

const FULL: usize = 1;

impl Anchor {
    /// Under a light pin.
    #[inline]
    pub(crate) fn light<T>(address: NonNull<T>, guard: LightGuard) -> Self {
        const { assert!(align_of::<T>() > FULL) };
        Self {
            address: address.cast(),
            guard: Either {
                light: ManuallyDrop::new(guard),
            },
        }
    }

    /// Under a pin of the epoch.
    #[inline]
    pub(crate) fn full<T>(address: NonNull<T>, guard: Guard) -> Self {
        const { assert!(align_of::<T>() > FULL) };
        Self {
            address: address.cast().map_addr(|address| address | FULL),
            guard: Either {
                full: ManuallyDrop::new(guard),
            },
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.address.addr().get() & FULL != 0
    }

    /// The address.
    #[inline]
    pub(crate) fn address<T>(&self) -> *mut T {
        (self.address.as_ptr())
            .map_addr(|address| address & !FULL)
            .cast()
    }
}

impl Drop for Anchor {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_full() {
            // SAFETY: the bit is set, so `full` made this anchor.
            let guard = unsafe { &mut self.guard.full };
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(guard) };
        } else {
            // SAFETY: the bit is not set, so `light` made this anchor.
            let guard = unsafe { &mut self.guard.light };
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(guard) };
        }
    }
}
