//! arc-swap's cell and `std`'s `Arc`, which count, for `--cfg counted`.

use super::counts::{Counts, LOAD, SWAP};
use crate::sync::real::arc_swap as real;
use std::ops::Deref;
use std::sync;

/// `std`'s `Arc`, for the code above `sync/`. Each clone counts, and each drop.
pub(crate) struct Arc<T>(sync::Arc<T>);

impl<T> Arc<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(sync::Arc::new(value))
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        Counts::SHARED_RMW.book();
        Self(sync::Arc::clone(&self.0))
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        Counts::SHARED_RMW.book();
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// arc-swap's cell.
pub(crate) struct ArcSwapOption<T>(real::ArcSwapOption<T>);

impl<T> ArcSwapOption<T> {
    pub(crate) const fn const_empty() -> Self {
        Self(real::ArcSwapOption::const_empty())
    }

    pub(crate) fn load(&self) -> impl Deref<Target = Option<sync::Arc<T>>> {
        LOAD.book();
        self.0.load()
    }

    pub(crate) fn swap(&self, new: Option<sync::Arc<T>>) -> Option<sync::Arc<T>> {
        SWAP.book();
        let old = self.0.swap(new);
        if old.is_some() {
            // arc-swap takes a reference, to pay readers with, and gives it back.
            Counts::SHARED_RMW.plus(Counts::SHARED_RMW).book();
        }
        old
    }
}
