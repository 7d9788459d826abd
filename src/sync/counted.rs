//! The real thing, which counts, for `--cfg counted`: what each public call does
//! to memory that more than one thread can reach. `tests/counted.rs` holds the
//! table in `docs/benchmarks.md` to it.
//!
//! # What is counted where it happens
//!
//! Every access to an atomic of this crate. A load counts as one of a shared
//! line; a read-modify-write counts as a write of one, a compare-and-swap that
//! fails too, as it takes the line all the same; a fence as a read-modify-write of
//! a line of the thread's own. Nothing here has a plain store, so nothing above can
//! make one. A light pin (`light.rs`) is counted where it begins and where it ends.
//!
//! # What is counted as a constant
//!
//! What happens inside other crates, as read from their sources, for x86-64 and
//! without contention:
//!
//! - crossbeam-epoch 0.9.21. An outermost pin loads the global epoch and does one
//!   `lock cmpxchg` on the thread's own record, which is its fence; an unpin
//!   stores there. Nested ones do nothing. A repin loads both, and stores if the
//!   epoch has moved, which is not counted.
//! - parking_lot 0.12. A compare-and-swap to lock, and one to unlock. An `RwLock`,
//!   for reading: a load and a compare-and-swap, and a subtraction to unlock.
//! - arc-swap 1.9. A load looks for a free slot of the thread's own, fills it by
//!   a swap, loads the pointer before and after, and empties the slot by a
//!   compare-and-swap; `load_full` counts a reference in between. A swap counts
//!   and gives back a reference, and visits every thread's slots: see
//!   [`SWAP_PER_THREAD`].
//!
//! # What is not counted
//!
//! Collections, which belong to no call: a thread collects when it has retired 64 objects
//! or 64 KiB, or looks after what waits. A thread's first call, which registers it.
//! Plain memory: tables, keys, values, and what only this thread can reach.

pub(crate) use super::real::{Length, MutexGuard, Watch, allocate, contain_panic};
pub(crate) use super::real::{flush, give_back, switch_on};

use super::{Ordering, Protection, light, real};
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync;

/// What one thread has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Loads of lines that other threads use too.
    pub shared_loads: u64,
    /// Read-modify-writes of lines that other threads use too.
    pub shared_rmws: u64,
    /// Loads of lines that this thread alone writes in a read.
    pub own_loads: u64,
    /// Stores to these.
    pub own_stores: u64,
    /// Read-modify-writes of these.
    pub own_rmws: u64,
    /// Acquisitions of a mutex.
    pub locks: u64,
}

impl Counts {
    const NONE: Self = Self {
        shared_loads: 0,
        shared_rmws: 0,
        own_loads: 0,
        own_stores: 0,
        own_rmws: 0,
        locks: 0,
    };

    const SHARED_LOAD: Self = Self {
        shared_loads: 1,
        ..Self::NONE
    };

    const SHARED_RMW: Self = Self {
        shared_rmws: 1,
        ..Self::NONE
    };

    const fn plus(self, more: Self) -> Self {
        Self {
            shared_loads: self.shared_loads + more.shared_loads,
            shared_rmws: self.shared_rmws + more.shared_rmws,
            own_loads: self.own_loads + more.own_loads,
            own_stores: self.own_stores + more.own_stores,
            own_rmws: self.own_rmws + more.own_rmws,
            locks: self.locks + more.locks,
        }
    }

    /// Counts this for the current thread.
    fn book(self) {
        // `try_with` fails only on platforms that tear even such cells down.
        let _ = COUNTS.try_with(|counts| counts.set(counts.get().plus(self)));
    }
}

/// crossbeam-epoch's outermost pin.
const PIN: Counts = Counts {
    shared_loads: 1,
    own_rmws: 1,
    ..Counts::NONE
};

/// A light pin: the generation; and this thread's stamp and credit, which it loads and
/// stores.
const LIGHT_PIN: Counts = Counts {
    shared_loads: 1,
    own_loads: 2,
    own_stores: 2,
    ..Counts::NONE
};

