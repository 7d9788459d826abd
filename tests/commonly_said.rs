//! What is commonly said about `sync.Map`, and what is so: one test for each row of
//! `docs/10-commonly-said.md` that is about the algorithm. Each test has the truth as its name.
//! Rows about Go's own history are checked by `tests/book/gos_source.py`.
//!
//! `tests/book/turned_round.py` turns each assertion round, one at a time, and demands that its
//! test then fails.
//!
//! A map is written as in the book: `read{a:1 b:nil c:X}+ dirty{a:1 d:4} 2`. `X` is expunged,
//! `+` is amended, and the number behind `dirty` is that of the misses.
#![cfg(not(any(counted, loom)))]

use readmostly::{EntryState, SyncMap};
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

type Map = SyncMap<&'static str, i32>;
type Numbers = SyncMap<u32, u32>;

/// A map whose keys are all in the read snapshot, without a dirty map.
fn known<const N: usize>(pairs: [(&'static str, i32); N]) -> Map {
    let map = SyncMap::from(pairs);
    map.compact();
    map
}

/// The same, with the keys 0 to `keys - 1`.
fn numbers(keys: u32) -> Numbers {
    let map: Numbers = (0..keys).map(|n| (n, n)).collect();
    map.compact();
    map
}

/// The inside of the map as one line.
fn inside(map: &Map) -> String {
    let look = map.inspect();
    let amended = if look.amended { "+" } else { "" };
    let mut line = format!("read{{{}}}{amended}", entries(look.read));
    if let Some(dirty) = look.dirty {
        line += &format!(" dirty{{{}}} {}", entries(dirty), look.misses);
    }
    line
}

fn entries(mut entries: Vec<(&'static str, EntryState<i32>)>) -> String {
    entries.sort_by_key(|(key, _)| *key);
    let entries = entries.into_iter().map(|(key, state)| match state {
        EntryState::Value(value) => format!("{key}:{value}"),
        EntryState::Nil => format!("{key}:nil"),
        EntryState::Expunged => format!("{key}:X"),
    });
    entries.collect::<Vec<_>>().join(" ")
}

fn locks<K, V>(map: &SyncMap<K, V>) -> u64 {
    map.stats().locks
}

/// The keys that a walk visits, sorted.
fn walk(map: &Map) -> Vec<&'static str> {
    let mut keys = Vec::new();
    let _: ControlFlow<()> = map.for_each(|key, _| {
        keys.push(*key);
        ControlFlow::Continue(())
    });
    keys.sort_unstable();
    keys
}

#[test]
fn a_store_to_a_known_key_takes_no_lock() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    map.remove("b");
    let before = locks(&map);
    for n in 0..1_000 {
        map.insert("a", n);
    }
    map.insert("b", 5);
    assert_eq!(locks(&map), before);
    // The one entry of a key is in both maps.
    assert_eq!(inside(&map), "read{a:999 b:5}+ dirty{a:999 b:5 c:3} 0");
}

#[test]
fn an_overwrite_copies_nothing() {
    let map = numbers(1_000);
    let before = map.stats().copied_entries;
    for n in 0..10_000 {
        map.insert(n % 1_000, n);
    }
    assert_eq!(map.stats().copied_entries, before);
    assert_eq!(map.inspect().dirty, None);
}

#[test]
fn a_store_never_promotes() {
    let map = Numbers::new();
    for n in 0..10_000 {
        map.insert(n, 0);
        map.insert(n, 1);
    }
    let stats = map.stats();
    assert_eq!((stats.misses, stats.promotions), (0, 0));
    assert_eq!((stats.read_entries, stats.dirty_entries), (0, 10_000));
}

#[test]
fn the_size_of_the_dirty_map_decides_nothing() {
    for size in [1, 100, 10_000] {
        let map = Numbers::new();
        (0..size).for_each(|n| drop(map.insert(n, 0)));
        let mut expected = map.stats();
        // An overwrite of a key that only the dirty map has: one lock, and nothing else.
        expected.locks += 1;
        map.insert(0, 1);
        assert_eq!(map.stats(), expected);
    }
}

#[test]
fn new_keys_of_all_threads_share_one_mutex() {
    let map = Numbers::new();
    // No two threads use the same key.
    let all = |use_keys: fn(&Numbers, u32)| {
        let before = locks(&map);
        thread::scope(|scope| {
            for own in 0..4 {
                let map = &map;
                scope.spawn(move || (0..1_000).for_each(|n| use_keys(map, own * 1_000 + n)));
            }
        });
        locks(&map) - before
    };
    let new = all(|map, key| drop(map.insert(key, 0)));
    assert_eq!(new, 4_000);
    map.compact();
    let known = all(|map, key| drop(map.insert(key, 1)));
    assert_eq!(known, 0);
}

#[test]
fn a_short_lived_key_takes_the_mutex_each_time() {
    let map = numbers(1_000);
    let before = map.stats();
    for key in 1_000..11_000 {
        map.insert(key, 0);
        map.remove(&key);
    }
    let after = map.stats();
    assert_eq!(after.locks - before.locks, 20_000);
    // Each removal is a miss, so each thousandth promotes, and the next new key copies.
    assert_eq!(after.copied_entries - before.copied_entries, 10 * 1_000);
}

#[test]
fn the_nth_of_n_misses_promotes() {
    for keys in 1..=50 {
        let map = Numbers::new();
        (0..keys).for_each(|n| drop(map.insert(n, 0)));
        let promotes = |_: &u32| {
            map.get(&0);
            map.stats().promotions == 1
        };
        assert_eq!((1..100).find(promotes), Some(keys));
    }
}

#[test]
fn a_promotion_allocates_no_dirty_map() {
    let map = Map::new();
    map.insert("a", 1);
    let before = map.stats();
    map.get("a");
    let after = map.stats();
    assert_eq!(after.promotions, before.promotions + 1);
    assert_eq!(after.rebuilds, before.rebuilds);
    assert_eq!(map.inspect().dirty, None);
}

#[test]
fn the_first_new_key_after_a_promotion_copies_every_entry() {
    let map = numbers(50_000);
    let copied = || map.stats().copied_entries;
    let before = copied();
    map.insert(50_000, 0);
    assert_eq!(copied() - before, 50_000);
    map.insert(50_001, 0);
    assert_eq!(copied() - before, 50_000);
}

#[test]
fn slow_readers_exclude_each_other() {
    /// How many threads compare keys at the same time.
    #[derive(Default)]
    struct Watch {
        on: AtomicBool,
        inside: AtomicUsize,
        most: AtomicUsize,
    }

    #[derive(Clone)]
    struct Watched(u32, Arc<Watch>);

    impl Hash for Watched {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    impl PartialEq for Watched {
        /// Waits for another thread to be in here too, but not for long.
        fn eq(&self, other: &Self) -> bool {
            let watch = &self.1;
            if watch.on.load(SeqCst) {
                let inside = watch.inside.fetch_add(1, SeqCst) + 1;
                watch.most.fetch_max(inside, SeqCst);
                let end = Instant::now() + Duration::from_millis(200);
                while watch.most.load(SeqCst) < 2 && Instant::now() < end {
                    thread::yield_now();
                }
                watch.inside.fetch_sub(1, SeqCst);
            }
            self.0 == other.0
        }
    }

    impl Eq for Watched {}

    let watch = Arc::new(Watch::default());
    let key = Watched(1, watch.clone());
    let map = SyncMap::new();
    for n in 1..=3 {
        map.insert(Watched(n, watch.clone()), n);
    }
    let before = locks(&map);
    watch.on.store(true, SeqCst);
    // Both readers find the key in the dirty map. There the keys are compared.
    let start = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                assert!(map.get(&key).is_some());
            });
        }
    });
    assert_eq!(locks(&map), before + 2);
    assert_eq!(watch.most.load(SeqCst), 1);
}

