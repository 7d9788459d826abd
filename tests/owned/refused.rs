//! A thread that would wait for itself is told so, and gets back what it asked for.

use crate::child;
use crate::one_at_a_time::watched;
use readmostly::primitives::{ConcurrentMap, MutexMap};
use readmostly::{Removed, SyncMap, synchronize};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

type Map = SyncMap<&'static str, String>;

fn map() -> Map {
    SyncMap::from([("a", String::from("one")), ("b", String::from("two"))])
}

/// Whether this thread may not wait, by each of the three calls.
fn is_refused() -> bool {
    let other = map();
    let removed = other.remove_owned("a").expect("it is there").wait();
    let all = other.take_all().wait();
    let refused = (removed.is_err(), all.is_err(), synchronize().is_err());
    match refused {
        (true, true, true) => {
            let removed = removed.expect_err("it was refused").into_inner();
            assert_eq!(*removed, "one");
            drop(all.expect_err("it was refused").into_inner());
            true
        }
        (false, false, false) => false,
        other => panic!("they do not agree: {other:?}"),
    }
}

#[test]
fn a_thread_without_a_guard_may_wait() {
    watched(|| assert!(!is_refused()));
}

#[test]
fn a_thread_with_a_guard_may_not_wait() {
    watched(|| {
        let map = map();
        let light = map.get("a");
        assert!(is_refused());
        drop(light);
        let nested = (map.get("a"), map.get("b"));
        drop(nested.0);
        assert!(is_refused());
        drop(nested.1);
        let full = map.insert("a", String::new());
        assert!(is_refused());
        drop(full);
        let pinned = map.pin();
        assert!(is_refused());
        drop(pinned);
        assert!(!is_refused());
    });
}

#[test]
fn a_closure_that_a_map_calls_may_not_wait() {
    watched(|| {
        let map = map();
        assert_eq!(map.get_with("a", |_| is_refused()), Some(true));
        let mut refused = Vec::new();
        let _ = map.for_each(|_, _| {
            refused.push(is_refused());
            ControlFlow::<()>::Continue(())
        });
        map.retain(|_, _| {
            refused.push(is_refused());
            true
        });
        map.update("a", |value| {
            refused.push(is_refused());
            value.clone()
        });
        assert_eq!(refused, [true; 5]);
        assert!(!is_refused());
    });
}

/// Its closures run while a lock is held.
#[test]
fn a_closure_of_a_map_with_a_lock_may_not_wait() {
    watched(|| {
        let locked = MutexMap::from([("a", 1)]);
        assert_eq!(locked.get_with("a", |_| is_refused()), Some(true));
        assert!(!is_refused());
    });
}

/// Whether the destructor of its value was refused.
struct Asks(Arc<AtomicUsize>);

const REFUSED: usize = 1;
const WAITED: usize = 2;

impl Drop for Asks {
    fn drop(&mut self) {
        let saw = if is_refused() { REFUSED } else { WAITED };
        self.0.store(saw, Ordering::Relaxed);
    }
}

#[test]
fn a_destructor_that_a_call_runs_may_not_wait() {
    watched(|| {
        let saw = Arc::new(AtomicUsize::new(0));
        let map = SyncMap::from([("a", Asks(Arc::clone(&saw)))]);
        map.remove("a");
        while saw.load(Ordering::Relaxed) == 0 {
            map.flush();
        }
        assert_eq!(saw.load(Ordering::Relaxed), REFUSED);
        // A value that was moved out is an ordinary value.
        map.insert("a", Asks(Arc::clone(&saw)));
        let owned = map.remove_owned("a").expect("it is there").wait();
        drop(owned.expect("no guard"));
        assert_eq!(saw.load(Ordering::Relaxed), WAITED);
    });
}

/// Its destructor leaks a guard, on whichever thread it runs.
struct Leaks(Arc<Map>);

impl Drop for Leaks {
    fn drop(&mut self) {
        std::mem::forget(self.0.get("a"));
    }
}

