//! Maps with locks that two threads compare: no order of locks deadlocks. loom reports a
//! deadlock as a panic.

use crate::explore::{Scene, explore_in};
use crate::world::{Fixed, Key, Value, key, value};
use readmostly::primitives::{ConcurrentMap, MutexMap};
use std::fmt;

/// Two maps. One of them has the lower address.
struct Two([MutexMap<Key, Value, Fixed>; 2]);

impl Scene for Two {
    fn new() -> Self {
        let maps = [(); 2].map(|()| MutexMap::with_hasher(Fixed::new()));
        // An execution makes loom's objects at their first use. Here, before the race.
        maps.iter().for_each(|map| assert!(map.is_empty()));
        Self(maps)
    }
}

impl Two {
    fn compare(&self, one: usize, other: usize) -> String {
        let equal = self.0[one] == self.0[other];
        String::from(if equal { "equal" } else { "unequal" })
    }

    fn insert(&self, map: usize) -> String {
        let old = self.0[map].insert(key('a'), value(1));
        String::from(if old.is_some() {
            "overwrote"
        } else {
            "inserted"
        })
    }
}

impl fmt::Display for Two {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0[0].len(), self.0[1].len())
    }
}

fn nothing_is_there(_two: &Two) {}

fn a_is_in_both(two: &Two) {
    two.insert(0);
    two.insert(1);
}

#[test]
fn two_threads_compare_two_maps_in_opposite_orders() {
    explore_in(
        a_is_in_both,
        [|two| two.compare(0, 1), |two| two.compare(1, 0)],
        &["equal, equal → 1 1"],
    );
}

#[test]
fn a_key_is_inserted_while_a_map_is_compared_with_itself() {
    explore_in(
        nothing_is_there,
        [|two| two.compare(0, 0), |two| two.insert(0)],
        &["equal, inserted → 1 0"],
    );
}

#[test]
fn a_key_is_inserted_while_two_maps_are_compared() {
    explore_in(
        nothing_is_there,
        [|two| two.compare(0, 1), |two| two.insert(1)],
        &["equal, inserted → 0 1", "unequal, inserted → 0 1"],
    );
}
