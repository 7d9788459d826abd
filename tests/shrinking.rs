//! A map that has lost most of its keys, a few at a time, takes no more room than
//! one that never had them.
#![cfg(not(loom))]

#[allow(dead_code, reason = "the peak is of no interest here")]
#[path = "common/bytes.rs"]
mod bytes;

use readmostly::SyncMap;

type Map = SyncMap<u64, u64>;

/// Enough for their room to outweigh what the epoch keeps for itself.
const LEFT: u64 = 1000;

/// Keys from here on are new.
const NEW: u64 = 1 << 32;

fn settled() -> isize {
    while !Map::new().flush() {}
    bytes::live()
}

/// The bytes of a map that `make` makes.
fn room_of(make: impl FnOnce() -> Map) -> isize {
    let before = settled();
    let map = make();
    let room = settled() - before;
    drop(map);
    room
}

/// One thread. From 100,000 keys a third of those that are left goes at a time,
/// until some thousand are left, and after each time `rebuild` has the tables made anew:
/// with a new key, or without.
fn lost_by_thirds(rebuild: fn(&Map, u64)) -> Map {
    let map: Map = (0..100_000).map(|key| (key, key)).collect();
    let mut left = 100_000;
    while left > LEFT {
        let stay = left * 2 / 3;
        (stay..left).for_each(|key| drop(map.remove(&key)));
        left = stay;
        rebuild(&map, NEW + left);
    }
    map
}

fn shrinks(rebuild: fn(&Map, u64)) {
    let fresh = room_of(|| (0..LEFT).map(|key| (key, key)).collect());
    let left = room_of(|| lost_by_thirds(rebuild));
    println!("{left} bytes, a fresh map {fresh}");
    // A rebuild may leave half of its table empty, and there are two of them.
    assert!(left <= 4 * fresh, "{left} bytes, not {fresh}");
}

#[test]
fn a_table_shrinks_with_its_keys_as_it_is_rebuilt() {
    shrinks(|map, new| {
        map.insert(new, 0);
        // Promotes.
        let _ = map.pin().iter().next();
        map.remove(&new);
    });
}

#[test]
fn a_table_shrinks_with_its_keys_as_it_is_compacted() {
    shrinks(|map, _| _ = map.compact());
}
