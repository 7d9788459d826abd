//! A global allocator that uses maps: whatever the crate does with its own memory
//! may come back to a map in the middle of it.
//!
//! A failure here is memory that is freed twice, a value that is lost, or a deadlock.

#![cfg(not(loom))]

#[path = "common/watchdog.rs"]
mod watchdog;

use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, MutexMap};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use watchdog::watched;

type Fixed = BuildHasherDefault<DefaultHasher>;

/// What the allocator writes to.
static SEEN: SyncMap<usize, Seen, Fixed> = SyncMap::with_hasher(Fixed::new());

/// What it writes.
struct Seen(#[expect(dead_code, reason = "it takes memory")] String);

static SEEN_MADE: AtomicUsize = AtomicUsize::new(0);
static SEEN_DROPPED: AtomicUsize = AtomicUsize::new(0);

impl Seen {
    fn new() -> Self {
        SEEN_MADE.fetch_add(1, Ordering::Relaxed);
        Self(String::from("seen"))
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        SEEN_DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// How often the allocator has done so.
static TIMES: AtomicUsize = AtomicUsize::new(0);

/// How many blocks have been freed.
static FREED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is inside the allocator's own use of the map, or must not
    /// use it: the usual flag against recursion.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// How often the allocator writes at every allocation, not only when memory grows.
static WRITES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which writes down the sizes it is asked for.
struct Recording;

impl Recording {
    fn record(size: usize, writes: usize) {
        if writes == 0
            || INSIDE
                .try_with(|inside| inside.replace(true))
                .unwrap_or(true)
        {
            return;
        }
        for _ in 0..writes {
            SEEN.insert(size % 8, Seen::new());
        }
        TIMES.fetch_add(1, Ordering::Relaxed);
        INSIDE.set(false);
    }
}

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::record(layout.size(), WRITES.load(Ordering::Relaxed));
        // SAFETY: our caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::record(new_size, 70);
        // SAFETY: our caller's word.
        unsafe { System.realloc(old, layout, new_size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // Now and then: a write for each block that is freed would make garbage faster
        // than anybody could free it.
        if FREED.fetch_add(1, Ordering::Relaxed) % 64 == 0 {
            Self::record(layout.size(), WRITES.load(Ordering::Relaxed).min(3));
        }
        // SAFETY: our caller's word.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Recording = Recording;

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Before the first use of a map in the allocator: that is not what is tried here.
    SEEN.insert(0, Seen::new());
    alone
}

/// Overwrites values that write, under a pin that holds their destructors back, and
/// then lets them run.
fn overwrite_and_read() {
    static OTHER: SyncMap<u32, String, Fixed> = SyncMap::with_hasher(Fixed::new());
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    struct Writes(u32);
    impl Writes {
        fn new(n: u32) -> Self {
            MADE.fetch_add(1, Ordering::Relaxed);
            Self(n)
        }
    }
    impl Drop for Writes {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
            for n in 0..70 {
                OTHER.insert(n % 4, self.0.to_string());
            }
            // Memory that grows.
            let mut text = self.0.to_string();
            text.push_str(" is longer than it was, and has to move");
            OTHER.insert(4, text);
        }
    }

    let map = SyncMap::new();
    for _ in 0..2 {
        let held = map.pin();
        for n in 0..200 {
            map.insert(n % 4, Writes::new(n));
        }
        drop(held);
        for n in 0..300 {
            assert!(map.get(&(n % 4)).is_some());
        }
    }
    drop(map);
    while !OTHER.flush() {}
    while !OTHER.flush() {}
    let (made, dropped) = (&MADE, &DROPPED);
    assert_eq!(
        made.load(Ordering::Relaxed),
        dropped.load(Ordering::Relaxed)
    );
}

#[test]
fn an_allocator_that_writes_when_memory_grows_frees_nothing_twice() {
    let _alone = alone();
    let before = TIMES.load(Ordering::Relaxed);
    watched(overwrite_and_read);
    assert!(TIMES.load(Ordering::Relaxed) > before, "it did not write");
}

#[test]
fn an_allocator_that_always_writes_frees_nothing_twice() {
    let _alone = alone();
    WRITES.store(3, Ordering::Relaxed);
    watched(overwrite_and_read);
    WRITES.store(0, Ordering::Relaxed);
    // A bag that the allocator has begun, while the thread made one of its own, is freed
    // like any other. Threads that live on keep one each: that which runs the tests, and
    // this one.
    for _ in 0..10_000 {
        if kept_back() < 2 * 64 {
            break;
        }
        SEEN.flush();
        thread::yield_now();
    }
    let lost = kept_back();
    assert!(lost < 2 * 64, "{lost} values of the allocator's are lost");
}

/// How many values of the allocator's are neither in its map nor dropped.
fn kept_back() -> usize {
    let (made, dropped) = (&SEEN_MADE, &SEEN_DROPPED);
    made.load(Ordering::Relaxed) - dropped.load(Ordering::Relaxed) - SEEN.len()
}

/// What the allocator writes, while a thread holds the lock of a map, makes it collect;
/// the destructor that is due needs that lock.
fn allocates_under_a_lock(insert: impl Fn(usize) + Copy + Send + Sync + 'static) {
    type Job = Box<dyn Fn() + Send + Sync>;
    struct Runs(Job);
    impl Drop for Runs {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    static FRESH: AtomicUsize = AtomicUsize::new(1_000_000);
    let fresh = || FRESH.fetch_add(1, Ordering::Relaxed);
    watched(move || {
        for _ in 0..20 {
            // Garbage that is due, and wants the lock.
            let garbage = SyncMap::new();
            let held = garbage.pin();
            for _ in 0..200 {
                garbage.insert(0, Runs(Box::new(move || insert(fresh()))));
            }
            drop(held);
            WRITES.store(130, Ordering::Relaxed);
            for _ in 0..50 {
                insert(fresh());
            }
            WRITES.store(0, Ordering::Relaxed);
            while !garbage.flush() {}
        }
    });
}

#[test]
fn no_destructor_runs_inside_the_mutex_of_a_sync_map() {
    static MAP: SyncMap<usize, usize, Fixed> = SyncMap::with_hasher(Fixed::new());
    let _alone = alone();
    allocates_under_a_lock(|n| _ = MAP.insert(n, n));
}

#[test]
fn no_destructor_runs_inside_the_lock_of_a_mutex_map() {
    static MAP: MutexMap<usize, usize, Fixed> = MutexMap::with_hasher(Fixed::new());
    let _alone = alone();
    allocates_under_a_lock(|n| _ = MAP.insert(n, n));
}
