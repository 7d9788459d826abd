//! Seven sentences about the map, each found out by calls of a real map.

use crate::alone;
use exercises::chapter_10::which_are_so;
use readmostly::SyncMap;
use std::ops::ControlFlow;

type Map = SyncMap<u32, u32>;

const A: u32 = 0;
const B: u32 = 1;
const C: u32 = 2;
const D: u32 = 3;

/// A map with these keys in the dirty map alone.
fn dirty(keys: u32) -> Map {
    let map = Map::new();
    (0..keys).for_each(|key| drop(map.insert(key, 0)));
    map
}

/// A map with these keys in the snapshot.
fn promoted(keys: u32) -> Map {
    let map = dirty(keys);
    walk(&map);
    map
}

/// A map whose snapshot has a, deleted.
fn deleted() -> Map {
    let map = promoted(1);
    map.remove(&A);
    map
}

fn walk(map: &Map) {
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
}

fn takes_the_mutex(map: &Map, call: impl FnOnce(&Map)) -> bool {
    let before = map.stats().locks;
    call(map);
    map.stats().locks > before
}

fn has_no_entry_of_a(map: &Map) -> bool {
    let inside = map.inspect();
    let mut entries = inside.read.iter().chain(inside.dirty.iter().flatten());
    entries.all(|(key, _)| *key != A)
}

#[test]
fn your_answers_are_those_of_the_map() {
    let yours = which_are_so();
    let _alone = alone();
    let finds_out: [fn() -> bool; 7] = [
        || takes_the_mutex(&deleted(), |map| drop(map.insert(A, 1))),
        || {
            let map = deleted();
            map.insert(B, 1);
            takes_the_mutex(&map, |map| drop(map.insert(A, 1)))
        },
        || {
            let map = promoted(2);
            map.insert(C, 1);
            map.remove(&C);
            takes_the_mutex(&map, |map| drop(map.get(&D)))
        },
        || {
            let map = dirty(10);
            (0..4).for_each(|key| drop(map.remove(&key)));
            let before = map.stats().promotions;
            map.remove(&4);
            (before, map.stats().promotions) == (0, 1)
        },
        || {
            let map = dirty(2);
            assert!(map.compare_remove(&A, &0).is_some());
            has_no_entry_of_a(&map)
        },
        || {
            let map = deleted();
            walk(&map);
            has_no_entry_of_a(&map)
        },
        || {
            let map = dirty(1_000);
            (1_000..2_000).for_each(|key| drop(map.get(&key)));
            assert_eq!(map.stats().promotions, 1);
            map.stats().copied_entries > 0
        },
    ];
    for (number, (yours, find_out)) in (1..).zip(yours.into_iter().zip(finds_out)) {
        assert_eq!(yours, find_out(), "left: yours, of sentence {number}");
    }
}
