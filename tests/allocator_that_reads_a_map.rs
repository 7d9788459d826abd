//! An allocator that reads a map: it may do so while its thread takes its first record for
//! light pins.
//!
//! A failure here is a record that nobody gives back.

#![cfg(not(loom))]

use readmostly::SyncMap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

static SEEN: SyncMap<u32, u32, Fixed> = SyncMap::with_hasher(Fixed::new());

/// Records that were allocated: they alone are aligned to 128 bytes.
static RECORDS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread's allocations read the map.
    static READS: Cell<bool> = const { Cell::new(false) };
}

struct Reading;

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Reading {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() == 128 && layout.size() == 128 {
            RECORDS.fetch_add(1, Ordering::Relaxed);
        }
        if READS
            .try_with(|reads| reads.replace(false))
            .unwrap_or(false)
        {
            assert!(SEEN.contains_key(&1));
            READS.set(true);
        }
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Reading = Reading;

#[test]
fn a_record_that_the_allocator_has_taken_meanwhile_is_not_lost() {
    const THREADS: usize = 100;
    SEEN.insert(1, 1);
    SEEN.compact();
    let crew = || {
        let mut threads = Vec::new();
        for _ in 0..THREADS {
            let (read, has_read) = mpsc::channel();
            let (end, may_end) = mpsc::channel::<()>();
            let reads = move || {
                READS.set(true);
                assert!(SEEN.contains_key(&1));
                READS.set(false);
                read.send(()).unwrap();
                let _ = may_end.recv();
            };
            threads.push((end, thread::spawn(reads)));
            has_read.recv().unwrap();
        }
        for (end, thread) in threads {
            drop(end);
            thread.join().unwrap();
        }
        RECORDS.load(Ordering::Relaxed)
    };
    let made = crew();
    // One for each thread, and one that was given back at once, for the next thread.
    assert!(made <= THREADS + 4, "{made} records for {THREADS} threads");
    assert_eq!(crew(), made);
}
