//! loom's atomics, at which models take turns (`turns.rs`).

pub(crate) use loom::sync::atomic::AtomicIsize;
#[cfg(crossbeam_loom)]
pub(crate) use loom::sync::atomic::fence;

use super::heavy_fence;
use super::story::{Kind, Number, Pointer, is_told};
use super::turns::{Place, Turn, at_numbers_too};
use crate::sync::Ordering;
use std::ops::Deref;
use std::panic::Location;
use std::ptr;
use std::sync::OnceLock;

/// loom's `AtomicPtr`, with a [`Turn`].
pub(crate) struct AtomicPtr<T> {
    turn: Turn,
    /// Whether it takes turns only in models that take turns at numbers, and what it points to.
    kind: Kind,
    place: Place,
    word: loom::sync::atomic::AtomicPtr<T>,
    /// The newest value, for the story. Outside the model: it adds no edge.
    newest: std::sync::atomic::AtomicPtr<T>,
}

impl<T> AtomicPtr<T> {
    pub(crate) fn new(p: *mut T) -> Self {
        Self {
            turn: Turn::new(),
            kind: Kind::of::<T>(),
            place: Place::new(),
            word: loom::sync::atomic::AtomicPtr::new(p),
            newest: std::sync::atomic::AtomicPtr::new(p),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The newest value, outside the model.
    pub(super) fn newest_told(&self) -> *mut T {
        // ORDERING: Relaxed: loom runs all threads of a model on one thread.
        self.newest.load(Ordering::Relaxed)
    }

    fn is_newest(&self, p: *mut T) {
        // ORDERING: Relaxed, as in `newest_told`.
        self.newest.store(p, Ordering::Relaxed);
    }

    fn told(&self) -> Pointer {
        Pointer {
            address: ptr::from_ref(self) as usize,
            kind: self.kind,
        }
    }

    /// Before each access.
    fn begin(&self) {
        if !self.kind.is_number || at_numbers_too() {
            self.turn.take();
        }
        heavy_fence::take_part();
    }

    #[track_caller]
    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.begin();
        let seen = if self.place.reads_the_newest(order) {
            let null = ptr::null_mut();
            // ORDERING: Acquire, and no Release: it is a load.
            let acquire = Ordering::Acquire;
            let read = self.word.compare_exchange(null, null, acquire, acquire);
            read.unwrap_or_else(|newest| newest)
        } else {
            heavy_fence::taking_part(|| self.word.load(order))
        };
        self.told().loaded(seen, self.newest_told(), order);
        seen
    }

    #[track_caller]
    pub(crate) fn swap(&self, new: *mut T, order: Ordering) -> *mut T {
        self.begin();
        self.place.written(order);
        let old = self.word.swap(new, order);
        self.is_newest(new);
        self.told().swapped(old, new, order);
        old
    }

    #[track_caller]
    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.begin();
        let outcome = (self.word).compare_exchange(current, new, success, failure);
        if outcome.is_ok() {
            self.place.written(success);
            self.is_newest(new);
        }
        let order = if outcome.is_ok() { success } else { failure };
        self.told().exchanged((current, new), outcome.err(), order);
        outcome
    }
}

impl<T> Drop for AtomicPtr<T> {
    fn drop(&mut self) {
        // Another entry may have this address from here on.
        self.told().is_gone();
    }
}

/// loom's `AtomicUsize`. Panics if it is used after its drop, as long as its memory is
/// there: the state of a snapshot to which no reference is left must not be loaded.
///
/// Takes no turns, unless
/// [`take_turns_at_numbers_too`](super::turns::take_turns_at_numbers_too) says so: turns
/// would make the models several times as large. But for light pins, which store, each
/// change is a single read-modify-write. So loom misses few orders: those in which the
/// thread that changes the number has loaded it before.
pub(crate) struct AtomicUsize {
    turn: Turn,
    place: Place,
    word: loom::sync::atomic::AtomicUsize,
    /// Outside the model: it adds no edge.
    dropped: std::sync::atomic::AtomicBool,
    /// The newest value, for the story. Outside the model, too.
    newest: std::sync::atomic::AtomicUsize,
    is_told: bool,
}

impl Drop for AtomicUsize {
    fn drop(&mut self) {
        // ORDERING: Relaxed: loom runs all threads of a model on one thread.
        self.dropped.store(true, Ordering::Relaxed);
    }
}

