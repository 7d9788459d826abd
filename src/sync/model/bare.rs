//! loom's atomics, at which no model takes turns. The story tells of them.

use super::story::{Kind, Number, Pointer};
use crate::sync::Ordering;
use std::ptr;
use std::sync::atomic;

/// loom's `AtomicPtr`.
pub(crate) struct AtomicPtr<T> {
    word: loom::sync::atomic::AtomicPtr<T>,
    /// The newest value, for the story. Outside the model: it adds no edge.
    newest: atomic::AtomicPtr<T>,
}

impl<T> AtomicPtr<T> {
    pub(crate) fn new(p: *mut T) -> Self {
        Self {
            word: loom::sync::atomic::AtomicPtr::new(p),
            newest: atomic::AtomicPtr::new(p),
        }
    }

    fn told(&self) -> Pointer {
        Pointer {
            address: ptr::from_ref(self) as usize,
            kind: Kind::of::<T>(),
        }
    }

    #[track_caller]
    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        let seen = self.word.load(order);
        // ORDERING: Relaxed: loom runs all threads of a model on one thread.
        let newest = self.newest.load(Ordering::Relaxed);
        self.told().loaded(seen, newest, order);
        seen
    }

    #[track_caller]
    pub(crate) fn store(&self, new: *mut T, order: Ordering) {
        self.word.store(new, order);
        // ORDERING: Relaxed, as in `load`.
        let old = self.newest.swap(new, Ordering::Relaxed);
        self.told().stored(old, new, order);
    }

    #[track_caller]
    pub(crate) fn swap(&self, new: *mut T, order: Ordering) -> *mut T {
        let old = self.word.swap(new, order);
        // ORDERING: Relaxed, as in `load`.
        self.newest.store(new, Ordering::Relaxed);
        self.told().swapped(old, new, order);
        old
    }
}

/// loom's `AtomicUsize`.
pub(crate) struct AtomicUsize {
    word: loom::sync::atomic::AtomicUsize,
    /// As in [`AtomicPtr`].
    newest: atomic::AtomicUsize,
}

impl AtomicUsize {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            word: loom::sync::atomic::AtomicUsize::new(number),
            newest: atomic::AtomicUsize::new(number),
        }
    }

    fn told(&self) -> Number {
        Number(ptr::from_ref(self) as usize)
    }

    #[track_caller]
    pub(crate) fn load(&self, order: Ordering) -> usize {
        let seen = self.word.load(order);
        // ORDERING: Relaxed, as in `AtomicPtr::load`.
        let newest = self.newest.load(Ordering::Relaxed);
        self.told().loaded(seen, newest, order);
        seen
    }

    #[track_caller]
    pub(crate) fn store(&self, number: usize, order: Ordering) {
        self.word.store(number, order);
        // ORDERING: Relaxed, as in `AtomicPtr::load`.
        let old = self.newest.swap(number, Ordering::Relaxed);
        self.told().wrote("store", old, number, order);
    }

    #[track_caller]
    pub(crate) fn fetch_add(&self, number: usize, order: Ordering) -> usize {
        let old = self.word.fetch_add(number, order);
        let new = old.wrapping_add(number);
        // ORDERING: Relaxed, as in `AtomicPtr::load`.
        self.newest.store(new, Ordering::Relaxed);
        self.told().wrote("fetch_add", old, new, order);
        old
    }

    #[track_caller]
    pub(crate) fn compare_exchange(
        &self,
        current: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        let outcome = (self.word).compare_exchange(current, new, success, failure);
        if outcome.is_ok() {
            // ORDERING: Relaxed, as in `AtomicPtr::load`.
            self.newest.store(new, Ordering::Relaxed);
        }
        let order = if outcome.is_ok() { success } else { failure };
        self.told().exchanged((current, new), outcome.err(), order);
        outcome
    }
}

/// loom's `AtomicBool`: the number 0 or 1.
pub(crate) struct AtomicBool(AtomicUsize);

impl AtomicBool {
    pub(crate) fn new(yes: bool) -> Self {
        Self(AtomicUsize::new(usize::from(yes)))
    }

    #[track_caller]
    pub(crate) fn store(&self, yes: bool, order: Ordering) {
        self.0.store(usize::from(yes), order);
    }

    #[track_caller]
    pub(crate) fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        let (current, new) = (usize::from(current), usize::from(new));
        let outcome = self.0.compare_exchange(current, new, success, failure);
        outcome.map(|was| was != 0).map_err(|was| was != 0)
    }
}
