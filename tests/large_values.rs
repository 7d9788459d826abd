//! A mebibyte is not moved through the stack of a stranger: who makes large values
//! has the stack for them; who reads, removes and frees them need not.
//!
//! A failure is a stack overflow, which ends the process.
#![cfg(not(loom))]

use readmostly::SyncMap;
use std::thread;

const LARGE: usize = 1 << 20;

type Map<V> = SyncMap<u8, V>;

fn with_stack(bytes: usize, run: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(bytes);
        let thread = builder.spawn_scoped(scope, run).expect("a thread");
        thread.join().expect("no panic");
    });
}

/// Without a destructor, and with one.
trait Large: Send + Sync + 'static {
    fn make() -> Self;
}

impl Large for [u8; LARGE] {
    fn make() -> Self {
        [1; LARGE]
    }
}

struct Dropped([u8; LARGE]);

impl Large for Dropped {
    fn make() -> Self {
        Self([1; LARGE])
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        assert_eq!(self.0[LARGE - 1], 1);
    }
}

/// Puts two values of each key in, one after the other.
fn filled<V: Large>() -> Map<V> {
    let map = Map::new();
    with_stack(64 * LARGE, || {
        (0..2).for_each(|_| (0..3).for_each(|key| drop(map.insert(key, V::make()))));
    });
    map
}

/// `stranger` has a quarter of one value's room.
fn stranger<V: Large>(stranger: impl FnOnce(Map<V>) + Send) {
    let map = filled();
    with_stack(LARGE / 4, || stranger(map));
}

fn flush<V: Large>(map: &Map<V>) {
    while !map.flush() {}
}

fn by_strangers<V: Large>() {
    stranger::<V>(|map| flush(&map));
    stranger::<V>(|map| {
        map.compact();
        assert!(map.get(&1).is_some());
        drop(map.remove(&1));
        drop(map.remove_if(&2, |_, _| true));
        map.retain(|_, _| false);
        flush(&map);
    });
    stranger::<V>(|map| {
        map.clear();
        flush(&map);
    });
    stranger::<V>(drop);
}

#[test]
fn large_values_are_not_moved_through_the_stack_of_who_frees_them() {
    by_strangers::<[u8; LARGE]>();
}

#[test]
fn large_values_are_dropped_where_they_are() {
    by_strangers::<Dropped>();
}
