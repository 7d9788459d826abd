//! A value can be had when the guards are gone that were alive at the removal, and not before.

use crate::ledger::{FLUSHES, Ledger};
use crate::one_at_a_time::watched;
use readmostly::{Removed, SyncMap, synchronize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;

type Map = SyncMap<&'static str, String>;

fn map() -> Map {
    SyncMap::from([("a", String::from("one")), ("b", String::from("two"))])
}

/// Asks until the value can be had. No guard is in the way.
fn asked(mut removed: Removed<&'static str, String>) -> String {
    loop {
        match removed.try_into_inner() {
            Ok(value) => return value,
            Err(back) => removed = back,
        }
    }
}

/// `hold` runs on another thread, calls its argument, and holds a guard meanwhile.
fn is_held_by(hold: impl FnOnce(&Map, &dyn Fn()) + Send) {
    let map = map();
    let (held, released) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let (map, held, released) = (&map, &held, &released);
        scope.spawn(move || {
            hold(map, &|| {
                held.wait();
                released.wait();
            });
        });
        held.wait();
        let mut removed = map.remove_owned("a").expect("it is there");
        let mut all = map.take_all();
        for _ in 0..3 {
            removed = removed.try_into_inner().expect_err("a guard is alive");
            all = all.try_into_inner().expect_err("a guard is alive");
        }
        assert_eq!(*removed, "one");
        released.wait();
        assert_eq!(removed.wait().expect("no guard of this thread"), "one");
        let pairs = all.wait().expect("no guard of this thread");
        assert_eq!(pairs.collect::<Vec<_>>(), [("b", String::from("two"))]);
    });
}

#[test]
fn a_reference_is_in_the_way() {
    watched(|| {
        is_held_by(|map, wait| {
            let held = map.get("a").expect("it is there");
            wait();
            assert_eq!(*held, "one");
        });
    });
}

#[test]
fn a_reference_to_another_key_and_map_is_in_the_way() {
    watched(|| {
        let other = SyncMap::from([(1, 1)]);
        is_held_by(move |_, wait| {
            let held = other.get(&1).expect("it is there");
            wait();
            assert_eq!(*held, 1);
        });
    });
}

#[test]
fn a_reference_from_a_write_is_in_the_way() {
    watched(|| {
        is_held_by(|map, wait| {
            let held = map.insert("a", String::from("one")).expect("it is there");
            wait();
            assert_eq!(*held, "one");
        });
    });
}

#[test]
fn a_pin_is_in_the_way() {
    watched(|| {
        is_held_by(|map, wait| {
            let pinned = map.pin();
            let held = pinned.get("a").expect("it is there");
            wait();
            assert_eq!(held, "one");
        });
    });
}

#[test]
fn an_iteration_is_in_the_way() {
    watched(|| {
        is_held_by(|map, wait| {
            let pinned = map.pin();
            let held: Vec<_> = pinned.iter().collect();
            wait();
            assert!(held.contains(&(&"a", &String::from("one"))));
        });
    });
}

/// A guard of the calling thread counts, and its end is noticed.
#[test]
fn a_guard_of_this_thread_is_in_the_way() {
    watched(|| {
        let map = map();
        let held = map.get("a");
        let removed = map.remove_owned("a").expect("it is there");
        let removed = removed.try_into_inner().expect_err("a guard is alive");
        drop(held);
        assert_eq!(asked(removed), "one");
    });
}

/// Short guards of other threads, one after the other, are not in the way for ever.
#[test]
fn readers_that_come_and_go_are_not_in_the_way() {
    watched(|| {
        let map = map();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(map.get("b").is_some());
                }
            });
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    drop(map.insert("b", String::from("two")));
                }
            });
            for n in 0..200 {
                map.insert("a", n.to_string());
                let removed = map.remove_owned("a").expect("it is there");
                assert_eq!(removed.wait().expect("no guard"), n.to_string());
            }
            done.store(true, Ordering::Relaxed);
        });
    });
}

/// The removal and the question may be on different threads, and the thread that removed may
/// be idle or gone.
#[test]
fn another_thread_may_ask() {
    watched(|| {
        let map = map();
        let (send, receive) = mpsc::channel();
        let idle = Barrier::new(2);
        thread::scope(|scope| {
            let (map, idle) = (&map, &idle);
            scope.spawn(move || {
                send.send(map.remove_owned("a").expect("it is there"))
                    .expect("it is received");
                idle.wait();
            });
            let removed = receive.recv().expect("it is sent");
            assert_eq!(removed.wait().expect("no guard"), "one");
            idle.wait();
        });
        let removed = thread::scope(|scope| {
            let remover = scope.spawn(|| map.remove_owned("b").expect("it is there"));
            remover.join().expect("it does not panic")
        });
        assert_eq!(removed.wait().expect("no guard"), "two");
    });
}

/// The map may be gone before the value is asked for.
#[test]
fn a_value_outlives_its_map() {
    watched(|| {
        let (removed, all) = {
            let map = map();
            (map.remove_owned("a").expect("it is there"), map.take_all())
        };
        assert_eq!(removed.wait().expect("no guard"), "one");
        assert_eq!(all.wait().expect("no guard").count(), 1);
    });
}

#[test]
fn synchronize_waits_for_each_guard_that_is_alive() {
    watched(|| {
        let map = map();
        for _ in 0..50 {
            let (pinned, light) = (AtomicBool::new(false), AtomicBool::new(false));
            let held = Barrier::new(3);
            thread::scope(|scope| {
                scope.spawn(|| {
                    let guard = map.pin();
                    held.wait();
                    thread::yield_now();
                    pinned.store(true, Ordering::Relaxed);
                    drop(guard);
                });
                scope.spawn(|| {
                    let guard = map.get("a");
                    held.wait();
                    thread::yield_now();
                    light.store(true, Ordering::Relaxed);
                    drop(guard);
                });
                held.wait();
                synchronize().expect("no guard of this thread");
                assert!(pinned.load(Ordering::Relaxed), "a pin is left");
                assert!(light.load(Ordering::Relaxed), "a reference is left");
            });
        }
    });
}

/// Nothing is unlinked before the call, and no map has ever been written to by this thread.
#[test]
fn synchronize_needs_no_map() {
    watched(|| {
        thread::scope(|scope| {
            scope.spawn(|| synchronize().expect("no guard"));
        });
    });
}

/// Much has come due, so each look frees some. The question ends all the same while a guard is
/// in the way.
#[test]
fn a_question_ends_however_much_has_come_due() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let map = SyncMap::new();
        let held = map.pin();
        (0..60_000).for_each(|_| drop(map.insert(0, LEDGER.issue())));
        drop(held);
        // Comes due, and is far more than these calls free.
        while LEDGER.live() > 50_000 {
            map.insert(0, LEDGER.issue());
        }
        let (begun, ended) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _held = map.pin();
                begun.wait();
                ended.wait();
            });
            begun.wait();
            let removed = map.remove_owned(&0).expect("it is there");
            let (answer, answered) = mpsc::channel();
            thread::spawn(move || answer.send(removed.try_into_inner().is_err()));
            let mut looks = 0;
            let answer = loop {
                match answered.try_recv() {
                    Ok(answer) => break Some(answer),
                    Err(_) if looks == FLUSHES => break None,
                    Err(_) => looks += 1,
                }
                thread::yield_now();
            };
            ended.wait();
            assert_eq!(answer, Some(true), "a guard is in the way");
        });
        drop(map);
        LEDGER.settles_at(0);
    });
}
