//! A table that readers share.

use exercises::chapter_01::Shared;
use std::thread;
use std::time::Duration;

#[test]
fn a_table_that_a_reader_holds_does_not_change() {
    let shared = Shared::default();
    shared.insert(1, 10);
    let held = shared.table();
    shared.insert(2, 20);
    shared.insert(1, 11);
    assert_eq!((held.len(), held[&1]), (1, 10));
    let now = shared.table();
    assert_eq!((now.len(), now[&1], now[&2]), (2, 11, 20));
}

/// A value that takes its time to be copied. The other writer runs meanwhile.
#[derive(Default)]
struct Slow;

impl Clone for Slow {
    fn clone(&self) -> Self {
        thread::sleep(Duration::from_micros(20));
        Self
    }
}

#[test]
fn two_writers_lose_no_key() {
    const KEYS: u32 = 20;
    let shared = Shared::default();
    thread::scope(|scope| {
        for writer in 0..2 {
            let shared = &shared;
            scope.spawn(move || (0..KEYS).for_each(|key| shared.insert(2 * key + writer, Slow)));
        }
    });
    let lost = (0..2 * KEYS).filter(|key| !shared.table().contains_key(key));
    assert_eq!(lost.count(), 0, "keys were lost");
}
