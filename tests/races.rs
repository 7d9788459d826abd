//! Threads that share nothing but a map: for ThreadSanitizer, by way of
//! `tests/sanitizers.sh tsan`.
//!
//! It does not see what std does with atomics, so here std's locks, channels and
//! scopes order nothing: threads are spawned and joined, which it does see, and
//! everything else that is in order is so by the map alone. Keys and values are
//! read byte by byte, and written anew or freed by whoever comes to reuse them.
#![cfg(not(loom))]

use readmostly::{Compute, Operation, SyncMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};
use std::thread;

type Map<K, V> = SyncMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// A key or a value for a number below 8.
trait Part: Hash + Eq + Clone + Send + Sync + 'static {
    fn of(number: u8) -> Self;

    /// Reads all of it.
    fn number(&self) -> u8;
}

fn same(bytes: &[u8]) -> u8 {
    assert!(bytes.iter().all(|byte| *byte == bytes[0] && *byte < 8));
    bytes[0]
}

/// Without a destructor: in its entry, and then in blocks that go round.
impl Part for [u8; 24] {
    fn of(number: u8) -> Self {
        [number; 24]
    }

    fn number(&self) -> u8 {
        same(self)
    }
}

/// With one.
impl Part for Box<[u8]> {
    fn of(number: u8) -> Self {
        Box::new([number; 24])
    }

    fn number(&self) -> u8 {
        same(self)
    }
}

fn use_it<K: Part, V: Part>(map: &Map<K, V>, seed: u32) {
    let see = |found: Option<readmostly::Ref<'_, K, V>>| {
        if let Some(found) = found {
            found.key().number();
            found.number();
        }
    };
    let mut random = seed;
    for _ in 0..5_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [what, key, value, seldom] = random.to_be_bytes();
        let (key, value) = (K::of(key % 8), || V::of(value % 8));
        match what % 32 {
            0..8 => see(map.get(&key)),
            8..14 => see(map.insert(key, value())),
            14..18 => see(map.remove(&key)),
            18 => see(map.update(&key, |old| V::of(7 - old.number()))),
            19 => see(map.compare_exchange(&key, &value(), value()).ok()),
            20 => see(map.compare_remove(&key, &value())),
            21 => match map.compute(key, |_| Operation::<_, ()>::Insert(value())) {
                Compute::Inserted(new) => see(Some(new)),
                Compute::Updated { old, new } => [old, new].map(Some).into_iter().for_each(see),
                _ => unreachable!("it inserts"),
            },
            22 => see(Some(map.get_or_insert(key, value()))),
            23 => see(map.try_insert(key, value()).ok()),
            24..27 => {
                let mut pinned = map.pin();
                for (key, value) in &pinned {
                    key.number();
                    value.number();
                }
                pinned.repin();
                pinned.get(&key).map(V::number);
                pinned.insert(key, value());
            }
            27 => _ = map.retain(|key, value| key.number() != value.number()),
            28 => _ = map.compact(),
            29 => _ = map.inspect(),
            // Seldom, as it gives away what would go round.
            30 if seldom < 8 => _ = map.flush(),
            30 => see(map.get(&key)),
            _ => map.clear(),
        }
    }
}

/// Three times three threads, each of which leaves what it retired to others.
fn races<K: Part, V: Part>(map: &'static Map<K, V>) {
    for round in 0..3 {
        let threads = [1, 2, 3].map(|n| thread::spawn(move || use_it(map, 10 * round + n)));
        for thread in threads {
            thread.join().expect("no panic");
        }
    }
}

#[test]
fn values_without_a_destructor_race_with_nothing() {
    static MAP: Map<[u8; 24], [u8; 24]> = Map::with_hasher(BuildHasherDefault::new());
    races(&MAP);
}

#[test]
fn values_with_a_destructor_race_with_nothing() {
    static MAP: Map<Box<[u8]>, Box<[u8]>> = Map::with_hasher(BuildHasherDefault::new());
    races(&MAP);
}

/// Readers that write nothing order nothing: that their blocks are not used anew
/// under their hands is known by the epoch alone.
#[test]
fn overwrites_race_with_no_reader_that_only_reads() {
    static MAP: Map<[u8; 24], [u8; 24]> = Map::with_hasher(BuildHasherDefault::new());
    let keys = || (0..8).map(Part::of);
    keys().for_each(|key| drop(MAP.insert(key, Part::of(0))));
    MAP.compact();
    let readers = [0, 1].map(|_| {
        thread::spawn(move || {
            for key in keys().cycle().take(20_000) {
                MAP.get(&key).expect("it stays").number();
            }
        })
    });
    let writer = thread::spawn(move || {
        for (n, key) in (0..20_000).zip(keys().cycle()) {
            MAP.insert(key, Part::of((n % 8) as u8));
        }
    });
    for thread in readers.into_iter().chain([writer]) {
        thread.join().expect("no panic");
    }
}
