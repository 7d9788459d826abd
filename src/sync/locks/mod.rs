//! The locks of all maps: without meters, or, with the feature `lock-stats`, metered.

#[cfg(all(feature = "lock-stats", not(any(counted, loom))))]
mod metered;
#[cfg(feature = "lock-stats")]
mod readings;
#[cfg(not(all(feature = "lock-stats", not(any(counted, loom)))))]
mod unmetered;

#[cfg(all(feature = "lock-stats", not(any(counted, loom))))]
use metered as chosen;
#[cfg(not(all(feature = "lock-stats", not(any(counted, loom)))))]
use unmetered as chosen;

#[cfg(feature = "metrics")]
pub(crate) use chosen::read_unmetered;
pub(crate) use chosen::{Mutex, RwLock, lock_unmetered};
#[cfg(feature = "lock-stats")]
pub(crate) use readings::{Readings, power_of};