/// A thread that waits may run destructors. One of them may leave a guard of this thread, for
/// which it would wait. Values are retired one after the other, so that some come due before
/// the wait can be over.
#[test]
fn a_destructor_that_leaves_a_guard_ends_the_wait() {
    let name = "a_destructor_that_leaves_a_guard_ends_the_wait";
    if child::has_passed(module_path!(), name, &[child::LEAKS]) {
        return;
    }
    let (kept, garbage) = (Arc::new(map()), SyncMap::new());
    for n in 0..200 {
        garbage.insert(n % 3, Leaks(Arc::clone(&kept)));
    }
    let refused = map().remove_owned("a").expect("it is there").wait();
    assert_eq!(*refused.expect_err("a guard was left").into_inner(), "one");
}

thread_local! {
    /// How many destructors of `Nests` this thread is inside of, and how many it has run.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static RUN: Cell<usize> = const { Cell::new(0) };
}

/// Its destructor asks for another value.
struct Nests(Option<Removed<u32, u32>>);

impl Drop for Nests {
    fn drop(&mut self) {
        assert_eq!(DEPTH.replace(1), 0, "a destructor runs inside another one");
        RUN.set(RUN.get() + 1);
        if let Some(removed) = self.0.take() {
            drop(removed.try_into_inner());
        }
        DEPTH.set(0);
    }
}

/// Overwrites so many values while a guard is held, so that all of them come due at once.
fn backlog(map: &SyncMap<u32, Nests>, asks: bool) {
    let others = SyncMap::new();
    let held = map.pin();
    for n in 0..20_000 {
        others.insert(n, n);
        let removed = asks.then(|| others.remove_owned(&n)).flatten();
        map.insert(0, Nests(removed));
    }
    drop(held);
}

/// Inside a destructor, and while a lock is held, the question frees nothing (M7, M8).
#[test]
fn a_question_that_may_not_help_runs_no_destructor() {
    static NESTED: AtomicUsize = AtomicUsize::new(0);
    watched(|| {
        let map = SyncMap::new();
        backlog(&map, true);
        while !map.flush() {}
        // A panic in a destructor goes no further than the panic hook.
        assert!(RUN.get() >= 19_999 && DEPTH.get() == 0);
        let numbers = SyncMap::from([(1, 1)]);
        let locked = MutexMap::from([("a", 1)]);
        backlog(&map, false);
        let removed = numbers.remove_owned(&1).expect("it is there");
        locked.get_with("a", |_| {
            let before = RUN.get();
            drop(removed.try_into_inner());
            NESTED.fetch_add(RUN.get() - before, Ordering::Relaxed);
        });
        assert_eq!(
            NESTED.load(Ordering::Relaxed),
            0,
            "destructors under a lock"
        );
        while !map.flush() {}
    });
}

thread_local! {
    static SAW: Cell<usize> = const { Cell::new(0) };
    static LAST: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

struct AtExit(Arc<AtomicUsize>);

impl Drop for AtExit {
    fn drop(&mut self) {
        // Waiting or not, the call comes back.
        let saw = if is_refused() { REFUSED } else { WAITED };
        self.0.store(saw, Ordering::Relaxed);
    }
}

/// The things that the crate keeps for the thread may be gone before, or not. If they are
/// gone, the thread does not know whether it holds a guard.
#[test]
fn a_thread_that_exits_does_not_wait_for_ever() {
    watched(|| {
        let saw = Arc::new(AtomicUsize::new(0));
        for map_first in [true, false] {
            let theirs = Arc::clone(&saw);
            let thread = thread::spawn(move || {
                let use_the_map = || drop(map().insert("c", String::new()));
                if map_first {
                    use_the_map();
                }
                LAST.with_borrow_mut(|last| *last = Some(AtExit(theirs)));
                use_the_map();
            });
            thread.join().expect("it does not panic");
            assert_ne!(saw.swap(0, Ordering::Relaxed), 0);
        }
    });
}
