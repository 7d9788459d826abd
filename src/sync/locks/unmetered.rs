//! The locks without meters: nothing is measured.

pub(crate) use crate::sync::chosen::locks::{Mutex, RwLock};

use crate::sync::chosen::locks::MutexGuard;

/// As in `metered.rs`. Here every acquisition is unmetered.
#[inline]
pub(crate) fn lock_unmetered<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// The same, for reading.
#[cfg(feature = "metrics")]
pub(crate) fn read_unmetered<T>(lock: &RwLock<T>) -> impl std::ops::Deref<Target = T> {
    lock.read()
}

// Two builds have the feature and yet no meters: the models, and the counts.

#[cfg(feature = "lock-stats")]
impl<T> Mutex<T> {
    /// As in `metered.rs`. Here there is nothing to read.
    pub(crate) fn readings(&self) -> super::readings::Readings {
        super::readings::Readings::NONE
    }
}

#[cfg(feature = "lock-stats")]
impl<T> RwLock<T> {
    /// As for the mutex.
    pub(crate) fn readings(&self) -> super::readings::Readings {
        super::readings::Readings::NONE
    }
}
