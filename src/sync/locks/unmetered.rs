//! The locks as they are: nothing is measured.

pub(crate) use crate::sync::chosen::locks::{Mutex, RwLock};

use crate::sync::chosen::locks::MutexGuard;

/// As in `metered.rs`: here every lock is taken so.
#[inline]
pub(crate) fn lock_unmetered<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// The same, for reading.
#[cfg(feature = "metrics")]
pub(crate) fn read_unmetered<T>(lock: &RwLock<T>) -> impl std::ops::Deref<Target = T> {
    lock.read()
}

// Builds that have the feature and yet no meters: models, and counts.

#[cfg(feature = "lock-stats")]
impl<T> Mutex<T> {
    /// As in `metered.rs`, where there is something to read.
    pub(crate) fn readings(&self) -> super::readings::Readings {
        super::readings::Readings::NONE
    }
}

#[cfg(feature = "lock-stats")]
impl<T> RwLock<T> {
    /// As above.
    pub(crate) fn readings(&self) -> super::readings::Readings {
        super::readings::Readings::NONE
    }
}
