//! One test at a time, watched: garbage belongs to the whole process. What one test
//! holds back the others would wait for, and what it retires would be dropped in the
//! calls of the others.

use crate::watchdog;
use std::sync::{Mutex, PoisonError};

/// Waits until no other test runs, and then does as [`watchdog::watched`] does.
pub(crate) fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    watchdog::watched(test)
}
