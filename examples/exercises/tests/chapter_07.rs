//! The destructors of values, counted.

use crate::alone;
use exercises::chapter_07::{take_out, values_dropped};
use readmostly::SyncMap;
use std::fmt;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(10);

/// A value that counts how many of its kind have been dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
}

/// Frees what has been retired.
fn flush(map: &SyncMap<&str, Counted>) {
    let begin = Instant::now();
    while !map.flush() {
        let waited = begin.elapsed();
        assert!(
            waited < PATIENCE,
            "a guard of the other exercise is in the way"
        );
    }
}

#[test]
fn so_many_values_are_dropped() {
    let yours = values_dropped();
    let _alone = alone();
    let dropped = Arc::new(AtomicUsize::new(0));
    let value = || Counted(Arc::clone(&dropped));
    let seen = || dropped.load(Ordering::SeqCst);
    let map = SyncMap::new();
    map.insert("a", value());
    let held = map.get("a");
    map.insert("a", value());
    map.remove("a");
    map.flush();
    assert_eq!(yours[0], seen(), "left: yours, at place 1");
    drop(held);
    flush(&map);
    assert_eq!(yours[1], seen(), "left: yours, at place 2");
    map.insert("b", value());
    map.insert("c", value());
    map.get("b");
    flush(&map);
    assert_eq!(yours[2], seen(), "left: yours, at place 3");
    drop(map);
    assert_eq!(yours[3], seen(), "left: yours, at place 4");
}

#[test]
fn a_value_is_taken_out_and_dropped() {
    let _alone = alone();
    let (done, wait) = mpsc::channel();
    // On a thread of its own: a loop that never ends must not hold up the test.
    let taking = thread::spawn(move || {
        let dropped = Arc::new(AtomicUsize::new(0));
        let map = SyncMap::from([("a", Counted(Arc::clone(&dropped)))]);
        let shown = take_out(&map, "a");
        let seen = dropped.load(Ordering::SeqCst);
        let absent = take_out(&map, "a");
        let _ = done.send((shown.as_deref() == Some("a value"), seen, absent.is_none()));
    });
    let (shown, dropped, absent) = match wait.recv_timeout(PATIENCE) {
        Ok(told) => told,
        Err(RecvTimeoutError::Timeout) => panic!("your function does not return"),
        Err(RecvTimeoutError::Disconnected) => match taking.join() {
            Err(panic) => panic::resume_unwind(panic),
            Ok(()) => unreachable!("the thread has told what it saw"),
        },
    };
    assert!(
        shown && absent,
        "the results are what the value displays, and `None`"
    );
    assert_eq!(
        dropped, 1,
        "so many destructors have run when the function returns"
    );
}
