//! All threads use the same keys, and are after the same values. Who wins is left to
//! chance; that exactly one does is not.

use crate::hashers::Hashers;
use crate::watchdog::watched;
use crate::ways::{Calls, Conditionally, Way, by_both_ways, by_every_way};
use crate::{THREADS, together};
use std::collections::BTreeMap;

const KEYS: u64 = if cfg!(miri) { 2 } else { 8 };
const ROUNDS: u64 = if cfg!(miri) { 4 } else { 100 };

/// A map of the shared keys, all with the value 0.
fn shared<W: Way, S: Hashers>(settled: bool) -> W::Map<S> {
    let map = W::make::<S>();
    for key in 0..KEYS {
        assert_eq!(W::calls::<S>(&map).insert(key, 0), None);
    }
    if settled {
        W::settle::<S>(&map, 0..KEYS);
    }
    map
}

/// Every thread is after the values 0, 1, 2 … of each key, one after the other. Who
/// `takes` one puts the next in its place, and so is in time for that: each value
/// has at least one taker.
fn each_value_has_one_taker<W: Way, S: Hashers>(
    takes: impl Fn(&W::Calls<'_, S>, u64, u64) -> bool + Sync,
) {
    for settled in [false, true] {
        let map = shared::<W, S>(settled);
        let taken = together(|_| {
            let calls = W::calls::<S>(&map);
            let mut taken = BTreeMap::new();
            for key in 0..KEYS {
                for value in 0..ROUNDS {
                    let count = taken.entry((key, value)).or_insert(0);
                    *count += u32::from(takes(&calls, key, value));
                }
            }
            taken
        });
        for key in 0..KEYS {
            for value in 0..ROUNDS {
                let takers: u32 = taken.iter().map(|taken| taken[&(key, value)]).sum();
                assert_eq!(takers, 1, "key {key}, value {value}, settled {settled}");
            }
            assert_eq!(W::calls::<S>(&map).get(key), Some(ROUNDS));
        }
    }
}

fn of_those_who_exchange_one_value_one_succeeds<W: Way, S: Hashers>() {
    watched(|| {
        each_value_has_one_taker::<W, S>(|calls, key, value| calls.exchange(key, value, value + 1))
    });
}

fn of_those_who_remove_one_value_one_succeeds<W: Conditionally, S: Hashers>() {
    watched(|| {
        each_value_has_one_taker::<W, S>(|calls, key, value| {
            let taken = W::compare_remove::<S>(calls, key, value);
            if taken {
                assert_eq!(calls.insert(key, value + 1), None, "it was taken");
            }
            taken
        });
    });
}

/// Half of the threads exchange, the others remove.
fn of_those_who_exchange_or_remove_one_value_one_succeeds<W: Conditionally, S: Hashers>() {
    watched(|| {
        each_value_has_one_taker::<W, S>(|calls, key, value| {
            // By chance, but the same in every run: which of the two a call is.
            if (key + value) % 2 == 0 {
                return calls.exchange(key, value, value + 1);
            }
            let taken = W::compare_remove::<S>(calls, key, value);
            taken && calls.insert(key, value + 1).is_none()
        });
    });
}

/// Who removes a key puts its next value in; the others find nothing meanwhile.
fn of_those_who_remove_one_key_one_gets_its_value<W: Way, S: Hashers>() {
    watched(|| {
        for settled in [false, true] {
            let map = shared::<W, S>(settled);
            let taken = together(|_| {
                let calls = W::calls::<S>(&map);
                let mut taken = Vec::new();
                for key in 0..KEYS {
                    for _ in 0..ROUNDS {
                        let Some(value) = calls.remove(key) else {
                            continue;
                        };
                        assert_eq!(calls.insert(key, value + 1), None, "it was taken");
                        taken.push((key, value));
                    }
                }
                taken
            });
            let mut taken: Vec<_> = taken.into_iter().flatten().collect();
            taken.sort_unstable();
            let mut expected = Vec::new();
            for key in 0..KEYS {
                let next = W::calls::<S>(&map).get(key).expect("it was put back");
                expected.extend((0..next).map(|value| (key, value)));
            }
            assert_eq!(taken, expected, "settled {settled}");
        }
    });
}

/// What a call put into a key, and what it took out of it.
#[derive(Default)]
struct Moved {
    entered: Vec<u64>,
    left: Vec<u64>,
}

impl Moved {
    fn overwrite(&mut self, new: u64, old: Option<u64>) {
        self.entered.push(new);
        self.left.extend(old);
    }

    /// A conditional call that put `new` in, if it did, in the place of `old`.
    fn exchange(&mut self, done: bool, new: Option<u64>, old: Option<u64>) {
        if done {
            self.entered.extend(new);
            self.left.extend(old);
        }
    }
}

/// Runs `act` on each thread in each round, with a value that nobody else has. Each
/// value that entered a key has left it once, or is the one that is there.
fn every_value_leaves_once<W: Way, S: Hashers>(
    act: impl Fn(&W::Calls<'_, S>, u64, u64, &mut Moved) + Sync,
) {
    for settled in [false, true] {
        let map = shared::<W, S>(settled);
        let moved = together(|thread| {
            let calls = W::calls::<S>(&map);
            let mut moved = Moved::default();
            for round in 0..ROUNDS {
                for key in 0..KEYS {
                    // 0 is what all keys have at first.
                    let new = 1 + (round * KEYS + key) * THREADS + thread;
                    act(&calls, key, new, &mut moved);
                }
            }
            moved
        });
        let mut entered = vec![0; KEYS as usize];
        let mut left = Vec::new();
        for moved in moved {
            entered.extend(moved.entered);
            left.extend(moved.left);
        }
        let calls = W::calls::<S>(&map);
        left.extend((0..KEYS).filter_map(|key| calls.remove(key)));
        entered.sort_unstable();
        left.sort_unstable();
        assert_eq!(left, entered, "settled {settled}");
    }
}

fn every_value_that_is_overwritten_comes_out_once<W: Way, S: Hashers>() {
    watched(|| {
        every_value_leaves_once::<W, S>(|calls, key, new, moved| {
            moved.overwrite(new, calls.insert(key, new));
        });
    });
}

/// One of the calls that every way has, in turn.
fn any_call(calls: &impl Calls, key: u64, new: u64, moved: &mut Moved) {
    match new % 7 {
        0 | 1 => moved.overwrite(new, calls.insert(key, new)),
        2 | 3 => moved.left.extend(calls.remove(key)),
        4 => {
            let stored = calls.insert_if_absent(key, new);
            moved.exchange(stored, Some(new), None);
        }
        _ => {
            let seen = calls.get(key);
            let done = seen.is_some_and(|seen| calls.exchange(key, seen, new));
            moved.exchange(done, Some(new), seen);
        }
    }
}

fn every_value_that_enters_by_any_call_leaves_once<W: Way, S: Hashers>() {
    watched(|| {
        every_value_leaves_once::<W, S>(|calls, key, new, moved| {
            any_call(calls, key, new, moved);
        });
    });
}

fn every_value_leaves_once_where_some_are_removed_on_condition<W: Conditionally, S: Hashers>() {
    watched(|| {
        every_value_leaves_once::<W, S>(|calls, key, new, moved| {
            let seen = calls.get(key);
            any_call(calls, key, new, moved);
            let removed = seen.is_some_and(|seen| W::compare_remove::<S>(calls, key, seen));
            moved.exchange(removed, None, seen);
        });
    });
}

by_every_way! {
    of_those_who_exchange_one_value_one_succeeds
    of_those_who_remove_one_key_one_gets_its_value
    every_value_that_is_overwritten_comes_out_once
    every_value_that_enters_by_any_call_leaves_once
}

by_both_ways! {
    of_those_who_remove_one_value_one_succeeds
    of_those_who_exchange_or_remove_one_value_one_succeeds
    every_value_leaves_once_where_some_are_removed_on_condition
}
