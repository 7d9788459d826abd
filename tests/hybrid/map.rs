//! What is `HybridMap`'s own: which keys are hot, and what of it a thread by itself
//! can see. What several threads make of it is for `tests/loom/hybrid.rs`, and what
//! it shares with the other maps for `tests/concurrent_map/`.

use crate::same_hash::Same;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HotOrCold, HybridMap};
use std::hash::{BuildHasher, BuildHasherDefault};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

type Map = HybridMap<u32, u32>;

#[test]
fn a_key_is_hot_from_its_declaration_until_its_removal() {
    let map = Map::from([(1, 10), (2, 20)]);
    assert!(!map.is_hot(&1));
    assert!(map.declare_hot(&1) && map.declare_hot(&1));
    assert!(map.is_hot(&1) && !map.is_hot(&2));
    map.insert(1, 11);
    map.modify(&1, |n| n + 1);
    assert!(map.is_hot(&1));
    assert!(matches!(map.remove(&1), Some(HotOrCold::Hot(old)) if *old == 12));
    map.insert(1, 13);
    assert!(!map.is_hot(&1));
    assert_eq!((map.len(), map.hot_len()), (2, 0));
}

#[test]
fn an_absent_key_cannot_be_declared_hot() {
    let map = Map::new();
    assert!(!map.declare_hot(&1));
    map.insert(1, 10);
    assert!(!map.is_hot(&1));
}

#[test]
fn a_key_that_was_hot_before_can_be_hot_again() {
    let map = Map::from([(1, 10)]);
    for round in 0..5 {
        assert!(map.declare_hot(&1));
        assert_eq!(map.get_cloned(&1), Some(10 + round));
        map.remove(&1);
        map.insert(1, 11 + round);
    }
}

#[test]
fn many_keys_become_hot_together() {
    let map: Map = (0..100).map(|n| (n, n)).collect();
    assert_eq!(map.declare_all_hot(&[1, 2, 3, 200]), 3);
    assert_eq!((map.hot_len(), map.len()), (3, 100));
}

/// The first of the two leaves the tombstone of the second out of the dirty map.
#[test]
fn a_key_that_was_hot_before_becomes_hot_again_after_another() {
    let map = Map::from([(1, 10), (2, 20), (3, 30)]);
    map.declare_all_hot(&[1, 3]);
    map.remove(&1);
    map.insert(1, 11);
    assert_eq!(map.declare_all_hot(&[2, 1]), 2);
    let seen: Vec<_> = (1..4).filter_map(|key| map.get_cloned(&key)).collect();
    assert_eq!((seen, map.hot_len()), (vec![11, 20, 30], 3));
}

#[test]
fn an_insertion_may_be_hot_from_the_start() {
    let map = Map::from([(1, 10)]);
    assert!(matches!(map.insert_hot(1, 11), Some(HotOrCold::Cold(10))));
    assert!(matches!(map.insert_hot(1, 12), Some(HotOrCold::Hot(old)) if *old == 11));
    assert!(map.insert_hot(2, 20).is_none());
    assert_eq!((map.hot_len(), map.len()), (2, 2));
}

#[test]
fn a_key_becomes_hot_after_so_many_reads_without_a_write() {
    let map = Map::new().promote_after(3);
    map.insert(1, 10);
    for _ in 0..2 {
        map.contains_key(&1);
        map.get_cloned(&1);
        map.modify(&1, |n| n + 1);
        assert!(!map.is_hot(&1));
    }
    map.contains_key(&1);
    map.get_cloned(&1);
    assert!(!map.is_hot(&1));
    map.get_with_or_insert(1, || 0, |_| ());
    assert!(map.is_hot(&1));
}

/// A move costs a copy of the hot map's table. One for each key would be quadratic:
/// half a million entries copied for these.
#[test]
fn the_more_are_hot_the_more_keys_become_hot_together() {
    let map = Map::new().promote_after(2);
    for key in 0..1_000 {
        map.insert(key, 0);
        map.contains_key(&key);
        map.contains_key(&key);
    }
    let hot = map.hot_len();
    assert!((800..1_000).contains(&hot), "{hot} of 1,000 are hot");
    let one_by_one: Vec<_> = (0..1_000).map(|key| map.is_hot(&key)).collect();
    let changes = one_by_one.windows(2).filter(|two| two[0] != two[1]);
    assert_eq!(
        changes.count(),
        1,
        "the first ones are hot, the last ones wait"
    );
}

#[test]
fn a_key_that_goes_on_being_read_does_not_wait_for_others() {
    let map = Map::new().promote_after(2);
    (0..100).for_each(|key| drop(map.insert_hot(key, 0)));
    map.insert(100, 0);
    let reads = 2 * (1 + 100 / 8);
    (1..reads).for_each(|_| assert!(map.contains_key(&100) && !map.is_hot(&100)));
    map.contains_key(&100);
    assert!(map.is_hot(&100));
}

