//! Fails a test that hangs, so that it does not hang the whole run.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Far longer than any of these tests takes, on any machine, however busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// Runs `test` on a thread of its own; panics if it does, or if it does not end.
pub(crate) fn watched<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (ended, end) = mpsc::channel();
    let runner = thread::spawn(move || {
        let outcome = test();
        ended.send(()).expect("the watchdog waits");
        outcome
    });
    if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
        panic!("still not done: a deadlock, or something waits that must not");
    }
    runner.join().unwrap_or_else(|panic| resume_unwind(panic))
}
