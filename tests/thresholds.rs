//! The exact figures of reclamation: what a retired table counts for, how much one
//! `flush` frees, and what a thread leaves behind when it exits.
//!
//! A failure here is more memory that waits than `docs/memory.md` says.
#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;
#[allow(dead_code, reason = "the peak is of no interest here")]
#[path = "common/bytes.rs"]
mod bytes;

use alone::alone;
use readmostly::SyncMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

fn free_all() {
    while !SyncMap::<u32, u32>::new().flush() {
        thread::yield_now();
    }
}

/// Adds a key that waits in `dirty`, to a map whose table has so many buckets.
fn with_buckets(buckets: usize) -> SyncMap<usize, ()> {
    let keys = buckets * 3 / 4;
    let map: SyncMap<_, _> = (0..keys).map(|key| (key, ())).collect();
    promote(&map);
    map.insert(keys, ());
    assert_eq!(map.stats().dirty_entries, keys + 1);
    map
}

/// Replaces the table, and retires nothing else.
fn promote(map: &SyncMap<usize, ()>) {
    let _ = map.pin().iter().next();
    assert_eq!(map.stats().dirty_entries, 0);
}

/// Thread 1 removes a value, replaces a table of so many buckets, and is idle. Thread 2
/// flushes. True: that freed the value, so thread 1 had handed it over.
fn is_handed_over(buckets: usize) -> bool {
    let value = Arc::new(());
    let map = SyncMap::from([((), Arc::clone(&value))]);
    let large = with_buckets(buckets);
    let (done, is_done) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let (map, large) = (&map, &large);
        let thread = scope.spawn(move || {
            assert!(map.remove(&()).is_some());
            promote(large);
            done.send(()).unwrap();
            let _ = may_end.recv();
        });
        is_done.recv().unwrap();
        free_all();
        let freed = Arc::strong_count(&value) == 1;
        // Thread 1 hands over what it has left when it exits.
        drop(end);
        thread.join().unwrap();
        freed
    })
}

/// 8,192 buckets are 72 KiB, and 4,096 are 36 KiB. (On 32 bits twice as many are 80 and
/// 40 KiB.)
#[test]
fn a_table_counts_for_its_buckets() {
    let _alone = alone();
    let buckets = 65_536 / size_of::<usize>();
    assert!(is_handed_over(buckets));
    assert!(!is_handed_over(buckets / 2));
}

/// One `flush` frees 65,536 objects if so many are due, and says that it freed all.
#[test]
fn a_flush_frees_its_whole_share() {
    const SHARE: usize = 65_536;
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Value;
    impl Drop for Value {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let map: SyncMap<usize, Value> = (0..SHARE).map(|key| (key, Value)).collect();
    // So that nothing is freed before the flush.
    let held = map.pin();
    // A joined thread has exited, so it frees nothing beside the flush.
    thread::scope(|scope| scope.spawn(|| map.clear()).join().unwrap());
    drop(held);
    let done = map.flush();
    assert_eq!((done, DROPPED.load(Ordering::Relaxed)), (true, SHARE));
}

/// A thread that exits leaves nothing behind of what it has read.
#[test]
fn a_thread_that_exits_forgets_what_it_has_read() {
    const THREADS: usize = 300;
    const MAPS: usize = 16;
    /// Less than a byte for each snapshot, of some sixty bytes.
    const MOST: isize = 4_096;
    let _alone = alone();
    let read = || {
        for _ in 0..THREADS {
            let reads = || {
                for key in 0..MAPS {
                    let map = SyncMap::from([(key, 0)]);
                    map.compact();
                    assert!(map.contains_key(&key));
                }
            };
            thread::scope(|scope| scope.spawn(reads).join().unwrap());
        }
        free_all();
        bytes::live()
    };
    // The first round makes what stays: the records of threads, for instance.
    let before = read();
    let more = read() - before;
    assert!(more <= MOST, "{more} bytes");
}