#[test]
fn a_key_that_was_written_to_while_it_waited_begins_anew() {
    let map = Map::new().promote_after(2);
    (0..8).for_each(|key| drop(map.insert_hot(key, 0)));
    map.insert(8, 0);
    map.insert(9, 0);
    (0..2).for_each(|_| assert!(map.contains_key(&8)));
    map.insert(8, 1);
    (0..2).for_each(|_| assert!(map.contains_key(&9)));
    assert!(map.is_hot(&9) && !map.is_hot(&8));
}

/// With 16 keys hot, three keys move together: two keys wait for a third. Then the 16
/// are removed, and each key is worth a move of its own.
#[test]
fn a_key_is_not_kept_waiting_by_hot_keys_that_have_gone() {
    let map = Map::new().promote_after(4);
    (0..16).for_each(|key| drop(map.insert_hot(key, 0)));
    (16..19).for_each(|key| drop(map.insert(key, 0)));
    read(&map, 16, 4);
    read(&map, 17, 4);
    assert_eq!(hot_ones(&map, 16..19), NONE);
    (0..16).for_each(|key| drop(map.remove(&key)));
    read(&map, 18, 3);
    assert_eq!(hot_ones(&map, 16..19), NONE);
    read(&map, 18, 1);
    assert_eq!(hot_ones(&map, 16..19), [16, 17, 18]);
}

/// Its number of reads is no multiple of 4 then.
#[test]
fn a_key_that_waits_moves_at_its_next_read_when_hot_keys_have_gone() {
    let map = Map::new().promote_after(4);
    (0..16).for_each(|key| drop(map.insert_hot(key, 0)));
    map.insert(16, 0);
    read(&map, 16, 5);
    (0..16).for_each(|key| drop(map.remove(&key)));
    assert_eq!(hot_ones(&map, 16..17), NONE);
    read(&map, 16, 1);
    assert_eq!(hot_ones(&map, 16..17), [16]);
}

/// The reads of key 1 come while a walk is on, and are refused a move; those of key 2
/// come after the walk.
#[test]
fn a_key_is_not_kept_waiting_by_a_walk_that_is_over() {
    let map = Map::from([(1, 0), (2, 0), (3, 0)]).promote_after(4);
    while_a_walk_is_on(&map, || {
        read(&map, 1, 5);
        assert_eq!(hot_ones(&map, 1..4), NONE);
    });
    read(&map, 2, 3);
    assert_eq!(hot_ones(&map, 1..4), NONE);
    read(&map, 2, 1);
    assert!(map.is_hot(&2));
    read(&map, 1, 1);
    assert_eq!(hot_ones(&map, 1..4), [1, 2]);
}

/// Three keys move together, or two of which one was read so often as two.
#[test]
fn a_key_that_is_read_twice_as_often_counts_twice() {
    let map = Map::new().promote_after(4);
    (0..16).for_each(|key| drop(map.insert_hot(key, 0)));
    (16..18).for_each(|key| drop(map.insert(key, 0)));
    read(&map, 16, 8);
    read(&map, 17, 3);
    assert_eq!(hot_ones(&map, 16..18), NONE);
    read(&map, 17, 1);
    assert_eq!(hot_ones(&map, 16..18), [16, 17]);
}

/// What waits is a hash. Key 1 was refused a move by a walk, so both keys are due.
#[test]
fn a_key_that_is_due_moves_also_if_another_has_its_hash() {
    for first_in in [1, 2] {
        let map = HybridMap::with_hasher(BuildHasherDefault::<Same>::default()).promote_after(4);
        map.insert(first_in, 0);
        map.insert(3 - first_in, 0);
        while_a_walk_is_on(&map, || read(&map, 1, 4));
        read(&map, 2, 4);
        assert!(map.is_hot(&2), "{first_in} was inserted first");
    }
}

fn read<S: BuildHasher>(map: &HybridMap<u32, u32, S>, key: u32, times: u32) {
    (0..times).for_each(|_| assert!(map.contains_key(&key)));
}

/// No key is hot.
const NONE: [u32; 0] = [];

fn hot_ones(map: &Map, keys: Range<u32>) -> Vec<u32> {
    keys.filter(|key| map.is_hot(key)).collect()
}

/// Calls `act` once, on another thread, while a walk over the map is on.
fn while_a_walk_is_on<S: BuildHasher + Sync>(map: &HybridMap<u32, u32, S>, act: impl Fn() + Sync) {
    let stopped = map.for_each(|_, _| {
        thread::scope(|scope| scope.spawn(&act).join().expect("it does not panic"));
        ControlFlow::Break(())
    });
    assert!(stopped.is_break(), "the map was empty");
}

