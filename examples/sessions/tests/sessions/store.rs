//! What the tests share.

use sessions::{Ended, Lifetime, Sessions};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Long enough to be out of the way.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A lifetime with an idle limit, and with a tick of one second.
pub(crate) fn idle(absolute: Duration, idle: Duration) -> Lifetime {
    Lifetime {
        idle: Some(idle),
        ..Lifetime::absolute(absolute)
    }
}

/// A store of sessions without data, and the numbers of what the audit was called with.
pub(crate) fn audited(lifetime: Lifetime) -> (Sessions<()>, Arc<Mutex<Vec<u64>>>) {
    let numbers = Arc::new(Mutex::new(Vec::new()));
    let audit = Arc::clone(&numbers);
    let note = move |ended: Ended<()>| audit.lock().unwrap().push(ended.session.number());
    (Sessions::new(lifetime, usize::MAX).on_end(note), numbers)
}

/// Fails instead of waiting for ever, if `test` waits for a lock that is never free.
pub(crate) fn without_deadlock(test: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        done.send(()).unwrap();
    });
    match is_done.recv_timeout(seconds(60)) {
        Err(RecvTimeoutError::Timeout) => panic!("a deadlock"),
        _ => thread.join().unwrap(),
    }
}
