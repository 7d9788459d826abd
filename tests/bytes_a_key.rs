//! What the copy of a table takes, in bytes: one address and one byte for each
//! bucket. Where no key was ever removed there are 8 to 16 buckets for 7 keys. On a
//! 64-bit machine that is 10 to 21 bytes a key. And what an element of a set takes.
#![cfg(not(any(counted, loom)))]

#[path = "common/bytes.rs"]
mod bytes;

use readmostly::{SyncMap, SyncSet};

/// An address, and a byte of the hash.
const A_BUCKET: usize = size_of::<usize>() + 1;

/// The new key's entry, and the end of the table.
const BESIDES: isize = 512;

/// What the first new key takes in a promoted map of so many keys: the median of several
/// maps, as the test harness allocates and frees on a thread of its own meanwhile.
fn taken_by_a_new_key(keys: u32) -> isize {
    let mut taken = [(); 9].map(|()| taken_once(keys));
    taken.sort_unstable();
    taken[4]
}

fn taken_once(keys: u32) -> isize {
    let map = SyncMap::new();
    (0..keys).for_each(|key| drop(map.insert(key, ())));
    map.compact();
    let before = bytes::restart_peak();
    map.insert(keys, ());
    assert_eq!(map.stats().copied_entries, u64::from(keys));
    bytes::peak() - before
}

/// One test, as the bytes of all threads are counted together.
#[test]
fn what_a_key_takes() {
    a_copy_takes_8_to_16_buckets_for_7_keys();
    an_element_costs_its_entry_and_nothing_for_a_value();
}

fn a_copy_takes_8_to_16_buckets_for_7_keys() {
    // A table has room for 7 keys in 8 buckets, and its buckets are a power of two.
    let full = 7 << 10;
    for keys in [full - 1, full, full + 1, 3 * full / 2, 2 * full - 1] {
        let taken = taken_by_a_new_key(keys);
        let keys = keys as isize;
        let least = keys * 8 * A_BUCKET as isize / 7;
        let most = keys * 16 * A_BUCKET as isize / 7;
        let range = least..=most + BESIDES;
        assert!(range.contains(&taken), "{taken} bytes for {keys} keys");
    }
    // Both ends are reached.
    let per_key = |keys: u32| taken_by_a_new_key(keys) as f64 / f64::from(keys);
    let (least, most) = (A_BUCKET as f64 * 8.0 / 7.0, A_BUCKET as f64 * 16.0 / 7.0);
    assert!((per_key(full - 1) - least).abs() < 0.1);
    assert!((per_key(full) - most).abs() < 0.1);
}

fn an_element_costs_its_entry_and_nothing_for_a_value() {
    /// What a new key allocates where no table has to grow: the entry. Most calls are so.
    fn entry(insert: impl Fn(usize) -> bool) -> isize {
        let mut costs = [0; 99];
        for (key, cost) in costs.iter_mut().enumerate() {
            let before = bytes::restart_peak();
            assert!(insert(key));
            *cost = bytes::peak() - before;
        }
        costs.sort_unstable();
        costs[49]
    }
    let set = SyncSet::new();
    let map = SyncMap::new();
    let element = entry(|key| set.insert(key));
    let pair = entry(|key| map.insert(key, key).is_none());
    // A value is one word, in its entry. Nothing else differs.
    assert_eq!(pair - element, size_of::<usize>() as isize);
    assert_eq!(size_of_val(&set), size_of_val(&map));
}
