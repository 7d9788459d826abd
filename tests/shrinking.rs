//! A map that has lost most of its keys, a few at a time, takes no more room than
//! one that never had them.
#![cfg(not(loom))]

#[allow(dead_code, reason = "the peak is of no interest here")]
#[path = "common/bytes.rs"]
mod bytes;

use readmostly::SyncMap;
use std::panic;
use std::sync::{Mutex, PoisonError};
use std::thread;

type Map = SyncMap<u64, u64>;

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
/// until a few are left, and after each time `rebuild` has the tables made anew:
/// with a new key, or without.
fn lost_by_thirds(rebuild: fn(&Map, u64)) -> Map {
    let map: Map = (0..100_000).map(|key| (key, key)).collect();
    let mut left = 100_000;
    while left > 10 {
        let stay = left * 2 / 3;
        (stay..left).for_each(|key| drop(map.remove(&key)));
        left = stay;
        rebuild(&map, NEW + left);
    }
    map
}

/// On a thread that is joined: the test harness does not wait for the end of its own
/// threads, which frees memory.
fn shrinks(rebuild: fn(&Map, u64)) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = thread::spawn(move || is_shrunk(rebuild)).join();
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic));
}

fn is_shrunk(rebuild: fn(&Map, u64)) {
    let fresh = room_of(|| (0..10).map(|key| (key, key)).collect());
    let left = room_of(|| lost_by_thirds(rebuild));
    println!("{left} bytes, a fresh map {fresh}");
    // A table may be four times as large as it need be, and the epoch keeps some
    // nodes of its queue, of 2 kB each.
    assert!(
        left <= 4 * fresh + 16_384,
        "{left} bytes for 10 keys, not {fresh}"
    );
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
