//! Parallel iterators, and parallel filling. With the feature `rayon`.
#![cfg(not(any(counted, loom)))]

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator,
};
use readmostly::{SyncMap, SyncSet};

type Map = SyncMap<u64, u64>;

/// More than a few blocks.
const KEYS: u64 = 10_000;

fn filled() -> Map {
    (0..KEYS).map(|n| (n, 2 * n)).collect()
}

#[test]
fn the_parallel_iterators_of_a_handle_show_what_is_present() {
    let map = filled();
    map.remove(&0);
    map.insert(KEYS, 2 * KEYS);
    let pinned = map.pin();
    let pairs: u64 = pinned.par_iter().map(|(key, value)| value - key).sum();
    let sum = (1..=KEYS).sum::<u64>();
    assert_eq!(pairs, sum);
    assert_eq!(pinned.par_keys().sum::<u64>(), sum);
    assert_eq!(pinned.par_values().sum::<u64>(), 2 * sum);
    assert_eq!((&pinned).into_par_iter().len() as u64, KEYS);
    assert_eq!(Map::new().pin().par_iter().count(), 0);
}

#[test]
fn workers_may_write_to_the_map_that_they_walk_over() {
    let map = filled();
    let pinned = map.pin();
    pinned.par_iter().for_each(|(key, value)| {
        map.insert(*key, value + 1);
        map.insert(key + KEYS, 0);
        // What the handle protects is still there.
        assert_eq!(*value, 2 * key);
    });
    assert_eq!(map.len() as u64, 2 * KEYS);
    assert_eq!(map.get_cloned(&7), Some(15));
}

#[test]
fn a_map_gives_its_pairs_to_workers_by_value() {
    let map = filled();
    map.remove(&1);
    let mut pairs: Vec<_> = map.into_par_iter().collect();
    pairs.sort_unstable();
    assert_eq!(pairs.len() as u64, KEYS - 1);
    assert_eq!(pairs[1], (2, 4));
}

#[test]
fn pairs_of_all_workers_arrive_each_once() {
    let pairs = || (0..KEYS).into_par_iter().map(|n| (n, 2 * n));
    let collected: Map = pairs().collect();
    assert_eq!(collected, filled());
    let stats = collected.stats();
    assert_eq!(stats.dirty_entries, 0, "it is promoted");

    let mut map = Map::from([(1, 0), (KEYS, 0)]);
    map.par_extend(pairs());
    assert_eq!(map.remove_mut(&KEYS), Some(0));
    (&map).par_extend(pairs());
    assert_eq!(map, collected);
}

/// The mutex is taken for a block, not for a pair.
#[test]
fn workers_insert_their_pairs_in_blocks() {
    let map = Map::new();
    (&map).par_extend(
        (0..KEYS as u32)
            .into_par_iter()
            .with_min_len(1_000)
            .map(|n| (u64::from(n), 0)),
    );
    // At the most ten parts, each with a last block that is not full.
    let locks = map.stats().locks;
    assert!(locks <= KEYS / 256 + 2 * 10, "{locks} locks");
    assert_eq!(map.len() as u64, KEYS);
}

#[test]
fn a_set_is_filled_and_read_by_workers() {
    let set: SyncSet<u32> = (0..10_000_u32).into_par_iter().map(|n| n % 5_000).collect();
    assert_eq!(set.len(), 5_000);
    assert_eq!(
        set.pin().par_iter().map(|n| u64::from(*n)).sum::<u64>(),
        4_999 * 2_500
    );
    let mut more = set.clone();
    more.par_extend(4_000..6_000_u32);
    assert_eq!(more.len(), 6_000);
}