#[test]
fn a_miss_while_not_amended_takes_no_lock() {
    let map = known([("a", 1)]);
    let before = map.stats();
    for _ in 0..1_000 {
        map.get("nowhere");
        map.remove("nowhere");
    }
    assert_eq!(map.stats(), before);
}

#[test]
fn overwrites_of_known_keys_cause_no_miss() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    let before = map.stats();
    for n in 0..1_000 {
        map.insert("a", n);
        map.get("b");
    }
    assert_eq!(map.stats(), before);
}

#[test]
fn a_removal_makes_nil_not_expunged() {
    let map = known([("a", 1), ("b", 2)]);
    map.remove("a");
    assert_eq!(inside(&map), "read{a:nil b:2}");
    // The next new key expunges.
    map.insert("c", 3);
    assert_eq!(inside(&map), "read{a:X b:2}+ dirty{b:2 c:3} 0");
}

#[test]
fn a_removed_key_of_the_dirty_map_alone_is_gone_at_once() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    map.insert("d", 4);
    map.remove("c");
    assert_eq!(inside(&map), "read{a:1 b:2}+ dirty{a:1 b:2 d:4} 1");
}

#[test]
fn without_a_new_key_a_removed_key_stays() {
    let map = known([("a", 1), ("b", 2)]);
    map.remove("a");
    for n in 0..1_000 {
        map.get("a");
        map.insert("b", n);
        walk(&map);
    }
    assert_eq!(inside(&map), "read{a:nil b:999}");
    map.insert("c", 3);
    walk(&map);
    assert_eq!(inside(&map), "read{b:999 c:3}");
}

#[test]
fn a_walk_removes_nothing() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    map.remove("a");
    walk(&map);
    assert_eq!(inside(&map), "read{a:nil b:2 c:3}");
    walk(&map);
    assert_eq!(inside(&map), "read{a:nil b:2 c:3}");
}

#[test]
fn a_removed_key_comes_back_without_a_lock() {
    let map = known([("a", 1), ("b", 2)]);
    let before = map.stats();
    for _ in 0..1_000 {
        assert!(map.remove("a").is_some());
        assert!(map.insert("a", 1).is_none());
    }
    assert_eq!(map.stats(), before);
}

