//! Here every value is boxed.

use super::epoch::Guard;
use std::ptr::NonNull;

/// As in `blocks.rs`: here every value is boxed.
#[derive(Clone, Copy)]
pub(crate) enum Length {}

impl Length {
    // As in `blocks.rs`, where the type matters.
    #[allow(clippy::extra_unused_type_parameters)]
    pub(crate) const fn of<T>() -> Option<Self> {
        None
    }
}

pub(crate) fn allocate(length: Length) -> NonNull<u8> {
    match length {}
}

/// # Safety
///
/// As in `blocks.rs`.
pub(crate) unsafe fn give_back(_address: NonNull<u8>, length: Length) {
    match length {}
}

/// # Safety
///
/// As in `blocks.rs`.
pub(crate) unsafe fn retire(_address: NonNull<u8>, length: Length, _guard: &Guard) {
    match length {}
}
