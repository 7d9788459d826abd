//! `get_many` and `get_many_with` are as many calls of `get`, one after the other:
//! the same answers, the same misses, the same locks, in every state of the map, and
//! whatever other threads, or the closure, do meanwhile.

use crate::fuse::{Place, bangs_after, burn};
use crate::invariants::invariants_hold;
use crate::same_hash::Same;
use readmostly::{EntryState, Inspection, SyncMap};
use std::array;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;
type Map<H = Fixed> = SyncMap<u32, u32, H>;

/// Known keys: 0..40. Of those, 1 is expunged and 2 is nil; 100 is in `dirty` alone,
/// 101 was there.
fn amended<H: Default + BuildHasher>() -> Map<H> {
    let map = promoted();
    map.remove(&1);
    map.insert(100, 100);
    map.remove(&2);
    map.insert(101, 101);
    map.remove(&101);
    let inside = map.inspect();
    assert!(inside.amended);
    assert!(inside.read.contains(&(1, EntryState::Expunged)));
    assert!(inside.read.contains(&(2, EntryState::Nil)));
    map
}

fn promoted<H: Default + BuildHasher>() -> Map<H> {
    let map: Map<H> = (0..40).map(|n| (n, n)).collect();
    map.compact();
    map
}

fn with_tombstones<H: Default + BuildHasher>() -> Map<H> {
    let map = promoted();
    map.remove(&1);
    map.remove(&2);
    map
}

fn never_promoted<H: Default + BuildHasher>() -> Map<H> {
    let map = Map::default();
    (0..40).for_each(|n| _ = map.insert(n, n));
    map
}

fn cleared<H: Default + BuildHasher>() -> Map<H> {
    let map = amended();
    map.clear();
    map
}

fn states<H: Default + BuildHasher>() -> [fn() -> Map<H>; 6] {
    [
        amended,
        promoted,
        with_tombstones,
        never_promoted,
        cleared,
        Map::default,
    ]
}

/// Both maps as they are, in an order.
fn inside<H: BuildHasher>(map: &Map<H>) -> (Inspection<u32, u32>, [u64; 3]) {
    let mut inside = map.inspect();
    inside.read.sort_by_key(|(key, _)| *key);
    if let Some(dirty) = &mut inside.dirty {
        dirty.sort_by_key(|(key, _)| *key);
    }
    let stats = map.stats();
    (inside, [stats.locks, stats.promotions, stats.misses])
}

fn one_by_one<H: BuildHasher>(map: &Map<H>, keys: &[u32]) -> Vec<Option<u32>> {
    keys.iter().map(|key| map.get_cloned(key)).collect()
}

fn at_once<H: BuildHasher>(map: &Map<H>, keys: &[u32]) -> Vec<Option<u32>> {
    let (mut found, mut shown) = (Vec::new(), Vec::new());
    map.get_many_with(keys, |key, value| {
        shown.push(*key);
        found.push(value.copied());
    });
    assert_eq!(shown, keys, "each key once, in their order");
    found
}

fn at_once_pinned<H: BuildHasher>(map: &Map<H>, keys: &[u32]) -> Vec<Option<u32>> {
    let pinned = map.pin();
    let mut found = Vec::new();
    pinned.get_many_with(keys, |_, value| found.push(value));
    found.into_iter().map(|value| value.copied()).collect()
}

/// The keys in arrays of `N`, and what is left one by one.
fn in_arrays<const N: usize, H: BuildHasher>(map: &Map<H>, keys: &[u32]) -> Vec<Option<u32>> {
    let pinned = map.pin();
    let chunks = keys.chunks_exact(N);
    let rest = chunks.remainder();
    let mut found = Vec::new();
    for keys in chunks {
        let keys: [&u32; N] = array::from_fn(|n| &keys[n]);
        found.extend(pinned.get_many(keys).map(|value| value.copied()));
    }
    found.extend(one_by_one(map, rest));
    found
}

type Way<H> = fn(&Map<H>, &[u32]) -> Vec<Option<u32>>;

fn ways<H: BuildHasher>() -> [Way<H>; 7] {
    [
        at_once,
        at_once_pinned,
        in_arrays::<1, H>,
        in_arrays::<3, H>,
        in_arrays::<8, H>,
        in_arrays::<16, H>,
        in_arrays::<37, H>,
    ]
}