#[test]
fn f_may_call_the_map() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    let mut visited = BTreeSet::new();
    let _: ControlFlow<()> = map.for_each(|key, _| {
        // `f` holds no lock: another thread takes the mutex, and `f` waits for that thread.
        thread::scope(|scope| drop(scope.spawn(|| drop(map.insert("d", 4)))));
        map.remove(key);
        visited.insert(*key);
        ControlFlow::Continue(())
    });
    assert_eq!(visited, BTreeSet::from(["a", "b", "c"]));
    assert_eq!(walk(&map), ["d"]);
}

#[test]
fn a_walk_skips_nil_too() {
    let map = known([("a", 1), ("b", 2)]);
    map.remove("a");
    assert_eq!(inside(&map), "read{a:nil b:2}");
    assert_eq!(walk(&map), ["b"]);
}

#[test]
fn a_map_is_not_copied_by_value() {
    struct Probe<T>(PhantomData<T>);
    trait Otherwise {
        const IS_COPY: bool = false;
    }
    impl<T> Otherwise for Probe<T> {}
    // Where this constant exists, it goes before that of the trait.
    impl<T: Copy> Probe<T> {
        const IS_COPY: bool = true;
    }

    let copied = (Probe::<Map>::IS_COPY, Probe::<&Map>::IS_COPY);
    assert_eq!(copied, (false, true));
    // A clone is asked for by name, and is a map of its own.
    let map = known([("a", 1)]);
    map.clone().insert("a", 2);
    assert_eq!(inside(&map), "read{a:1}");
}

#[test]
fn only_a_new_key_builds_a_dirty_map() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("a", 3);
    map.remove("b");
    map.insert("b", 4);
    assert!(map.compare_exchange("a", &3, 5).is_ok());
    assert!(map.compare_remove("b", &4).is_some());
    map.remove("nowhere");
    assert_eq!(inside(&map), "read{a:5 b:nil}");
    map.insert("c", 6);
    assert_eq!(inside(&map), "read{a:5 b:X}+ dirty{a:5 c:6} 0");
}

#[test]
fn removals_and_exchanges_are_misses_too() {
    let map = Numbers::new();
    (0..100).for_each(|n| drop(map.insert(n, n)));
    assert_eq!(map.inspect().misses, 0);
    map.get(&1);
    map.remove(&2);
    assert!(map.try_insert(3, 0).is_err());
    assert!(map.compare_exchange(&4, &0, 1).is_err());
    assert!(map.compare_remove(&5, &5).is_some());
    assert_eq!(map.inspect().misses, 5);
}

#[test]
fn an_overwrite_of_a_new_key_is_no_miss() {
    let map = Map::new();
    map.insert("a", 1);
    let before = locks(&map);
    map.insert("a", 2);
    assert_eq!(locks(&map), before + 1);
    assert_eq!(inside(&map), "read{}+ dirty{a:2} 0");
}

#[test]
fn amended_stays_when_the_new_key_is_gone() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    map.remove("c");
    assert_eq!(inside(&map), "read{a:1 b:2}+ dirty{a:1 b:2} 1");
}

#[test]
fn a_nil_entry_may_be_in_neither_map() {
    let map = known([("a", 1), ("b", 2)]);
    map.insert("c", 3);
    let gone = map.remove("c").unwrap();
    // The entry is nil now, and still there: its key can be read.
    assert_eq!(*gone.key(), "c");
    assert_eq!(inside(&map), "read{a:1 b:2}+ dirty{a:1 b:2} 1");
}

#[test]
fn a_new_key_is_in_the_dirty_map_alone() {
    let map = known([("a", 1)]);
    map.insert("c", 3);
    assert_eq!(inside(&map), "read{a:1}+ dirty{a:1 c:3} 0");
}

#[test]
fn a_promotion_expunges_nothing() {
    let map = known([("a", 1)]);
    map.insert("c", 3);
    assert!(map.compare_remove("c", &3).is_some());
    assert_eq!(inside(&map), "read{a:1}+ dirty{a:1 c:nil} 1");
    map.get("c");
    assert_eq!(inside(&map), "read{a:1 c:nil}");
    map.insert("d", 4);
    assert_eq!(inside(&map), "read{a:1 c:X}+ dirty{a:1 d:4} 0");
}

#[test]
fn the_page_names_the_tests_of_this_file() {
    let page = include_str!("../docs/10-commonly-said.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("- Test: "));
    let named: Vec<_> = rows
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .collect();
    let this = include_str!("commonly_said.rs");
    let tests = this.split("\n#[test]\nfn ").skip(1);
    let mut tests: BTreeSet<_> = tests.filter_map(|test| test.split('(').next()).collect();
    assert!(tests.remove("the_page_names_the_tests_of_this_file"));
    assert_eq!(BTreeSet::from_iter(named.iter().copied()), tests);
    // Each of them once.
    assert_eq!(named.len(), tests.len());
}
