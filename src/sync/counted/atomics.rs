//! `std`'s atomics, which count, for `--cfg counted`.

use super::counts::{Counts, FENCE};
use crate::sync::Ordering;
use crate::sync::real::atomics as real;

/// A real atomic, which counts.
pub(crate) struct Counted<A>(A);

pub(crate) type AtomicPtr<T> = Counted<real::AtomicPtr<T>>;
pub(crate) type AtomicIsize = Counted<real::AtomicIsize>;
pub(crate) type AtomicUsize = Counted<real::AtomicUsize>;
pub(crate) type ConstAtomicPtr<T> = Counted<real::ConstAtomicPtr<T>>;

impl<A> Counted<A> {
    fn read(&self) -> &A {
        Counts::SHARED_LOAD.book();
        &self.0
    }

    fn modify(&self) -> &A {
        Counts::SHARED_RMW.book();
        &self.0
    }
}

impl<T> Counted<real::AtomicPtr<T>> {
    pub(crate) fn new(p: *mut T) -> Self {
        Self(real::AtomicPtr::new(p))
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.read().load(order)
    }

    pub(crate) fn swap(&self, new: *mut T, order: Ordering) -> *mut T {
        self.modify().swap(new, order)
    }

    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        (self.modify()).compare_exchange(current, new, success, failure)
    }
}

impl Counted<real::AtomicIsize> {
    pub(crate) fn new(n: isize) -> Self {
        Self(real::AtomicIsize::new(n))
    }

    pub(crate) fn load(&self, order: Ordering) -> isize {
        self.read().load(order)
    }

    pub(crate) fn fetch_add(&self, n: isize, order: Ordering) -> isize {
        self.modify().fetch_add(n, order)
    }

    pub(crate) fn fetch_sub(&self, n: isize, order: Ordering) -> isize {
        self.modify().fetch_sub(n, order)
    }
}

impl Counted<real::AtomicUsize> {
    pub(crate) fn new(n: usize) -> Self {
        Self(real::AtomicUsize::new(n))
    }

    pub(crate) fn load(&self, order: Ordering) -> usize {
        self.read().load(order)
    }

    pub(crate) fn fetch_add(&self, n: usize, order: Ordering) -> usize {
        self.modify().fetch_add(n, order)
    }

    pub(crate) fn fetch_or(&self, bits: usize, order: Ordering) -> usize {
        self.modify().fetch_or(bits, order)
    }
}

impl<T> Counted<real::ConstAtomicPtr<T>> {
    pub(crate) const fn null() -> Self {
        Self(real::ConstAtomicPtr::null())
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.read().load(order)
    }

    pub(crate) fn swap(&self, new: *mut T, order: Ordering) -> *mut T {
        self.modify().swap(new, order)
    }
}

pub(crate) fn fence(order: Ordering) {
    FENCE.book();
    real::fence(order);
}
