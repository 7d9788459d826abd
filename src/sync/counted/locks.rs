//! parking_lot's locks, which count, for `--cfg counted`.

pub(crate) use crate::sync::real::locks::{Gate, MutexGuard, ThreadKey, this_thread};

use super::counts::{LOCK, READ_LOCK};
use crate::sync::real::locks as real;
use std::ops::{Deref, DerefMut};

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