/// The end of an outermost pin of crossbeam-epoch, and of a light one.
const UNPIN: Counts = Counts {
    own_stores: 1,
    ..Counts::NONE
};

/// crossbeam-epoch's repin of the only guard, while the epoch stays.
const REPIN: Counts = Counts {
    shared_loads: 1,
    own_loads: 1,
    ..Counts::NONE
};

/// A fence takes as long as a read-modify-write of a line of the thread's own.
const FENCE: Counts = Counts {
    own_rmws: 1,
    ..Counts::NONE
};

/// parking_lot's lock and unlock.
const LOCK: Counts = Counts {
    shared_rmws: 2,
    locks: 1,
    ..Counts::NONE
};

/// parking_lot's lock and unlock of an `RwLock` for reading: it looks before it
/// counts itself in.
const READ_LOCK: Counts = LOCK.plus(Counts::SHARED_LOAD);

/// arc-swap's load, and what drops it.
const LOAD: Counts = Counts {
    shared_loads: 2,
    own_loads: 1,
    own_rmws: 2,
    ..Counts::NONE
};

/// arc-swap's visit to one thread's slots: it announces itself, looks whether the
/// thread needs help, tries a compare-and-swap on each of nine slots, and takes
/// its leave.
///
/// Booked once. A swap visits every thread that has loaded from an `ArcSwap`, so
/// each further one costs the same again.
const SWAP_PER_THREAD: Counts = Counts {
    shared_loads: 1,
    shared_rmws: 11,
    ..Counts::NONE
};

/// arc-swap's swap: the list of threads is loaded, and the pointer swapped.
const SWAP: Counts = Counts {
    shared_loads: 1,
    shared_rmws: 1,
    ..Counts::NONE
}
.plus(SWAP_PER_THREAD);

thread_local! {
    // Neither cell has a destructor, as in `real.rs`.

    static COUNTS: Cell<Counts> = const { Cell::new(Counts::NONE) };

    /// Guards of this thread that are alive.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
}

/// What the current thread has done so far.
pub fn counts() -> Counts {
    COUNTS.with(Cell::get)
}

/// A real one, which counts.
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

/// parking_lot's mutex.
pub(crate) struct Mutex<T>(real::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self(real::Mutex::new(data))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        LOCK.book();
        self.0.lock()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// parking_lot's lock for many readers or one writer.
pub(crate) struct RwLock<T>(real::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self(real::RwLock::new(data))
    }

    pub(crate) fn read(&self) -> impl Deref<Target = T> {
        READ_LOCK.book();
        self.0.read()
    }

    pub(crate) fn write(&self) -> impl DerefMut<Target = T> {
        LOCK.book();
        self.0.write()
    }

    pub(crate) fn try_write(&self) -> Option<impl DerefMut<Target = T>> {
        LOCK.book();
        self.0.try_write()
    }
}

/// `std`'s, for what is above this floor: each clone counts, and each drop.
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
            // A reference to pay readers with, and that back.
            Counts::SHARED_RMW.plus(Counts::SHARED_RMW).book();
        }
        old
    }
}

/// crossbeam-epoch's guard.
pub(crate) struct Guard(real::Guard);

impl Guard {
    fn new(guard: real::Guard) -> Self {
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
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_drop(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
        unsafe { self.0.defer_drop(objects, bytes, free) };
    }

    /// # Safety
    ///
    /// As in `real.rs`.
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
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
/// As in `blocks.rs`.
pub(crate) unsafe fn retire(address: NonNull<u8>, length: Length, guard: &Guard) {
    // SAFETY: our caller's word.
    unsafe { real::retire(address, length, &guard.0) };
}

pub(crate) fn pin() -> Guard {
    Guard::new(real::pin())
}

pub(crate) fn fence(order: Ordering) {
    FENCE.book();
    real::fence(order);
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
    real::enter().map(LightGuard::new)
}

pub(crate) fn enter_again() -> Option<LightGuard> {
    real::enter_again().map(LightGuard::new)
}
