//! parking_lot's locks: each is a *gate*, which is a loom lock, and the data it guards.

use super::story::LockAt;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::{OnceLock, PoisonError};

/// parking_lot's mutex.
pub(crate) struct Mutex<T> {
    gate: OnceLock<loom::sync::Mutex<()>>,
    data: UnsafeCell<T>,
}

// SAFETY: the data may be sent.
unsafe impl<T: Send> Send for Mutex<T> {}
// SAFETY: the gate lets one thread in at a time, and the data may be sent.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self {
            gate: OnceLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let gate = self.gate.get_or_init(|| loom::sync::Mutex::new(()));
        let mut told = LockAt::of::<T>(std::ptr::from_ref(self) as usize);
        told.wants();
        // parking_lot does not poison.
        let gate = gate.lock().unwrap_or_else(PoisonError::into_inner);
        told.has();
        MutexGuard {
            told,
            _gate: gate,
            data: &self.data,
        }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }
}

/// The mutex, held.
pub(crate) struct MutexGuard<'a, T> {
    told: LockAt,
    _gate: loom::sync::MutexGuard<'a, ()>,
    data: &'a UnsafeCell<T>,
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // The gate is given back after this.
        self.told.gives_back();
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard holds the gate.
        unsafe { &*self.data.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard holds the gate, and is borrowed exclusively.
        unsafe { &mut *self.data.get() }
    }
}

/// parking_lot's lock for many readers or one writer.
pub(crate) struct RwLock<T> {
    gate: OnceLock<loom::sync::RwLock<()>>,
    data: UnsafeCell<T>,
}

// SAFETY: the data may be sent.
unsafe impl<T: Send> Send for RwLock<T> {}
// SAFETY: the gate lets one thread in at a time, or several that only read. The data may be
// sent and shared.
unsafe impl<T: Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self {
            gate: OnceLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    fn gate(&self) -> &loom::sync::RwLock<()> {
        self.gate.get_or_init(|| loom::sync::RwLock::new(()))
    }

    pub(crate) fn read(&self) -> impl Deref<Target = T> {
        Held {
            // parking_lot does not poison.
            _gate: self.gate().read().unwrap_or_else(PoisonError::into_inner),
            data: &self.data,
        }
    }

    pub(crate) fn write(&self) -> impl DerefMut<Target = T> {
        HeldAlone(Held {
            _gate: self.gate().write().unwrap_or_else(PoisonError::into_inner),
            data: &self.data,
        })
    }

    pub(crate) fn try_write(&self) -> Option<impl DerefMut<Target = T>> {
        let gate = self.gate().try_write().ok()?;
        Some(HeldAlone(Held {
            _gate: gate,
            data: &self.data,
        }))
    }
}

/// A lock, held by `G`, at least for reading.
struct Held<'a, T, G> {
    _gate: G,
    data: &'a UnsafeCell<T>,
}

impl<T, G> Deref for Held<'_, T, G> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: while this guard holds the gate, nobody writes but through this guard.
        unsafe { &*self.data.get() }
    }
}

/// A lock, held for writing.
struct HeldAlone<'a, T, G>(Held<'a, T, G>);

impl<T, G> Deref for HeldAlone<'_, T, G> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T, G> DerefMut for HeldAlone<'_, T, G> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard holds the gate alone, and is borrowed exclusively.
        unsafe { &mut *self.0.data.get() }
    }
}

/// Lets no thread pass until it is opened, once.
pub(crate) struct Gate {
    is_open: loom::sync::Mutex<bool>,
    opened: loom::sync::Condvar,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            is_open: loom::sync::Mutex::new(false),
            opened: loom::sync::Condvar::new(),
        }
    }

    pub(crate) fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    pub(crate) fn pass(&self) {
        let mut is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_open {
            is_open = (self.opened.wait(is_open)).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

pub(crate) use loom::thread::ThreadId as ThreadKey;

pub(crate) fn this_thread() -> ThreadKey {
    loom::thread::current().id()
}
