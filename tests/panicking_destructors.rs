//! What a destructor that panics must not take along: the memory of its entry, and the
//! value beside its key.
#![cfg(not(loom))]

#[allow(dead_code, reason = "the peak is for other tests")]
#[path = "common/bytes.rs"]
mod bytes;

use readmostly::SyncMap;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One test at a time, as memory is counted for the whole process, and without the
/// messages of the panics that are meant to be, which would be counted too.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref() != Some(&BANG) {
            usual(info);
        }
    }));
    alone
}

const BANG: &str = "bang";

/// Panics when it is dropped.
#[derive(PartialEq, Eq, Hash)]
struct Bang(usize);

impl Drop for Bang {
    fn drop(&mut self) {
        panic::panic_any(BANG);
    }
}

/// A first value stands in its entry's memory, which goes with the second of the two.
#[test]
fn a_first_value_that_panics_gives_its_share_of_the_entry_up() {
    const KEYS: usize = 1_000;
    let _alone = alone();
    let map = SyncMap::<usize, Option<Bang>>::new();
    let round = || {
        for key in 0..KEYS {
            map.insert(key, Some(Bang(key)));
            map.insert(key, None);
        }
        map.clear();
        while !map.flush() {}
    };
    // What a thread keeps for the next time is there after the first.
    round();
    let before = bytes::live();
    round();
    let more = bytes::live() - before;
    // A leaked entry has at least its key, its hash, its word and its value.
    let entries = KEYS * 4 * size_of::<usize>();
    assert!(more < entries as isize / 4, "{more} bytes are still there");
}

#[test]
fn a_key_that_panics_while_its_map_is_dropped_spares_its_value() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let map = SyncMap::new();
    map.insert(Bang(1), Counted);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map))).is_err());
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
}