/// Asks two maps that were made in the same way, one by one and at once.
fn same_as_get<H: Default + BuildHasher>(make: impl Fn() -> Map<H>, keys: &[u32]) {
    for way in ways() {
        let (one, other) = (make(), make());
        assert_eq!(way(&one, keys), one_by_one(&other, keys), "{keys:?}");
        assert_eq!(inside(&one), inside(&other), "{keys:?}");
        invariants_hold(&one);
    }
}

fn same_as_get_in_all_states<H: Default + BuildHasher>() {
    let lists: [Vec<u32>; 9] = [
        vec![],
        vec![0],
        vec![1, 2, 0, 100, 101, 999],
        vec![100, 0, 100, 999, 0, 100],
        vec![3; 16],
        (0..16).collect(),
        (0..17).collect(),
        (0..120).collect(),
        (0..120).rev().chain([999; 60]).chain(90..110).collect(),
    ];
    for make in states::<H>() {
        for keys in &lists {
            same_as_get(make, keys);
        }
    }
}

#[test]
fn the_answers_and_the_misses_are_those_of_get() {
    same_as_get_in_all_states::<Fixed>();
}

/// The first bucket that has the tag is another key's.
#[test]
fn keys_whose_hashes_are_the_same_are_all_found() {
    same_as_get_in_all_states::<BuildHasherDefault<Same>>();
}

#[test]
fn after_any_operations_the_answers_and_the_misses_are_those_of_get() {
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..300 {
        let steps: Vec<_> = (0..random.usize(0..60))
            .map(|_| (random.u32(0..20), random.u32(0..30)))
            .collect();
        let make = || {
            let map = Map::<Fixed>::default();
            for (what, key) in &steps {
                match what {
                    0 => map.clear(),
                    1 => _ = map.compact(),
                    2..7 => drop(map.remove(key)),
                    7..11 => drop(map.get(key)),
                    _ => drop(map.insert(*key, round)),
                }
            }
            map
        };
        let keys: Vec<_> = (0..random.usize(0..70))
            .map(|_| random.u32(0..32))
            .collect();
        same_as_get(make, &keys);
    }
}

/// A key of the same block that is looked up after the promotion is in the snapshot.
#[test]
fn a_promotion_in_the_middle_of_a_block_ends_the_misses() {
    let make = || {
        let map: Map = [(0, 0), (1, 1)].into_iter().collect();
        map.compact();
        map.insert(2, 2);
        map
    };
    // Three keys: the third miss promotes.
    let keys = [2, 0, 2, 9, 2, 9, 9, 1, 2];
    same_as_get(make, &keys);
    let map = make();
    let before = map.stats();
    at_once(&map, &keys);
    let after = map.stats();
    assert_eq!(after.locks - before.locks, 3);
    assert_eq!(after.promotions - before.promotions, 1);
    assert_eq!(map.inspect().misses, 0);
}

#[test]
fn the_closure_finds_what_it_has_written() {
    let map = promoted::<Fixed>();
    let mut found = Vec::new();
    map.get_many_with(&[0, 1, 2, 3, 200, 4, 201, 5], |key, value| {
        match key {
            // All of these are of one block.
            0 => {
                map.remove(&1);
                map.insert(2, 20);
                map.insert(200, 200);
            }
            // The value stays good.
            3 => {
                map.remove(&3);
                map.compact();
                map.flush();
            }
            4 => {
                map.clear();
                map.insert(5, 50);
                map.insert(201, 201);
            }
            _ => {}
        }
        found.push(value.copied());
    });
    let expected = [
        Some(0),
        None,
        Some(20),
        Some(3),
        Some(200),
        Some(4),
        Some(201),
        Some(50),
    ];
    assert_eq!(found, expected);
    invariants_hold(&map);
}

#[test]
fn the_iterator_of_the_keys_may_write_to_the_map() {
    let map = promoted::<Fixed>();
    let keys = [0, 1, 2, 100];
    let asked = keys.iter().inspect(|key| {
        if **key == 2 {
            map.clear();
            map.insert(100, 1);
        }
    });
    let mut found = Vec::new();
    map.get_many_with(asked, |_, value| found.push(value.copied()));
    // All keys of a block are taken before the first is looked up.
    assert_eq!(found, [None, None, None, Some(1)]);
}

/// As a `for` loop does.
#[test]
fn an_iterator_of_keys_that_has_ended_is_not_asked_again() {
    let map = SyncMap::from([(1, 1)]);
    let mut asked = 0;
    let mut key = None;
    let keys = std::iter::from_fn(|| {
        asked += 1;
        key = key.xor(Some(&1));
        key
    });
    map.get_many_with(keys, |_, found| assert_eq!(found, Some(&1)));
    assert_eq!(asked, 2);
}

