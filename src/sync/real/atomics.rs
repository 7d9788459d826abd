//! `std`'s atomics.

pub(crate) use std::sync::atomic::{AtomicIsize, AtomicPtr, AtomicUsize, fence};

use std::ops::Deref;
use std::ptr;

/// An atomic null that can stand in a `static`.
pub(crate) struct ConstAtomicPtr<T>(AtomicPtr<T>);

impl<T> ConstAtomicPtr<T> {
    pub(crate) const fn null() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T> Deref for ConstAtomicPtr<T> {
    type Target = AtomicPtr<T>;

    #[inline]
    fn deref(&self) -> &AtomicPtr<T> {
        &self.0
    }
}
