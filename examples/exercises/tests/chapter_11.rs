//! The leak of Go 1.15, and the removal that is mended.

use crate::alone;
use exercises::chapter_11::{keys_that_stay, load_and_delete};
use exercises::two_maps::{Entry, TwoMaps};
use readmostly::{EntryState, SyncMap};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of both maps after the loop, with this removal.
fn keys_after(others: u32, turns: u32, remove: fn(&mut TwoMaps, u32) -> Option<u32>) -> usize {
    let mut map = TwoMaps::default();
    (0..others).for_each(|key| map.store(key, 1));
    for key in others..others + turns {
        map.store(key, 1);
        assert_eq!(remove(&mut map, key), Some(1), "of key {key}");
    }
    let dirty = map.dirty.iter().flat_map(|dirty| dirty.keys());
    BTreeSet::from_iter(map.read.keys().chain(dirty)).len()
}

#[test]
fn so_many_keys_stay() {
    for others in [0, 1, 2, 10] {
        for turns in [0, 1, 2, 3, 1_000] {
            assert_eq!(
                keys_that_stay(others as usize, turns as usize),
                keys_after(others, turns, TwoMaps::load_and_delete),
                "left: yours, of {others} other keys and {turns} turns"
            );
        }
    }
}

#[test]
fn with_your_removal_no_key_stays() {
    for others in [0, 1, 2, 10] {
        let left = keys_after(others, 1_000, load_and_delete);
        assert_eq!(left, others as usize, "of {others} other keys");
    }
}

/// Both maps by key, whether the snapshot is amended, and the misses.
type Inside = (States, bool, Option<States>, usize);
type States = BTreeMap<u32, EntryState<u32>>;

fn inside(map: &TwoMaps) -> Inside {
    let states = |(&key, entry): (&u32, &Entry)| (key, entry.get());
    let dirty = map.dirty.as_ref();
    (
        map.read.iter().map(states).collect(),
        map.amended,
        dirty.map(|dirty| dirty.iter().map(states).collect()),
        map.misses,
    )
}

fn inside_a_real_one(map: &SyncMap<u32, u32>) -> Inside {
    let look = map.inspect();
    let dirty = look.dirty.map(BTreeMap::from_iter);
    (
        look.read.into_iter().collect(),
        look.amended,
        dirty,
        look.misses,
    )
}

#[test]
fn with_your_removal_both_maps_are_as_in_go_1_23() {
    let _alone = alone();
    // The same calls in each run.
    let mut random = 1_u64;
    let (mut promotions, mut expunges, mut unexpunges) = (0, 0, 0);
    // Many maps: one that has all ten keys in its snapshot changes no more.
    for _ in 0..200 {
        let (mut map, real) = (TwoMaps::default(), SyncMap::new());
        for number in 0..100 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let key = (random >> 33) as u32 % 10;
            let (what, yours, expected) = match random >> 61 {
                0..2 => ("load", map.load(key), real.get(&key).map(|value| *value)),
                2..5 => {
                    map.store(key, number);
                    real.insert(key, number);
                    ("store", None, None)
                }
                _ => {
                    let removed = real.remove(&key).map(|value| *value);
                    ("load_and_delete", load_and_delete(&mut map, key), removed)
                }
            };
            assert_eq!(yours, expected, "left: yours, of {what}({key})");
            let (yours, expected) = (inside(&map), inside_a_real_one(&real));
            assert_eq!(yours, expected, "left: yours, after {what}({key})");
        }
        let stats = real.stats();
        promotions += stats.promotions;
        expunges += stats.expunges;
        unexpunges += stats.unexpunges;
    }
    let fewest = promotions.min(expunges).min(unexpunges);
    assert!(fewest > 100, "the calls meet too few cases: {fewest}");
}
