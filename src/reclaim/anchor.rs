//! An address, and the guard that keeps what is there allocated.

use super::chosen::{Guard, LightGuard};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::rc::Rc;

/// The address of something that was found under a guard, and that guard: a light one, a
/// full one, or a share of a full one. Two words: the two lowest bits of the address, which
/// alignment leaves free, say which kind it is.
pub(crate) struct Anchor {
    address: NonNull<()>,
    guard: Either,
}

union Either {
    light: ManuallyDrop<LightGuard>,
    full: ManuallyDrop<Guard>,
    /// From `Rc::into_raw`.
    shared: *const Guard,
}

/// A full guard, or a share of one.
const FULL: usize = 1;
/// Beside `FULL`: a share.
const SHARED: usize = 2;

// SAFETY: the owner of an anchor, a `Ref` or a `MappedRef`, is not `Send`: so it is dropped on
// the thread that took the guard.
unsafe impl Send for Anchor {}

impl Anchor {
    /// Under a light pin.
    #[inline]
    pub(crate) fn light<T>(address: NonNull<T>, guard: LightGuard) -> Self {
        const { assert!(align_of::<T>() > FULL | SHARED) };
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
        const { assert!(align_of::<T>() > FULL | SHARED) };
        Self {
            address: address.cast().map_addr(|address| address | FULL),
            guard: Either {
                full: ManuallyDrop::new(guard),
            },
        }
    }

    /// Under a pin of the epoch that others share.
    #[inline]
    pub(crate) fn shared<T>(address: NonNull<T>, guard: Rc<Guard>) -> Self {
        const { assert!(align_of::<T>() > FULL | SHARED) };
        Self {
            address: address.cast().map_addr(|address| address | FULL | SHARED),
            guard: Either {
                shared: Rc::into_raw(guard),
            },
        }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.address.addr().get() & FULL != 0
    }

    #[inline]
    fn is_shared(&self) -> bool {
        self.address.addr().get() & SHARED != 0
    }

    /// The address.
    #[inline]
    pub(crate) fn address<T>(&self) -> *mut T {
        (self.address.as_ptr())
            .map_addr(|address| address & !(FULL | SHARED))
            .cast()
    }
}

/// Not inlined, and with the pointer alone: so a look-up need not store the anchor of its
/// result in memory.
///
/// # Safety
///
/// `guard` came from `Rc::into_raw`, and this is the only call for it.
#[cold]
#[inline(never)]
unsafe fn drop_share(guard: *const Guard) {
    // SAFETY: the caller says so.
    drop(unsafe { Rc::from_raw(guard) });
}

impl Drop for Anchor {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_full() {
            if self.is_shared() {
                // SAFETY: both bits are set, so `shared` made this anchor.
                let guard = unsafe { self.guard.shared };
                // SAFETY: dropped once, here.
                return unsafe { drop_share(guard) };
            }
            // SAFETY: `FULL` alone is set, so `full` made this anchor.
            let guard = unsafe { &mut self.guard.full };
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(guard) };
        } else {
            // SAFETY: no bit is set, so `light` made this anchor.
            let guard = unsafe { &mut self.guard.light };
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(guard) };
        }
    }
}