impl AtomicUsize {
    #[track_caller]
    pub(crate) fn new(number: usize) -> Self {
        Self {
            turn: Turn::new(),
            place: Place::new(),
            word: loom::sync::atomic::AtomicUsize::new(number),
            dropped: std::sync::atomic::AtomicBool::new(false),
            newest: std::sync::atomic::AtomicUsize::new(number),
            is_told: is_told(Location::caller()),
        }
    }

    fn told(&self) -> Option<Number> {
        self.is_told.then(|| Number(ptr::from_ref(self) as usize))
    }

    /// Tells a change, and that it is the newest.
    #[track_caller]
    fn wrote(&self, by: &'static str, from: usize, to: usize, order: Ordering) {
        // ORDERING: Relaxed, as in `drop`.
        self.newest.store(to, Ordering::Relaxed);
        if let Some(told) = self.told() {
            told.wrote(by, from, to, order);
        }
    }

    #[track_caller]
    fn read(&self, seen: usize, order: Ordering) {
        // ORDERING: Relaxed, as in `drop`.
        let newest = self.newest.load(Ordering::Relaxed);
        if let Some(told) = self.told() {
            told.loaded(seen, newest, order);
        }
    }

    /// Before each access.
    fn begin(&self) {
        // ORDERING: Relaxed, as in `drop`.
        assert!(!self.dropped.load(Ordering::Relaxed), "used after its end");
        if at_numbers_too() {
            self.turn.take();
        }
        heavy_fence::take_part();
    }

    #[track_caller]
    pub(crate) fn load(&self, order: Ordering) -> usize {
        self.begin();
        let seen = if self.place.reads_the_newest(order) {
            // ORDERING: Acquire, and no Release: it is a load.
            self.word.fetch_or(0, Ordering::Acquire)
        } else {
            heavy_fence::taking_part(|| self.word.load(order))
        };
        self.read(seen, order);
        seen
    }

    /// The newest value, for a load that can't miss an earlier store. A read-modify-write
    /// reads the newest value, and a compare-and-swap that fails stores nothing. loom does
    /// not order two stores of two threads that do not know of each other's store. So only
    /// one thread at a time may store to a number that is read by this.
    #[track_caller]
    pub(crate) fn newest(&self, order: Ordering) -> usize {
        self.begin();
        let other = usize::MAX;
        let read = self.word.compare_exchange(other, other, order, order);
        let seen = read.unwrap_or_else(|newest| newest);
        self.read(seen, order);
        seen
    }

    #[track_caller]
    pub(crate) fn store(&self, number: usize, order: Ordering) {
        self.begin();
        self.place.written(order);
        self.word.store(number, order);
        // ORDERING: Relaxed, as in `drop`.
        let from = self.newest.load(Ordering::Relaxed);
        self.wrote("store", from, number, order);
    }

    #[track_caller]
    pub(crate) fn compare_exchange(
        &self,
        current: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        self.begin();
        let outcome = (self.word).compare_exchange(current, new, success, failure);
        if outcome.is_ok() {
            self.place.written(success);
            // ORDERING: Relaxed, as in `drop`.
            self.newest.store(new, Ordering::Relaxed);
        }
        let order = if outcome.is_ok() { success } else { failure };
        if let Some(told) = self.told() {
            told.exchanged((current, new), outcome.err(), order);
        }
        outcome
    }

    #[track_caller]
    pub(crate) fn fetch_add(&self, number: usize, order: Ordering) -> usize {
        self.begin();
        self.place.written(order);
        let old = self.word.fetch_add(number, order);
        self.wrote("fetch_add", old, old.wrapping_add(number), order);
        old
    }

    #[track_caller]
    pub(crate) fn fetch_or(&self, bits: usize, order: Ordering) -> usize {
        self.begin();
        self.place.written(order);
        let old = self.word.fetch_or(bits, order);
        self.wrote("fetch_or", old, old | bits, order);
        old
    }
}

/// An atomic null, made at its first use. It is like a number: each change is a single
/// read-modify-write, and it takes turns only in models that take turns at numbers.
pub(crate) struct ConstAtomicPtr<T>(OnceLock<AtomicPtr<T>>);

impl<T> ConstAtomicPtr<T> {
    pub(crate) const fn null() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Deref for ConstAtomicPtr<T> {
    type Target = AtomicPtr<T>;

    fn deref(&self) -> &AtomicPtr<T> {
        self.0.get_or_init(|| {
            let mut null = AtomicPtr::new(ptr::null_mut());
            null.kind.is_number = true;
            null
        })
    }
}

/// Does nothing: the fence is for crossbeam-epoch, which this build has not.
#[cfg(not(crossbeam_loom))]
pub(crate) fn fence(_order: Ordering) {}
