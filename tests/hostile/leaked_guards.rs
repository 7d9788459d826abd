//! Guards that are leaked. Each counts for ever, also when its thread has ended,
//! because a `&'static V` may come out of it. `docs/memory.md` has the argument.
//!
//! Each test runs in a process of its own, in which reclamation then stands still.

use crate::child;
use readmostly::SyncMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::mem;
use std::sync::Arc;
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;
type Map = SyncMap<u32, String, Fixed>;

/// What a thread leaves behind that leaks a guard of this map.
type Leak = fn(&'static Map) -> &'static String;

const LEAKS: [Leak; 2] = [
    |map| Box::leak(Box::new(map.get(&1).unwrap())),
    |map| Box::leak(Box::new(map.pin())).get(&1).unwrap(),
];

/// Runs `test`, which is part of the test of this name, in a process of its own.
fn alone(name: &str, test: impl FnOnce()) {
    if !child::has_passed(module_path!(), name, &[child::LEAKS]) {
        test();
    }
}

fn value(number: usize) -> String {
    format!("the value number {number}, ").repeat(10)
}

/// Overwrites the value, removes it, and does what can be done to have it freed.
fn overwrite(map: &'static Map) {
    for number in 1..1_000 {
        map.insert(1, value(number));
        map.remove(&1);
        map.insert(1, value(number));
        if number % 100 == 0 {
            map.compact();
            assert!(!map.flush(), "a guard was leaked");
        }
    }
}

/// | first thread | others |
/// |---|---|
/// | leaks its guard, and sends a `&'static V` of it | |
/// | ends | |
/// | | overwrite the value, remove it, flush |
/// | | read it |
fn the_reference_outlives_the_thread(leak: Leak) {
    let map: &'static Map = Box::leak(Box::new(Map::default()));
    map.insert(1, value(0));
    map.compact();
    let leaked = thread::spawn(move || leak(map)).join().unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| overwrite(map));
        }
    });
    // Memory that was freed would have been used anew.
    let used_anew: Vec<_> = (1..1_000).map(value).collect();
    assert_eq!(*leaked, value(0));
    assert_eq!(*map.get(&1).unwrap(), used_anew[998]);
}

#[test]
fn a_value_out_of_a_leaked_ref_can_be_read_after_the_thread_has_ended() {
    const NAME: &str = "a_value_out_of_a_leaked_ref_can_be_read_after_the_thread_has_ended";
    alone(NAME, || the_reference_outlives_the_thread(LEAKS[0]));
}

#[test]
fn a_value_out_of_a_leaked_pin_can_be_read_after_the_thread_has_ended() {
    const NAME: &str = "a_value_out_of_a_leaked_pin_can_be_read_after_the_thread_has_ended";
    alone(NAME, || the_reference_outlives_the_thread(LEAKS[1]));
}

/// What a leaked guard costs, and no more: all that is retired after it, in any map.
#[test]
fn a_leaked_guard_keeps_what_is_retired_later_and_nothing_else() {
    const NAME: &str = "a_leaked_guard_keeps_what_is_retired_later_and_nothing_else";
    const RETIRED: usize = 1_000;
    alone(NAME, || {
        let token = Arc::new(());
        let live = || Arc::strong_count(&token) - 1;
        let fill = || -> SyncMap<_, _> { (0..10).map(|n| (n, Arc::clone(&token))).collect() };

        // Iterators borrow their pin. Those that own entries leak these alone.
        let mut drained = fill();
        _ = mem::ManuallyDrop::new(drained.pin().iter());
        mem::forget(drained.drain());
        mem::forget(drained.into_iter());
        assert_eq!(live(), 10);

        // Before a guard is leaked, all that is retired is freed.
        let map = fill();
        for _ in 0..RETIRED {
            map.insert(1, Arc::clone(&token));
        }
        while !map.flush() {}
        assert_eq!(live(), 10 + 10);

        // The guard is that of another map, and its thread ends.
        thread::spawn(|| mem::forget(SyncMap::from([(1, 1)]).pin()))
            .join()
            .unwrap();
        for _ in 0..RETIRED {
            map.insert(1, Arc::clone(&token));
        }
        assert!(!map.flush());
        assert_eq!(live(), 10 + 10 + RETIRED);

        // What was never retired is freed by its map's own drop.
        drop(map);
        assert_eq!(live(), 10 + RETIRED);
        drop(fill());
        assert_eq!(live(), 10 + RETIRED);
    });
}