#[test]
fn a_value_lives_as_long_as_the_pin() {
    let map: SyncMap<u32, String, Fixed> = (0..20).map(|n| (n, n.to_string())).collect();
    map.compact();
    let pinned = map.pin();
    let keys: Vec<u32> = (0..20).collect();
    let mut values = Vec::new();
    pinned.get_many_with(&keys, |_, value| values.extend(value));
    let [zero, none] = pinned.get_many([&0, &99]);
    pinned.clear();
    map.flush();
    assert!(
        values
            .iter()
            .zip(&keys)
            .all(|(value, key)| **value == key.to_string())
    );
    assert_eq!((zero.map(String::as_str), none), (Some("0"), None));
}

#[derive(Debug)]
struct Fused(u32);

impl Hash for Fused {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Place::Hash);
        self.0.hash(state);
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfKeys);
        self.0 == other.0
    }
}

impl Eq for Fused {}

#[test]
fn a_panic_leaves_the_map_whole_and_the_keys_before_it_answered() {
    let map: SyncMap<Fused, u32, Fixed> = SyncMap::default();
    (0..20).for_each(|n| _ = map.insert(Fused(n), n));
    map.compact();
    // In `dirty` alone: its `Eq` runs under the mutex.
    map.insert(Fused(20), 20);
    let keys: Vec<_> = (0..21).map(Fused).collect();
    for place in [Place::Hash, Place::EqOfKeys] {
        let is_hash = place == Place::Hash;
        for calls in 0..21 {
            let mut shown = Vec::new();
            let locks = map.stats().locks;
            let look_up = || map.get_many_with(&keys, |_, value| shown.push(value.copied()));
            assert!(bangs_after(calls, place, look_up), "{calls}");
            let answered = if is_hash { calls / 16 * 16 } else { calls };
            assert!(shown.len() <= answered, "{calls}");
            if is_hash {
                assert_eq!(shown.len(), answered);
                assert_eq!(map.stats().locks, locks, "hashed under the mutex");
            }
            assert!(shown.iter().copied().eq((0..).map(Some).take(shown.len())));
            assert_eq!(map.len(), 21);
        }
    }
    for last in [0, 3, 15, 16, 20] {
        let mut shown = 0;
        let stop = || {
            map.get_many_with(&keys, |key, _| {
                shown += 1;
                assert!(key.0 < last, "bang");
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(stop)).is_err());
        assert_eq!(shown, last + 1);
    }
    let all = map
        .pin()
        .get_many(array::from_fn::<_, 21, _>(|n| &keys[n]))
        .map(|n| n.copied());
    assert_eq!(all, array::from_fn(|n| Some(n as u32)));
    thread::scope(|scope| {
        // The mutex is not left locked.
        scope.spawn(|| assert!(map.insert(Fused(30), 30).is_none()));
    });
}

/// A writer overwrites known keys from the last to the first, so who looks from the
/// first to the last must not find that the values grow.
#[test]
fn known_keys_are_looked_up_in_their_order() {
    let map: Map = (0..40).map(|n| (n, 0)).collect();
    map.compact();
    let keys: Vec<u32> = (0..40).collect();
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..=3_000 {
                for key in (0..40).rev() {
                    map.insert(key, n);
                }
                if n % 16 == 0 {
                    // New snapshots meanwhile.
                    map.insert(1_000, n);
                    map.compact();
                    map.remove(&1_000);
                }
            }
        });
        let mut last = 0;
        while last < 3_000 {
            let found = at_once(&map, &keys);
            assert!(found.iter().all(Option::is_some), "{found:?}");
            assert!(found.is_sorted(), "{found:?}");
            last = found[0].expect("present");
        }
    });
}

/// A writer inserts a new key, and then says so in a known one. Who finds the known one
/// written, and looks for the new one after that, must find it.
#[test]
fn a_new_key_is_not_missed_after_a_known_one_that_came_later() {
    const NEW: u32 = 15;
    for _ in 0..1_000 {
        let map: Map = [(0, 0)].into_iter().collect();
        map.compact();
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 1..=NEW {
                    map.insert(n, n);
                    map.insert(0, n);
                }
            });
            let mut seen = 0;
            while seen < NEW {
                let pinned = map.pin();
                let keys: [u32; 16] = array::from_fn(|n| n as u32);
                let found = pinned.get_many(keys.each_ref());
                seen = *found[0].expect("present");
                for n in 1..=seen {
                    assert_eq!(found[n as usize], Some(&n), "of {seen}");
                }
            }
        });
    }
}
