//! Many threads want the same absent key.

use crate::watchdog::watched;
use readmostly::SyncMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

const THREADS: usize = 1_000;

/// What a thread's maker does, by its turn among all makers that run.
#[derive(Clone, Copy)]
enum Turn {
    Panics,
    Fails,
    Makes,
}

/// Every thread asks once, at the same time. The first makers panic or fail, in turn. Asserts
/// that no two makers run at the same time, and that the value is made once.
fn asked_by_a_crowd(failures: usize) {
    struct Crowd {
        map: SyncMap<u32, usize>,
        makes: AtomicBool,
        turns: AtomicUsize,
        panicked: AtomicUsize,
        failed: AtomicUsize,
        start: Barrier,
    }
    let crowd = Arc::new(Crowd {
        map: SyncMap::new(),
        makes: AtomicBool::new(false),
        turns: AtomicUsize::new(0),
        panicked: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
        start: Barrier::new(THREADS),
    });
    let make = move |crowd: &Crowd| {
        assert!(
            !crowd.makes.swap(true, Ordering::SeqCst),
            "two makers at the same time"
        );
        // A slow maker: all others have time to come.
        (0..200).for_each(|_| thread::yield_now());
        let turn = crowd.turns.fetch_add(1, Ordering::SeqCst);
        let what = match turn {
            _ if turn >= failures => Turn::Makes,
            _ if turn % 2 == 0 => Turn::Panics,
            _ => Turn::Fails,
        };
        assert!(crowd.makes.swap(false, Ordering::SeqCst));
        match what {
            Turn::Panics => resume_unwind(Box::new("on purpose")),
            Turn::Fails => Err("on purpose"),
            Turn::Makes => Ok(turn),
        }
    };
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let crowd = Arc::clone(&crowd);
            let small = thread::Builder::new().stack_size(128 << 10);
            let ask = move || {
                crowd.start.wait();
                let asked = catch_unwind(AssertUnwindSafe(|| {
                    let made = crowd.map.get_or_try_insert_once(1, || make(&crowd));
                    made.map(|value| *value)
                }));
                match asked {
                    Err(_) => drop(crowd.panicked.fetch_add(1, Ordering::SeqCst)),
                    Ok(Err(_)) => drop(crowd.failed.fetch_add(1, Ordering::SeqCst)),
                    Ok(Ok(value)) => assert_eq!(value, failures),
                }
            };
            small.spawn(ask).expect("there is room for it")
        })
        .collect();
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    assert_eq!(crowd.turns.load(Ordering::SeqCst), failures + 1);
    assert_eq!(crowd.panicked.load(Ordering::SeqCst), failures.div_ceil(2));
    assert_eq!(crowd.failed.load(Ordering::SeqCst), failures / 2);
    assert_eq!(crowd.map.get_cloned(&1), Some(failures));
}

#[test]
fn a_crowd_makes_one_value() {
    watched(|| asked_by_a_crowd(0));
}

#[test]
fn a_crowd_makes_one_value_after_panics_and_errors() {
    watched(|| asked_by_a_crowd(31));
}

/// Threads that remove the key meanwhile: no two makers at the same time, and each removed
/// value was made.
#[test]
fn a_value_that_is_removed_is_made_again_by_one() {
    const ROUNDS: usize = 2_000;
    watched(|| {
        let map = SyncMap::new();
        let (makes, made) = (AtomicBool::new(false), AtomicUsize::new(0));
        let removed = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for n in 0..ROUNDS {
                        map.get_or_insert_once(n % 2, || {
                            if n % 2 == 0 {
                                assert!(!makes.swap(true, Ordering::SeqCst));
                                thread::yield_now();
                                assert!(makes.swap(false, Ordering::SeqCst));
                            }
                            made.fetch_add(1, Ordering::SeqCst)
                        });
                    }
                });
            }
            scope.spawn(|| {
                for n in 0..2 * ROUNDS {
                    let gone = map.remove(&(n % 2)).is_some();
                    removed.fetch_add(usize::from(gone), Ordering::SeqCst);
                }
            });
        });
        let made = made.into_inner();
        assert_eq!(made, removed.into_inner() + map.len());
    });
}
