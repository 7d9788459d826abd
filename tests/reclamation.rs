//! Destructors run inside some stranger's call: not too many of them at once, not
//! one inside the other, and their panics are not the stranger's.

#![cfg(not(loom))]

use readmostly::SyncMap;
use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

fn free_all<K, V>(map: &SyncMap<K, V>) {
    while !map.flush() {
        thread::yield_now();
    }
}

/// A second panic while the first unwinds would end the process.
#[test]
fn destructors_that_panic_together_cost_neither_the_others_nor_the_process() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);

    #[derive(PartialEq, Eq, Hash)]
    struct Bomb(u32);
    impl Drop for Bomb {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
            panic!("a destructor that panics");
        }
    }

    let map = SyncMap::new();
    for n in 0..100 {
        map.insert(Bomb(n), Bomb(n));
    }
    map.clear();
    free_all(&map);
    assert_eq!(DROPPED.load(Ordering::SeqCst), 200);
}

thread_local! {
    /// How many [`Counted`] this thread has dropped.
    static DROPPED_HERE: Cell<usize> = const { Cell::new(0) };
}

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED_HERE.set(DROPPED_HERE.get() + 1);
    }
}

/// What one call drops at the most.
#[test]
fn a_clear_is_not_freed_inside_a_single_look_up() {
    const ENTRIES: usize = 60_000;
    const AT_ONCE: usize = 1_024;

    let other = SyncMap::from([(1, 1)]);
    // Any thread of this process may come by and free them: until one of ours
    // has freed some.
    while DROPPED_HERE.get() == 0 {
        let map: SyncMap<_, _> = (0..ENTRIES).map(|n| (n, Counted)).collect();
        map.clear();
        for _ in 0..100_000 {
            let before = DROPPED_HERE.get();
            assert!(other.contains_key(&1));
            let at_once = DROPPED_HERE.get() - before;
            assert!(at_once <= AT_ONCE, "{at_once} inside one look-up");
        }
    }
}

/// In the destructor of a thread-local the thread's epoch may be gone, and then
/// every call collects. A failure here is a stack that grew with the garbage.
#[test]
fn destructors_do_not_nest_where_the_epoch_of_the_thread_is_gone() {
    const ENTRIES: u32 = 100_000;
    static OTHER: SyncMap<u32, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
    static DEEPEST: AtomicUsize = AtomicUsize::new(0);
    static WITHOUT_EPOCH: AtomicUsize = AtomicUsize::new(0);
    type Fixed = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
        static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    }

    struct LooksUp;
    impl Drop for LooksUp {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() + 1);
            DEEPEST.fetch_max(DEPTH.get(), Ordering::SeqCst);
            assert!(OTHER.contains_key(&1));
            DEPTH.set(DEPTH.get() - 1);
        }
    }

    struct AtExit(Arc<SyncMap<u32, LooksUp>>);
    impl Drop for AtExit {
        fn drop(&mut self) {
            let pinned = crossbeam_epoch::pin();
            // This pin is a participant of its own, and the thread knows of none.
            WITHOUT_EPOCH.store(usize::from(!crossbeam_epoch::is_pinned()), Ordering::SeqCst);
            drop(pinned);
            for _ in 0..100 {
                self.0.contains_key(&0);
            }
        }
    }

    OTHER.insert(1, 1);
    OTHER.compact();
    let map: Arc<SyncMap<_, _>> = Arc::new((0..ENTRIES).map(|n| (n, LooksUp)).collect());
    let held = OTHER.pin();
    for n in 0..ENTRIES {
        map.remove(&n);
    }
    let (exit, may_exit) = mpsc::channel::<()>();
    let leaving = Arc::clone(&map);
    let thread = thread::spawn(move || {
        // Registered before the epoch's own thread-local, and the crate's, so
        // destroyed after them.
        AT_EXIT.with(|cell| *cell.borrow_mut() = Some(AtExit(leaving)));
        drop(crossbeam_epoch::pin());
        assert!(OTHER.contains_key(&1));
        may_exit.recv().unwrap();
    });
    drop(held);
    exit.send(()).unwrap();
    thread.join().unwrap();
    free_all(&map);
    assert_eq!(WITHOUT_EPOCH.load(Ordering::SeqCst), 1);
    assert_eq!(DEEPEST.load(Ordering::SeqCst), 1);
}

/// Inside a destructor that reclamation runs, the rest has to wait for its end.
#[test]
fn a_flush_inside_a_destructor_says_that_it_could_not() {
    static ANSWERS: AtomicUsize = AtomicUsize::new(0);

    struct Flushes;
    impl Drop for Flushes {
        fn drop(&mut self) {
            let map = SyncMap::<u32, u32>::new();
            assert!(panic::catch_unwind(|| map.flush()).is_ok_and(|done| !done));
            ANSWERS.fetch_add(1, Ordering::SeqCst);
        }
    }

    let map = SyncMap::new();
    for n in 0..10 {
        map.insert(0, Flushes);
        map.insert(n, Flushes);
    }
    map.clear();
    free_all(&map);
    assert_eq!(ANSWERS.load(Ordering::SeqCst), 20);
}

/// The collector is the crate's own: a guard of another crate that uses crossbeam-epoch
/// is not in its way, and no destructor runs inside that crate's pins.
#[test]
fn a_guard_of_another_crate_holds_nothing_back_and_runs_nothing() {
    let map = SyncMap::new();
    for _ in 0..1_000 {
        map.insert(1, Counted);
    }
    let before = DROPPED_HERE.get();
    for _ in 0..1_000 {
        drop(crossbeam_epoch::pin());
    }
    assert_eq!(DROPPED_HERE.get(), before, "inside a pin of another crate");

    let _held = crossbeam_epoch::pin();
    // Guards of the other tests may be in the way, but none of them for long.
    let done = (0..100_000).any(|_| {
        thread::yield_now();
        map.flush()
    });
    assert!(done, "a guard of another crate is in the way");
}
