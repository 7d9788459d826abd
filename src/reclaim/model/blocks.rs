//! Blocks of small values in the models: there are none, as every value is boxed.

use super::epoch::Guard;
use std::ptr::NonNull;

/// As in `reclaim/blocks.rs`. There is no length here.
#[derive(Clone, Copy)]
pub(crate) enum Length {}

impl Length {
    // As in `reclaim/blocks.rs`, where the type matters.
    #[allow(clippy::extra_unused_type_parameters)]
    pub(crate) const fn of<T>() -> Option<Self> {
        None
    }
}

/// Never called: there is no length.
pub(crate) fn allocate(length: Length) -> NonNull<u8> {
    match length {}
}

/// Never called: there is no length.
///
/// # Safety
///
/// As in `reclaim/retire.rs`.
pub(crate) unsafe fn give_back(_address: NonNull<u8>, length: Length) {
    match length {}
}

/// Never called: there is no length.
///
/// # Safety
///
/// As in `reclaim/retire.rs`.
pub(crate) unsafe fn retire(_address: NonNull<u8>, length: Length, _guard: &Guard) {
    match length {}
}
