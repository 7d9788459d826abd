//! What a thread has retired does not wait for that thread: it is handed over at the end of the
//! call, and counted wherever it was retired.
//!
//! A failure here is a value that waits for a thread that does nothing, or a call that frees
//! more than it may.

#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;

use alone::alone;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, MutexMap};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

static LIVE: AtomicUsize = AtomicUsize::new(0);

struct Live;

impl Live {
    fn new() -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// 64 KiB: one of them is enough to be handed over.
struct Large {
    _room: [u8; 64 << 10],
    _live: Live,
}

impl Large {
    fn new() -> Self {
        Self {
            _room: [0; 64 << 10],
            _live: Live::new(),
        }
    }
}

/// Runs `work` on another thread, and `f` on this one when `work` calls what it is given: that
/// returns when `f` has.
fn idle_after<R>(work: impl FnOnce(&dyn Fn()) + Send + 'static, f: impl FnOnce() -> R) -> R {
    let (done, is_done) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        work(&|| {
            done.send(()).unwrap();
            let _ = may_end.recv();
        });
    });
    is_done.recv().unwrap();
    let result = f();
    drop(end);
    thread.join().unwrap();
    result
}

/// Reads until so many values live, or for long enough. How many live then.
fn read_until(other: &SyncMap<u32, u32>, most: usize) -> usize {
    for _ in (0..8 << 20).take_while(|_| LIVE.load(Ordering::Relaxed) > most) {
        assert!(other.contains_key(&1));
    }
    LIVE.load(Ordering::Relaxed)
}

/// A map that has nothing to do with any garbage, and that this thread has read.
fn another() -> SyncMap<u32, u32> {
    let other = SyncMap::from([(1, 1)]);
    other.compact();
    assert!(other.contains_key(&1));
    other
}

/// Puts one large value in the map, and frees all that waits. [`another`] map.
fn beside_one_large_value(map: &SyncMap<u32, Large, Fixed>) -> SyncMap<u32, u32> {
    map.insert(1, Large::new());
    map.compact();
    while !map.flush() {}
    another()
}

/// A thread removes one large value, and then does nothing more.
#[test]
fn one_large_value_that_was_removed_is_freed_by_others() {
    let _alone = alone();
    static MAP: SyncMap<u32, Large, Fixed> = SyncMap::with_hasher(Fixed::new());
    let other = beside_one_large_value(&MAP);
    let work = |idle: &dyn Fn()| {
        drop(MAP.remove(&1));
        idle();
    };
    let live = idle_after(work, || read_until(&other, 0));
    assert_eq!(live, 0, "waits for a thread that does nothing");
}

/// A thread overwrites large values inside a closure that holds a lock, and stays there.
#[test]
fn what_is_retired_under_a_lock_is_handed_over() {
    let _alone = alone();
    static MAP: SyncMap<u32, Large, Fixed> = SyncMap::with_hasher(Fixed::new());
    let other = beside_one_large_value(&MAP);
    let work = |idle: &dyn Fn()| {
        let lock = MutexMap::from([((), ())]);
        lock.get_with(&(), |_: &()| {
            (0..60).for_each(|_| drop(MAP.insert(1, Large::new())));
            idle();
        });
    };
    let live = idle_after(work, || read_until(&other, 1));
    MAP.clear();
    while !MAP.flush() {}
    assert!(live <= 4, "{live} wait for a thread that does nothing");
}

/// What a thread without things of its own clears counts, too.
#[test]
fn what_is_cleared_at_the_end_of_a_thread_is_freed_in_bounded_calls() {
    let _alone = alone();
    const KEYS: u32 = 50_000;
    static MAP: SyncMap<u32, Live, Fixed> = SyncMap::with_hasher(Fixed::new());
    struct Clears;
    impl Drop for Clears {
        fn drop(&mut self) {
            MAP.clear();
        }
    }
    thread_local!(static LAST: Cell<Option<Clears>> = const { Cell::new(None) });
    let other = another();
    (0..KEYS).for_each(|n| drop(MAP.insert(n, Live::new())));
    MAP.compact();
    while !other.flush() {}
    assert_eq!(LIVE.load(Ordering::Relaxed), KEYS as usize);
    // Nothing is freed before this thread reads.
    let held = other.pin();
    thread::spawn(|| {
        // Registered before the crate's own, so destroyed after it.
        LAST.set(Some(Clears));
        assert!(MAP.contains_key(&1));
    })
    .join()
    .unwrap();
    drop(held);
    let mut most = 0;
    for n in 0..8 << 20 {
        let before = LIVE.load(Ordering::Relaxed);
        if before == 0 {
            break;
        }
        if n % 4_096 == 0 {
            drop(other.insert(1, n));
        } else {
            assert!(other.contains_key(&1));
        }
        most = most.max(before - LIVE.load(Ordering::Relaxed));
    }
    assert!(0 < most && most <= 1_024, "{most} by one call");
}
