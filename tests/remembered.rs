//! What a thread remembers of a map it has read is never taken for another map.
#![cfg(not(loom))]

use readmostly::SyncMap;

/// More than a thread remembers, so that some forget each other.
const MAPS: usize = 100;

#[test]
fn two_maps_are_not_taken_for_each_other() {
    let maps: Vec<SyncMap<u32, usize>> = (0..MAPS).map(|n| SyncMap::from([(1, n)])).collect();
    for map in &maps {
        map.compact();
    }
    for _ in 0..3 {
        for (n, map) in maps.iter().enumerate() {
            assert_eq!(map.get(&1).as_deref(), Some(&n));
            assert_eq!(map.pin().get(&1), Some(&n));
        }
    }
}

/// A map keeps its number when it becomes empty.
#[test]
fn two_maps_that_were_empty_meanwhile_are_not_taken_for_each_other() {
    let maps: Vec<SyncMap<u32, usize>> = (0..MAPS).map(|n| SyncMap::from([(1, n)])).collect();
    for map in &maps {
        map.compact();
        map.clear();
        assert_eq!(map.len(), 0);
    }
    for (n, map) in maps.iter().enumerate() {
        map.insert(1, n);
        map.compact();
    }
    for _ in 0..3 {
        for (n, map) in maps.iter().enumerate() {
            assert_eq!(map.get(&1).as_deref(), Some(&n));
            assert_eq!(map.pin().get(&1), Some(&n));
        }
    }
}
