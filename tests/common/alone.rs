//! One test at a time: garbage belongs to the whole process.

use readmostly::SyncMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// That the calling test runs alone.
pub(crate) struct Alone(#[expect(dead_code, reason = "it is held")] MutexGuard<'static, ()>);

/// Waits until no other test runs.
pub(crate) fn alone() -> Alone {
    static ALONE: Mutex<()> = Mutex::new(());
    Alone(ALONE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drop for Alone {
    fn drop(&mut self) {
        // The end of this test's thread, which nobody waits for, looks after what waits:
        // so nothing may. A test that has failed may have left a guard.
        let any = SyncMap::<u32, u32>::new();
        for _ in 0..1_000 {
            if any.flush() {
                break;
            }
            thread::yield_now();
        }
    }
}
