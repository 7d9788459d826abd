//! Where destructors of retired garbage run: not while the thread holds a lock of the
//! crate, and at the exit of a thread, too.

#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;

use alone::alone;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap, MutexMap, RwLockMap};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

thread_local! {
    /// How many destructors this thread has run.
    static DROPPED: Cell<usize> = const { Cell::new(0) };

    /// Whether this thread has done all it was to do.
    static IS_DONE: Cell<bool> = const { Cell::new(false) };
}

/// Destructors that ran on a thread that had done all it was to do.
static AT_EXIT: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
        AT_EXIT.fetch_add(usize::from(IS_DONE.get()), Ordering::Relaxed);
    }
}

/// So many values of others' garbage: it waits for nothing but the epoch, and what comes
/// after.
fn backlog(values: usize) {
    let map = SyncMap::from([(0, Counted)]);
    let held = map.pin();
    let overwrite = || (0..values).for_each(|_| drop(map.insert(0, Counted)));
    thread::scope(|scope| scope.spawn(overwrite).join()).expect("it ends");
    drop(held);
}

/// Has `locked` call what it is given while it holds a lock. That pins often enough for
/// the backlog to come due, retires more than is a reason to collect, and flushes.
fn nothing_is_dropped_inside(locked: impl FnOnce(&dyn Fn())) {
    let _alone = alone();
    let other = SyncMap::from([(1, String::new())]);
    other.compact();
    // A thread looks after what waits once in 65,536 pins at the least.
    let reads = || (0..1 << 17).for_each(|_| assert!(other.contains_key(&1)));
    // More than the threads of the other tests free, which may still be ending: 1,024 each.
    backlog(10_000);
    locked(&|| {
        let before = DROPPED.get();
        reads();
        (0..200).for_each(|n| drop(other.insert(1, n.to_string())));
        assert!(!other.flush(), "it cannot have run what is due");
        reads();
        assert_eq!(DROPPED.get(), before, "destructors ran inside the lock");
    });
    let before = DROPPED.get();
    // They may also be in the way.
    let some_were_due = (0..1_000).any(|_| {
        thread::yield_now();
        reads();
        DROPPED.get() > before
    });
    assert!(some_were_due);
    while !other.flush() {
        thread::yield_now();
    }
}

#[test]
fn no_destructor_runs_inside_a_mutex_that_is_held() {
    let map = MutexMap::from([(1, 1)]);
    nothing_is_dropped_inside(|calls| assert!(map.get_with(&1, |_| calls()).is_some()));
}

#[test]
fn no_destructor_runs_inside_a_lock_that_is_held_for_reading() {
    let map = RwLockMap::from([(1, 1)]);
    nothing_is_dropped_inside(|calls| assert!(map.get_with(&1, |_| calls()).is_some()));
}

#[test]
fn no_destructor_runs_inside_a_lock_that_is_held_for_writing() {
    let map = RwLockMap::from([(1, 1)]);
    nothing_is_dropped_inside(|calls| {
        assert!(map.modify(&1, |n| {
            calls();
            n + 1
        }));
    });
}

#[test]
fn no_destructor_runs_inside_a_walk_that_keeps_keys_from_moving() {
    let map = HybridMap::new();
    map.insert_hot(1, 1);
    nothing_is_dropped_inside(|calls| {
        assert!(
            map.for_each(|_, _| {
                calls();
                ControlFlow::Break(())
            })
            .is_break()
        );
    });
}

/// One pin in 128 makes something due. If that is the one at the exit, no call of this
/// thread comes after it.
#[test]
fn what_comes_due_in_the_last_pin_of_a_thread_is_freed_by_that_thread() {
    let _alone = alone();
    let other = SyncMap::from([(1, 1)]);
    other.compact();
    let before = AT_EXIT.load(Ordering::Relaxed);
    for reads in 0..256 {
        backlog(2_000);
        let read = || {
            (0..reads).for_each(|_| assert!(other.contains_key(&1)));
            IS_DONE.set(true);
        };
        thread::scope(|scope| scope.spawn(read).join()).expect("it ends");
    }
    assert!(AT_EXIT.load(Ordering::Relaxed) > before);
    while !other.flush() {
        thread::yield_now();
    }
}
