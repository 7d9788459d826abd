//! What the crate has allocated for itself is given back: counted by the allocator.

#![cfg(not(loom))]

#[path = "common/bytes.rs"]
mod bytes;

use readmostly::SyncMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs `once` once, and then so many times, alone in the process, and demands that
/// what is in use afterwards is less than so many bytes more than after the first time.
fn leaves_less_than(bytes: isize, times: usize, once: impl Fn()) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let flushed = || {
        let any = SyncMap::from([(1, 1)]);
        while !any.flush() {
            thread::yield_now();
        }
    };
    once();
    flushed();
    let before = bytes::restart_peak();
    (0..times).for_each(|_| once());
    flushed();
    let left = bytes::live() - before;
    println!(
        "{left} bytes are left, of {} at the most",
        bytes::peak() - before
    );
    assert!(left < bytes, "{left} bytes are left");
}

/// Of a thread that reads there is a record of 128 bytes. Whoever comes next uses it.
#[test]
fn threads_that_have_exited_leave_nothing() {
    leaves_less_than(50_000, 1_000, || {
        let maps: Vec<_> = (0..32).map(|n| SyncMap::from([(1, n)])).collect();
        maps.iter().for_each(|map| _ = map.compact());
        let read = || {
            for map in &maps {
                assert!(map.contains_key(&1));
            }
        };
        thread::scope(|scope| scope.spawn(read).join()).expect("it ends");
    });
}

/// A thread keeps the room of the bags that it has emptied, until it flushes: 17 kB here.
#[test]
fn a_flush_gives_the_room_of_emptied_bags_back() {
    let map = SyncMap::from([(1, String::new())]);
    let flushed = || {
        while !map.flush() {
            thread::yield_now();
        }
        bytes::live()
    };
    let left = || {
        let before = flushed();
        (0..6_400).for_each(|_| drop(map.insert(1, String::new())));
        flushed() - before
    };
    // Alone in the process, and on threads of which nothing is left.
    leaves_less_than(8_000, 1, || {
        let left = thread::scope(|scope| scope.spawn(left).join()).expect("it ends");
        assert!(
            left < 8_000,
            "{left} bytes are left on a thread that has flushed"
        );
    });
}

/// Bags of 64 destructors pass through a queue, whose nodes are freed one by one.
#[test]
fn what_was_retired_leaves_no_memory_behind() {
    let map = SyncMap::from([(1, String::new())]);
    leaves_less_than(20_000, 100, || {
        (0..6_400).for_each(|n| drop(map.insert(1, n.to_string())));
    });
}
