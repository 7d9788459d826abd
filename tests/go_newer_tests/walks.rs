//! Removals inside a walk: of the very keys that the walk visits.

use crate::hashers::Hashers;
use crate::watchdog::watched;
use crate::ways::{Calls, Conditionally, by_both_ways};
use crate::{THREADS, together};

const KEYS: u64 = if cfg!(miri) { 8 } else { 64 };
const ROUNDS: u64 = if cfg!(miri) { 2 } else { 30 };

fn filled<W: Conditionally, S: Hashers>(settled: bool) -> W::Map<S> {
    let map = W::make::<S>();
    for key in 0..KEYS {
        assert_eq!(W::calls::<S>(&map).insert(key, key), None);
    }
    if settled {
        W::settle::<S>(&map, 0..KEYS);
    }
    map
}

/// What a walk visits, in the order of keys.
fn visited<W: Conditionally, S: Hashers>(calls: &W::Calls<'_, S>) -> Vec<(u64, u64)> {
    let mut visited = Vec::new();
    W::walk::<S>(calls, |key, value| visited.push((key, value)));
    visited.sort_unstable();
    visited
}

fn a_walk_that_removes_what_it_visits_visits_each_key_once<W: Conditionally, S: Hashers>() {
    watched(|| {
        for settled in [false, true] {
            for conditional in [false, true] {
                let map = filled::<W, S>(settled);
                let calls = W::calls::<S>(&map);
                let mut seen = Vec::new();
                W::walk::<S>(&calls, |key, value| {
                    seen.push(key);
                    if conditional {
                        assert!(!W::compare_remove::<S>(&calls, key, value + 1));
                        assert!(W::compare_remove::<S>(&calls, key, value));
                        assert!(!W::compare_remove::<S>(&calls, key, value));
                    } else {
                        assert_eq!(calls.remove(key), Some(value));
                        assert_eq!(calls.remove(key), None);
                    }
                });
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..KEYS));
                assert_eq!(visited::<W, S>(&calls), []);
            }
        }
    });
}

fn a_value_that_was_replaced_since_the_walk_read_it_is_spared<W: Conditionally, S: Hashers>() {
    watched(|| {
        for settled in [false, true] {
            let map = filled::<W, S>(settled);
            let calls = W::calls::<S>(&map);
            W::walk::<S>(&calls, |key, value| {
                if key % 2 == 0 {
                    assert_eq!(calls.insert(key, value + KEYS), Some(value));
                }
                let removed = W::compare_remove::<S>(&calls, key, value);
                assert_eq!(removed, key % 2 != 0);
            });
            let spared = (0..KEYS).step_by(2).map(|key| (key, key + KEYS));
            assert!(visited::<W, S>(&calls).into_iter().eq(spared));
        }
    });
}

/// Each of the threads removes what it visits, by comparison or not.
fn of_those_who_remove_what_they_visit_one_gets_each_key<W: Conditionally, S: Hashers>() {
    watched(|| {
        for round in 0..ROUNDS {
            let map = filled::<W, S>(round % 2 == 0);
            let removed = together(|thread| {
                let calls = W::calls::<S>(&map);
                let mut removed = Vec::new();
                W::walk::<S>(&calls, |key, value| {
                    let done = match thread % 2 {
                        0 => W::compare_remove::<S>(&calls, key, value),
                        _ => calls.remove(key).is_some(),
                    };
                    removed.extend(done.then_some(key));
                });
                removed
            });
            let mut removed: Vec<_> = removed.into_iter().flatten().collect();
            removed.sort_unstable();
            assert!(removed.into_iter().eq(0..KEYS), "round {round}");
        }
    });
}

/// One thread overwrites each value by the next, and counts what it replaced. The
/// others remove what they visit: a value that they remove is the one that they read.
fn a_value_is_removed_by_a_walk_or_overwritten_and_not_both<W: Conditionally, S: Hashers>() {
    watched(|| {
        let map = filled::<W, S>(true);
        let left = together(|thread| {
            let calls = W::calls::<S>(&map);
            let mut left = Vec::new();
            for round in 0..ROUNDS {
                if thread == 0 {
                    for key in 0..KEYS {
                        left.extend(calls.insert(key, key + (round + 1) * KEYS));
                    }
                } else {
                    W::walk::<S>(&calls, |key, value| {
                        let removed = W::compare_remove::<S>(&calls, key, value);
                        left.extend(removed.then_some(value));
                    });
                }
            }
            left
        });
        let mut left: Vec<_> = left.into_iter().flatten().collect();
        left.extend(
            visited::<W, S>(&W::calls::<S>(&map))
                .iter()
                .map(|(_, value)| value),
        );
        left.sort_unstable();
        assert!(left.into_iter().eq(0..KEYS * (ROUNDS + 1)));
        const { assert!(THREADS > 2, "more than one of them walks") };
    });
}

by_both_ways! {
    a_walk_that_removes_what_it_visits_visits_each_key_once
    a_value_that_was_replaced_since_the_walk_read_it_is_spared
    of_those_who_remove_what_they_visit_one_gets_each_key
    a_value_is_removed_by_a_walk_or_overwritten_and_not_both
}
