//! What the crate has allocated for itself is given back: counted by the allocator.

#![cfg(not(loom))]

#[path = "common/bytes.rs"]
mod bytes;
#[path = "common/child.rs"]
mod child;

use readmostly::SyncMap;
use std::cell::Cell;
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

/// A thread-local that outlives the crate's own reads a map when it goes. It does so under a
/// full pin: nobody would give its record back.
#[test]
fn threads_that_read_when_their_own_things_are_gone_leave_no_record() {
    struct Reads(&'static SyncMap<u32, u32>);

    impl Drop for Reads {
        fn drop(&mut self) {
            assert!(self.0.contains_key(&1));
        }
    }

    thread_local! {
        static LAST: Cell<Option<Reads>> = const { Cell::new(None) };
    }

    let map: &'static SyncMap<u32, u32> = Box::leak(Box::new(SyncMap::from([(1, 1)])));
    map.compact();
    leaves_less_than(50_000, 1_000, || {
        let reads = move || {
            // Registered before the crate's own, so destroyed after it.
            LAST.set(Some(Reads(map)));
            assert!(map.contains_key(&1));
        };
        thread::spawn(reads).join().expect("it ends");
    });
}

/// A thread keeps some 3,100 blocks of 16 bytes, however many values it removes.
#[test]
fn a_thread_that_removes_many_values_keeps_few_blocks() {
    const KEYS: u64 = 200_000;
    let name = "a_thread_that_removes_many_values_keeps_few_blocks";
    if child::has_passed(module_path!(), name, &[]) {
        return;
    }
    let map = SyncMap::new();
    for round in 0..2 {
        (0..KEYS).for_each(|n| drop(map.insert(n, round)));
        map.compact();
    }
    while !map.flush() {}
    (0..KEYS).for_each(|n| drop(map.remove(&n)));
    let kept = bytes::live();
    while !map.flush() {}
    let kept = kept - bytes::live();
    assert!(kept < 500_000, "{kept} bytes were kept");
}

/// A thread keeps the room of the bags that it has emptied, until it flushes: 17 kB here.
#[test]
fn a_flush_gives_the_room_of_emptied_bags_back() {
    // The threads of other tests take memory when they begin.
    let name = "a_flush_gives_the_room_of_emptied_bags_back";
    if child::has_passed(module_path!(), name, &[]) {
        return;
    }
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
