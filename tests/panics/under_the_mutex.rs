//! The only code of the user's that runs under the mutex is `Eq` of keys, before
//! the first change (rule M7). So a panic there leaves the map as it was, to the
//! last count.

use crate::fuse::{Place, bangs_after, burn};
use crate::invariants::invariants_hold;
use crate::one_at_a_time::watched;
use crate::same_hash::Same;
use readmostly::SyncMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

#[derive(Clone, Debug)]
struct Key(u32);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfKeys);
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.0);
    }
}

type Map = SyncMap<Key, u32, BuildHasherDefault<Same>>;

/// Two known keys, one of them deleted and left out of the dirty map, which has
/// two more; and so many misses of the three that it takes to promote it.
fn map(misses: u32) -> Map {
    let map = Map::default();
    map.insert(Key(0), 0);
    map.insert(Key(1), 1);
    map.compact();
    map.remove(&Key(1));
    map.insert(Key(2), 2);
    map.insert(Key(3), 3);
    for _ in 0..misses {
        assert!(map.get(&Key(9)).is_none());
    }
    map
}

fn inside(map: &Map) -> String {
    invariants_hold(map);
    format!("{:?}", map.inspect())
}

#[test]
fn a_panic_of_eq_under_the_mutex_changes_nothing() {
    watched(|| {
        let operations: [fn(&Map, Key); 13] = [
            |map, key| drop(map.get(&key)),
            |map, key| drop(map.insert(key, 7)),
            |map, key| drop(map.try_insert(key, 7)),
            |map, key| drop(map.remove(&key)),
            |map, key| drop(map.compare_exchange(&key, &2, 7)),
            |map, key| drop(map.compare_remove(&key, &2)),
            |map, key| drop(map.replace(&key, 7)),
            |map, key| drop(map.try_remove_if(&key, |_, _| true)),
            |map, key| _ = map.get_or_try_insert_with(key, || Err(())),
            |map, key| drop(map.get_hashed(map.hasher().hash_one(&key), &key)),
            |map, key| drop(map.update_or_remove(&key, |_| None)),
            |map, key| _ = map.pin().remove_entry(&key),
            |map, key| drop(map.replace_if(&key, |_, _| true, 7)),
        ];
        let mut under_the_mutex = 0;
        for (index, operation) in operations.into_iter().enumerate() {
            for misses in 0..3 {
                for key in [0, 1, 2, 3, 9] {
                    under_the_mutex += panic_at_each_comparison(operation, key, misses, index);
                }
            }
        }
        assert!(under_the_mutex > 100, "{under_the_mutex}");
    });
}

/// How many of the panics were under the mutex.
fn panic_at_each_comparison(
    operation: fn(&Map, Key),
    key: u32,
    misses: u32,
    index: usize,
) -> usize {
    let mut under_the_mutex = 0;
    for comparisons in 0.. {
        let map = map(misses);
        let (before, locks) = (inside(&map), map.stats().locks);
        let compares = || operation(&map, Key(key));
        if !bangs_after(comparisons, Place::EqOfKeys, compares) {
            break;
        }
        under_the_mutex += usize::from(map.stats().locks > locks);
        let told = format!("operation {index}, key {key}, comparison {comparisons}");
        assert_eq!(inside(&map), before, "{told}");
    }
    under_the_mutex
}