#[test]
fn nothing_becomes_hot_by_itself_unless_asked_for() {
    let map = Map::from([(1, 10)]);
    (0..1_000).for_each(|_| assert!(map.contains_key(&1)));
    assert!(!map.is_hot(&1));
}

/// The walk visits the cold keys before the hot ones.
#[test]
fn a_key_that_comes_back_cold_is_not_visited_twice() {
    let map: Map = (0..2).map(|n| (n, n)).collect();
    map.declare_hot(&0);
    let (ask, asked) = mpsc::channel();
    let (answer, answered) = mpsc::channel();
    thread::scope(|scope| {
        let map = &map;
        scope.spawn(move || {
            asked.recv().expect("the walk asks");
            map.remove(&0);
            map.insert(0, 7);
            answer.send(()).expect("the walk waits");
        });
        let mut visited = Vec::new();
        let _ = map.for_each(|key, _| {
            // The hot key is taken out, and comes back, while the walk stands at
            // the first one it visits that is not in the way of that.
            if *key == 0 && visited.is_empty() {
                ask.send(()).expect("somebody listens");
                answered.recv().expect("it is done");
            }
            visited.push(*key);
            ControlFlow::<()>::Continue(())
        });
        if visited.first() == Some(&1) {
            ask.send(()).expect("somebody listens");
        }
        visited.sort_unstable();
        assert_eq!(visited, [0, 1]);
    });
}

/// A reader of a hot key waits for nobody, whatever is locked.
#[test]
fn reads_of_hot_keys_take_no_lock() {
    let map: Map = (0..100).map(|n| (n, n)).collect();
    map.declare_hot(&1);
    let mut seen = None;
    // The closure runs while a shard is locked for writing, and all moves wait.
    map.retain(|_, _| {
        if seen.is_none() {
            let read = || (map.get_cloned(&1), map.modify(&1, |n| n + 1));
            seen = thread::scope(|scope| scope.spawn(read).join().ok());
        }
        true
    });
    assert_eq!(seen, Some((Some(1), true)));
}

#[test]
fn a_clone_keeps_what_is_hot_and_the_rule() {
    let map = Map::from([(1, 10), (2, 20)]).promote_after(1);
    map.declare_hot(&1);
    let clone = map.clone();
    assert!(clone.is_hot(&1) && !clone.is_hot(&2));
    clone.contains_key(&2);
    assert!(clone.is_hot(&2) && !map.is_hot(&2));
}

/// As in a `SyncMap`; those of cold keys go at once.
#[test]
fn values_of_hot_keys_live_as_long_as_somebody_may_read_them() {
    struct Loud(Arc<AtomicUsize>);

    impl Drop for Loud {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let dropped = Arc::new(AtomicUsize::new(0));
    let loud = || Loud(Arc::clone(&dropped));
    let map = HybridMap::new();
    map.insert(1, loud());
    drop(map.insert(1, loud()));
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    map.declare_hot(&1);
    let held = map.remove(&1);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    drop(held);
    while !SyncMap::<(), ()>::new().flush() {}
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
}

/// The table of the hot map is renewed whenever a key has become hot: it has no room
/// for removed keys then, and a look for a cold key takes no lock of the hot map.
#[test]
fn removed_hot_keys_are_dropped_after_the_next_one_becomes_hot() {
    type Way = fn(&HybridMap<Arc<u32>, u32>, &Arc<u32>);
    let ways: [Way; 4] = [
        |map, key| assert!(map.declare_hot(key)),
        |map, key| assert_eq!(map.declare_all_hot([key]), 1),
        |map, key| drop(map.insert_hot(Arc::clone(key), 1)),
        |map, key| assert!(map.contains_key(key) && map.contains_key(key)),
    ];
    for (place, way) in ways.into_iter().enumerate() {
        let map = HybridMap::new().promote_after(2);
        let (removed, next) = (Arc::new(1), Arc::new(2));
        // So many that a look-up or two would not renew the table.
        (10..17).for_each(|key| drop(map.insert_hot(Arc::new(key), 0)));
        map.insert_hot(Arc::clone(&removed), 0);
        drop(map.remove(&removed));
        map.insert(Arc::clone(&next), 0);
        way(&map, &next);
        while !SyncMap::<(), ()>::new().flush() {}
        assert_eq!(Arc::strong_count(&removed), 1, "way {place}");
        assert!(map.is_hot(&next), "way {place}");
    }
}

#[test]
fn what_left_the_map_shows_itself_as_its_value() {
    let map = Map::from([(1, 10), (2, 20)]);
    map.declare_hot(&1);
    let (hot, cold) = (map.remove(&1), map.remove(&2));
    assert_eq!(format!("{hot:?} {cold:?}"), "Some(10) Some(20)");
}
