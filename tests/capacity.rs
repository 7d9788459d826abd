//! The room that `with_capacity` makes is used once: no rebuild copies it. Told by
//! the bytes that a map allocates, not by a clock.
#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/bytes.rs"]
mod bytes;
#[path = "common/invariants.rs"]
mod invariants;

use alone::alone;
use invariants::invariants_hold;
use readmostly::SyncMap;

type Map = SyncMap<u64, u64>;

/// Room for far more keys than any test here has.
const ROOM: usize = 1 << 20;

/// Keys of a test that has few.
const FEW: u64 = 120;

fn settled() -> isize {
    while !Map::new().flush() {}
    bytes::live()
}

/// The most bytes that `call` has in use at once, above those of before.
fn most_in_use(call: impl FnOnce()) -> isize {
    settled();
    let before = bytes::restart_peak();
    call();
    bytes::peak() - before
}

fn filled(map: Map, keys: u64) -> Map {
    (0..keys).for_each(|key| _ = map.insert(key, key));
    map
}

/// Promotes, and rebuilds nothing.
fn promote(map: &Map) {
    let rebuilds = map.stats().rebuilds;
    let _ = map.pin().iter().next();
    let stats = map.stats();
    assert_eq!((stats.dirty_entries, stats.rebuilds), (0, rebuilds));
}

/// The map has exactly these keys, each once, also after another rebuild.
fn holds(map: &Map, keys: impl Iterator<Item = u64>) {
    let expected: Vec<_> = keys.collect();
    let held = || {
        let mut held: Vec<_> = map.pin().keys().copied().collect();
        held.sort_unstable();
        held
    };
    assert_eq!(held(), expected);
    map.insert(u64::MAX, 0);
    map.remove(&u64::MAX);
    assert_eq!(held(), expected);
    assert_eq!(map.len(), expected.len());
    // Takes the square of the keys.
    if expected.len() < 200 {
        invariants_hold(map);
    }
}

/// What the new keys of a map cost that has few, one after the other.
fn new_keys(map: Map, before_each: fn(&Map)) -> Vec<isize> {
    let map = filled(map, FEW);
    (FEW..FEW + 20)
        .map(|key| {
            before_each(&map);
            most_in_use(|| _ = map.insert(key, key))
        })
        .collect()
}

/// A failure means that a new key copies room that no key uses.
#[test]
fn a_new_key_costs_the_same_whatever_room_was_asked_for() {
    let _alone = alone();
    let ways: [fn(&Map); 2] = [promote, |map| _ = map.compact()];
    for before_each in ways {
        let with_room = new_keys(Map::with_capacity(ROOM), before_each);
        let without = new_keys(Map::new(), before_each);
        for (with, without) in with_room.iter().zip(&without) {
            assert!(*with <= 2 * without, "{with_room:?}, not {without:?}");
        }
    }
}

#[test]
fn a_collected_map_has_no_room_for_pairs_that_were_one_key() {
    let _alone = alone();
    let pairs = (0..1 << 16).map(|n| (n % 10, n));
    let before = settled();
    let map: Map = pairs.collect();
    let room = settled() - before;
    assert!(room < 64 << 10, "{room} bytes for 10 keys");
    assert_eq!(map.len(), 10);
    drop(map);
}

/// The room itself is there, for the keys that come before the first promotion.
#[test]
fn a_map_with_room_does_not_grow() {
    let _alone = alone();
    let keys = ROOM as u64 / 64;
    let map = filled(Map::with_capacity(ROOM), 1);
    let added = most_in_use(|| (1..keys).for_each(|key| _ = map.insert(key, key)));
    let grown = filled(Map::new(), 1);
    let added_to_grown = most_in_use(|| (1..keys).for_each(|key| _ = grown.insert(key, key)));
    assert!(
        added < added_to_grown,
        "{added}, not less than {added_to_grown}"
    );
}

#[test]
fn keys_that_came_and_went_before_the_first_promotion_are_not_held_twice() {
    let _alone = alone();
    let map = filled(Map::with_capacity(ROOM), FEW);
    for key in 0..FEW {
        // Out of `dirty` at once, and back in the same bucket.
        assert!(map.remove(&key).is_some());
        map.insert(key, key);
    }
    promote(&map);
    map.insert(FEW, 0);
    holds(&map, 0..=FEW);
}

#[test]
fn keys_that_are_many_and_yet_few_for_the_room_are_all_kept() {
    let _alone = alone();
    const SOME: u64 = 5_000;
    let map = filled(Map::with_capacity(ROOM), SOME);
    promote(&map);
    map.insert(SOME, 0);
    holds(&map, 0..=SOME);
}

#[test]
fn keys_that_were_deleted_in_a_large_room_are_left_out() {
    let _alone = alone();
    let map = filled(Map::with_capacity(ROOM), FEW);
    promote(&map);
    (0..FEW).step_by(2).for_each(|key| _ = map.remove(&key));
    map.insert(FEW + 1, 0);
    assert_eq!(map.inspect().dirty.map(|dirty| dirty.len()), Some(61));
    holds(&map, (0..=FEW + 1).filter(|key| key % 2 == 1));
}

/// What was written down of the large table must not be used for the one that
/// takes its place.
#[test]
fn keys_that_come_after_a_clear_are_all_kept() {
    let _alone = alone();
    let map = filled(Map::with_capacity(ROOM), 1);
    map.clear();
    let map = filled(map, FEW);
    promote(&map);
    (10..FEW).for_each(|key| _ = map.remove(&key));
    map.insert(10, 0);
    holds(&map, 0..=10);
}

/// What was written down of a table that was too small must not be used for the larger one.
#[test]
fn keys_that_were_there_before_room_was_reserved_are_all_kept() {
    let _alone = alone();
    let map = filled(Map::with_capacity(ROOM), FEW);
    map.reserve(2 * ROOM);
    map.insert(FEW, 0);
    promote(&map);
    map.insert(FEW + 1, 0);
    holds(&map, 0..=FEW + 1);
}
