//! What Go tests of its `sync.Map`, by behaviour: `src/sync/map_test.go` of Go
//! 1.23.9, and the regression test that Go 1.27 added for golang/go#70970.
//!
//! | Go | here |
//! |---|---|
//! | `TestMapMatchesRWMutex` | [`it_matches_a_locked_map`] |
//! | `TestMapMatchesDeepCopy` | [`it_matches_a_map_copied_on_every_write`] |
//! | `TestConcurrentRange` | [`a_range_sees_every_key_once_while_values_change`], [`a_range_sees_every_resident_key_once_while_others_come_and_go`] |
//! | `TestIssue40999` | [`a_removed_key_is_freed_while_another_stays_in_the_dirty_map`], [`removed_keys_do_not_pile_up`] |
//! | `TestMapRangeNestedCall` | [`calls_inside_a_range_inside_a_range_see_each_other`] |
//! | `TestCompareAndSwap_NonExistingKey` | [`no_value_equals_the_absence_of_one`] |
//! | `TestMapRangeNoAllocations` | [`a_range_allocates_nothing`] |
//! | `TestMapClearNoAllocations` | [`a_clear_of_an_empty_map_allocates_nothing`] |
//! | `TestConcurrentClear` | [`a_clear_empties_the_map_whatever_else_runs`] |
//! | `TestConcurrentCache` (1.27) | [`an_exchange_and_a_removal_of_one_value_never_both_succeed`] |
//!
//! Where Go's generator leaves most of its comparisons without a match (it gives
//! a value to two kinds of operation only, and its keys seldom meet twice), ours
//! draws from a few keys and a few values, for every operation that takes one.
#![cfg(not(loom))]

#[path = "common/allocations.rs"]
mod allocations;
#[path = "common/cases.rs"]
mod cases;
#[path = "common/ledger.rs"]
mod ledger;
#[path = "common/watchdog.rs"]
mod watchdog;

use allocations::allocations;
use cases::cases;
use equivalent::Equivalent;
use ledger::{Ledger, Ticket};
use proptest::prelude::*;
use readmostly::SyncMap;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, RwLock};
use std::thread;
use std::time::Instant;
use watchdog::{PATIENCE, watched};

// One thread: the slow references.

type Key = &'static str;

const KEYS: [Key; 7] = ["", "a", "b", "aa", "ab", "ba", "bb"];

/// The operations of `sync.Map` as Go has them.
trait GoMap: Default {
    fn load(&self, k: Key) -> Option<u8>;
    fn store(&self, k: Key, v: u8);
    /// The value that is there afterwards, and whether it was there before.
    fn load_or_store(&self, k: Key, v: u8) -> (u8, bool);
    fn load_and_delete(&self, k: Key) -> Option<u8>;
    fn delete(&self, k: Key);
    fn swap(&self, k: Key, v: u8) -> Option<u8>;
    fn compare_and_swap(&self, k: Key, old: u8, new: u8) -> bool;
    fn compare_and_delete(&self, k: Key, old: u8) -> bool;
    fn range(&self) -> BTreeMap<Key, u8>;
    fn clear(&self);
    fn len(&self) -> usize;
}

impl GoMap for SyncMap<Key, u8> {
    fn load(&self, k: Key) -> Option<u8> {
        self.get(k).map(|value| *value)
    }

    fn store(&self, k: Key, v: u8) {
        self.insert(k, v);
    }

    fn load_or_store(&self, k: Key, v: u8) -> (u8, bool) {
        match self.try_insert(k, v) {
            Ok(stored) => (*stored, false),
            Err(refused) => (*refused.current, true),
        }
    }

    fn load_and_delete(&self, k: Key) -> Option<u8> {
        self.remove(k).map(|value| *value)
    }

    fn delete(&self, k: Key) {
        self.remove(k);
    }

    fn swap(&self, k: Key, v: u8) -> Option<u8> {
        self.insert(k, v).map(|value| *value)
    }

    fn compare_and_swap(&self, k: Key, old: u8, new: u8) -> bool {
        self.compare_exchange(k, &old, new).is_ok()
    }

    fn compare_and_delete(&self, k: Key, old: u8) -> bool {
        self.compare_remove(k, &old).is_some()
    }

    fn range(&self) -> BTreeMap<Key, u8> {
        let mut visited = BTreeMap::new();
        let _ = self.for_each(|&k, &v| {
            assert_eq!(visited.insert(k, v), None, "{k:?} was visited twice");
            ControlFlow::<()>::Continue(())
        });
        visited
    }

    fn clear(&self) {
        SyncMap::clear(self);
    }

    fn len(&self) -> usize {
        SyncMap::len(self)
    }
}

/// One lock for everything.
#[derive(Default)]
struct RwLockReference(RwLock<HashMap<Key, u8>>);

impl GoMap for RwLockReference {
    fn load(&self, k: Key) -> Option<u8> {
        self.0.read().unwrap().get(k).copied()
    }

    fn store(&self, k: Key, v: u8) {
        self.0.write().unwrap().insert(k, v);
    }

    fn load_or_store(&self, k: Key, v: u8) -> (u8, bool) {
        let mut map = self.0.write().unwrap();
        let loaded = map.contains_key(k);
        (*map.entry(k).or_insert(v), loaded)
    }

    fn load_and_delete(&self, k: Key) -> Option<u8> {
        self.0.write().unwrap().remove(k)
    }

    fn delete(&self, k: Key) {
        self.0.write().unwrap().remove(k);
    }

    fn swap(&self, k: Key, v: u8) -> Option<u8> {
        self.0.write().unwrap().insert(k, v)
    }

    fn compare_and_swap(&self, k: Key, old: u8, new: u8) -> bool {
        let mut map = self.0.write().unwrap();
        let equal = map.get(k) == Some(&old);
        if equal {
            map.insert(k, new);
        }
        equal
    }

    fn compare_and_delete(&self, k: Key, old: u8) -> bool {
        let mut map = self.0.write().unwrap();
        let equal = map.get(k) == Some(&old);
        if equal {
            map.remove(k);
        }
        equal
    }

    fn range(&self) -> BTreeMap<Key, u8> {
        self.0.read().unwrap().clone().into_iter().collect()
    }

    fn clear(&self) {
        self.0.write().unwrap().clear();
    }

    fn len(&self) -> usize {
        self.0.read().unwrap().len()
    }
}

/// A map that is never changed: every write publishes a changed copy.
#[derive(Default)]
struct DeepCopyReference(Mutex<Arc<BTreeMap<Key, u8>>>);

impl DeepCopyReference {
    fn current(&self) -> Arc<BTreeMap<Key, u8>> {
        Arc::clone(&self.0.lock().unwrap())
    }

    /// `change` says whether it changed anything: if not, its copy is dropped.
    fn copied<T>(&self, change: impl FnOnce(&mut BTreeMap<Key, u8>) -> (T, bool)) -> T {
        let mut current = self.0.lock().unwrap();
        let mut copy = BTreeMap::clone(&current);
        let (outcome, changed) = change(&mut copy);
        if changed {
            *current = Arc::new(copy);
        }
        outcome
    }
}

impl GoMap for DeepCopyReference {
    fn load(&self, k: Key) -> Option<u8> {
        self.current().get(k).copied()
    }

    fn store(&self, k: Key, v: u8) {
        self.swap(k, v);
    }

    fn load_or_store(&self, k: Key, v: u8) -> (u8, bool) {
        self.copied(|map| match map.get(k) {
            Some(&there) => ((there, true), false),
            None => {
                map.insert(k, v);
                ((v, false), true)
            }
        })
    }

    fn load_and_delete(&self, k: Key) -> Option<u8> {
        self.copied(|map| (map.remove(k), true))
    }

    fn delete(&self, k: Key) {
        self.load_and_delete(k);
    }

    fn swap(&self, k: Key, v: u8) -> Option<u8> {
        self.copied(|map| (map.insert(k, v), true))
    }

    fn compare_and_swap(&self, k: Key, old: u8, new: u8) -> bool {
        self.copied(|map| {
            let before = map.insert(k, new);
            (before == Some(old), before == Some(old))
        })
    }

    fn compare_and_delete(&self, k: Key, old: u8) -> bool {
        self.copied(|map| {
            let before = map.remove(k);
            (before == Some(old), before == Some(old))
        })
    }

    fn range(&self) -> BTreeMap<Key, u8> {
        BTreeMap::clone(&self.current())
    }

    fn clear(&self) {
        self.copied(|map| {
            map.clear();
            ((), true)
        });
    }

    fn len(&self) -> usize {
        self.current().len()
    }
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Load(Key),
    Store(Key, u8),
    LoadOrStore(Key, u8),
    LoadAndDelete(Key),
    Delete(Key),
    Swap(Key, u8),
    CompareAndSwap(Key, u8, u8),
    CompareAndDelete(Key, u8),
    Range,
    Clear,
}

impl Call {
    /// The answer, as text.
    fn apply(self, map: &impl GoMap) -> String {
        match self {
            Self::Load(k) => format!("{:?}", map.load(k)),
            Self::Store(k, v) => format!("{:?}", map.store(k, v)),
            Self::LoadOrStore(k, v) => format!("{:?}", map.load_or_store(k, v)),
            Self::LoadAndDelete(k) => format!("{:?}", map.load_and_delete(k)),
            Self::Delete(k) => format!("{:?}", map.delete(k)),
            Self::Swap(k, v) => format!("{:?}", map.swap(k, v)),
            Self::CompareAndSwap(k, old, new) => format!("{}", map.compare_and_swap(k, old, new)),
            Self::CompareAndDelete(k, old) => format!("{}", map.compare_and_delete(k, old)),
            Self::Range => format!("{:?}", map.range()),
            Self::Clear => format!("{:?}", map.clear()),
        }
    }
}

/// Up to 200 calls on 7 keys with 4 values.
fn calls() -> impl Strategy<Value = Vec<Call>> {
    let k = || prop::sample::select(&KEYS[..]);
    let v = || 0..4_u8;
    let call = prop_oneof![
        8 => k().prop_map(Call::Load),
        8 => (k(), v()).prop_map(|(k, v)| Call::Store(k, v)),
        8 => (k(), v()).prop_map(|(k, v)| Call::LoadOrStore(k, v)),
        8 => k().prop_map(Call::LoadAndDelete),
        8 => k().prop_map(Call::Delete),
        8 => (k(), v()).prop_map(|(k, v)| Call::Swap(k, v)),
        8 => (k(), v(), v()).prop_map(|(k, old, new)| Call::CompareAndSwap(k, old, new)),
        8 => (k(), v()).prop_map(|(k, old)| Call::CompareAndDelete(k, old)),
        2 => Just(Call::Range),
        1 => Just(Call::Clear),
    ];
    prop::collection::vec(call, 1..200)
}

/// Every answer with the length after it, and what is in the map at the end.
fn run<M: GoMap>(calls: &[Call]) -> (Vec<(String, usize)>, BTreeMap<Key, u8>) {
    let map = M::default();
    let answers = calls.iter().map(|call| (call.apply(&map), map.len()));
    (answers.collect(), map.range())
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn it_matches_a_locked_map(calls in calls()) {
        prop_assert_eq!(run::<SyncMap<Key, u8>>(&calls), run::<RwLockReference>(&calls));
    }

    #[test]
    fn it_matches_a_map_copied_on_every_write(calls in calls()) {
        prop_assert_eq!(run::<SyncMap<Key, u8>>(&calls), run::<DeepCopyReference>(&calls));
    }
}

/// golang/go#51972: in Go, where any value can be nil, a comparison with nil must
/// not take an absent key for one that holds nil.
#[test]
fn no_value_equals_the_absence_of_one() {
    let map: SyncMap<Key, Option<u8>> = SyncMap::new();
    let refuses = |place: &str| {
        let refused = map.compare_exchange("a", &None, Some(42));
        let refused = refused.expect_err(place);
        assert_eq!(
            (refused.current.as_deref(), refused.new),
            (None, Some(42)),
            "{place}"
        );
        assert!(map.compare_remove("a", &None).is_none(), "{place}");
    };
    refuses("a new map");
    map.insert("a", Some(1));
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    map.remove("a");
    refuses("deleted");
    map.insert("b", Some(1));
    refuses("expunged");
    map.insert("c", Some(1));
    map.insert("d", Some(1));
    assert!(map.get("e").is_none() && map.stats().misses > 0, "amended");
    refuses("expunged, and other keys in the dirty map alone");
    assert_eq!(map.len(), 3);
}

// A range and what runs inside it or beside it.

/// golang/go#46399. A failure by time means that a lock is held while the user's
/// code runs, so that the test waits for itself.
#[test]
fn calls_inside_a_range_inside_a_range_see_each_other() {
    watched(|| {
        let map = SyncMap::new();
        for (k, v) in ["hello", "world", "Go"].into_iter().enumerate() {
            map.insert(k, v);
        }
        let (mut outer, mut inner) = (0, 0);
        let _ = map.for_each(|key, _| {
            outer += 1;
            let _ = map.for_each(|key, value| {
                inner += 1;
                assert_eq!(map.get(key).as_deref(), Some(value), "the key just offered");
                assert!(map.try_insert(42, "dummy").is_ok(), "42 was there");
                map.insert(42, "sync.Map");
                assert_eq!(map.remove(&42).as_deref(), Some(&"sync.Map"));
                ControlFlow::<()>::Continue(())
            });
            map.remove(key);
            ControlFlow::<()>::Continue(())
        });
        // The inner ranges found 3, 2 and 1 keys: 42 was never left behind.
        assert_eq!((outer, inner), (3, 6));
        assert!(
            map.for_each(|&key, _| ControlFlow::Break(key))
                .is_continue()
        );
        assert_eq!(map.len(), 0);
    });
}

/// Tells the other threads that it is over, also if an assertion ended it.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const RESIDENTS: u64 = if cfg!(miri) { 16 } else { 1_024 };
const RANGES: usize = if cfg!(miri) { 8 } else { 1_024 };

/// One range over a map whose values are multiples of their keys. A key that
/// comes twice is one that two entries have; a value that belongs to another key
/// is one that was freed and used again.
fn multiples(map: &SyncMap<u64, u64>) -> BTreeMap<u64, u64> {
    let mut seen = BTreeMap::new();
    let _ = map.for_each(|&key, &value| {
        assert_eq!(
            value % key,
            0,
            "key {key} has a value of another key: {value}"
        );
        assert_eq!(seen.insert(key, value), None, "key {key} was visited twice");
        ControlFlow::<()>::Continue(())
    });
    seen
}

/// Writes multiples of `factor` to some of the residents and reads the others,
/// until told to stop. Counts its rounds.
fn write_and_read(map: &SyncMap<u64, u64>, factor: u64, stop: &AtomicBool, rounds: &AtomicUsize) {
    for round in 0.. {
        for key in 1..=RESIDENTS {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if (key + round) % 64 == 0 {
                map.insert(key, key * factor * round);
            } else {
                assert_eq!(
                    map.get(&key).map(|value| *value % key),
                    Some(0),
                    "key {key}"
                );
            }
        }
        rounds.fetch_add(1, Ordering::Relaxed);
    }
}

/// A failure means that a range misses a key that is there all the time, or that
/// a reader gets at a value after its memory was used again.
#[test]
fn a_range_sees_every_key_once_while_values_change() {
    let map = SyncMap::from_iter((1..=RESIDENTS).map(|key| (key, key)));
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let rounds: Vec<_> = (0..cores).map(|_| AtomicUsize::new(0)).collect();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        let (map, stop) = (&map, &stop);
        for (factor, rounds) in (1..).zip(&rounds) {
            scope.spawn(move || write_and_read(map, factor, stop, rounds));
        }
        let begun = Instant::now();
        let (mut ranges, mut changed) = (0, false);
        let all_wrote = || {
            rounds
                .iter()
                .all(|rounds| rounds.load(Ordering::Relaxed) > 0)
        };
        while ranges < RANGES || !changed || !all_wrote() {
            let seen = multiples(map);
            assert!(
                seen.keys().copied().eq(1..=RESIDENTS),
                "a key is missing: {seen:?}"
            );
            changed |= seen.iter().any(|(key, value)| key != value);
            ranges += 1;
            assert!(begun.elapsed() < PATIENCE, "no writer wrote anything");
        }
    });
}

/// The same with keys that come and go, so that promotions, rebuilds and
/// tombstones pass under the ranges. A failure means that one of them loses a
/// key, or shows it twice.
#[test]
fn a_range_sees_every_resident_key_once_while_others_come_and_go() {
    let map = SyncMap::from_iter((1..=RESIDENTS).map(|key| (key, key)));
    let rounds = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let come_and_go = || {
        for key in (RESIDENTS + 1..=RESIDENTS + 50).cycle() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            map.insert(key, key * 2);
            map.remove(&(key - 3).max(RESIDENTS + 1));
        }
    };
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| write_and_read(&map, 3, &stop, &rounds));
        scope.spawn(come_and_go);
        let begun = Instant::now();
        let (mut ranges, mut visitors) = (0, BTreeSet::new());
        let stirred = || {
            let stats = map.stats();
            stats.expunges > 0 && stats.promotions > 3 && rounds.load(Ordering::Relaxed) > 0
        };
        while ranges < RANGES || visitors.len() < 10 || !stirred() {
            let mut seen = multiples(&map);
            visitors.extend(seen.split_off(&(RESIDENTS + 1)).into_keys());
            assert!(
                seen.keys().copied().eq(1..=RESIDENTS),
                "a key is missing: {seen:?}"
            );
            ranges += 1;
            assert!(
                begun.elapsed() < PATIENCE,
                "too little happened: {:?}",
                map.stats()
            );
        }
    });
    assert_eq!(map.len(), multiples(&map).len());
}

// Allocations of this thread.

/// What `f` allocates, by the best of many calls: now and then a pin also does
/// some of the epoch's work, for other threads too, and that may allocate.
fn fewest_allocations(f: impl Fn()) -> usize {
    (0..100).map(|_| allocations(&f)).min().unwrap_or_default()
}

#[test]
fn allocations_are_counted() {
    assert_eq!(
        fewest_allocations(|| drop(std::hint::black_box(Box::new(1)))),
        1
    );
    let (map, next) = (SyncMap::new(), Cell::new(0));
    let two_new_keys = || {
        map.insert(next.replace(next.get() + 1), 0);
        map.insert(next.replace(next.get() + 1), 0);
    };
    assert!(fewest_allocations(two_new_keys) >= 2, "an entry each");
}

/// golang/go#62404.
#[test]
fn a_range_allocates_nothing() {
    let map = SyncMap::new();
    let range = || {
        let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
        assert_eq!(map.pin().iter().count(), map.len());
    };
    assert_eq!(fewest_allocations(range), 0, "of a new map");
    (&map).extend((0..100).map(|n| (n, n)));
    map.compact();
    assert_eq!(
        fewest_allocations(range),
        0,
        "of a map of which nothing waits for promotion"
    );
    map.remove(&0);
    assert_eq!(fewest_allocations(range), 0, "past a tombstone");
    map.clear();
    assert_eq!(fewest_allocations(range), 0, "of a map that was cleared");
}

#[test]
fn a_clear_of_an_empty_map_allocates_nothing() {
    let map = SyncMap::new();
    assert_eq!(fewest_allocations(|| map.clear()), 0, "of a new map");
    map.insert("a", 1);
    map.clear();
    assert_eq!(
        fewest_allocations(|| map.clear()),
        0,
        "of a map that was cleared"
    );
    assert_eq!(map.stats().locks, 2, "and it takes no lock");
}

// Threads.

const CLEARED: u64 = 100;

/// A failure means that a clear leaves one of the two maps behind, or that the
/// count and the keys part company.
#[test]
fn a_clear_empties_the_map_whatever_else_runs() {
    let (mut hits, mut misses) = (0, 0);
    let begun = Instant::now();
    let mut rounds = 0;
    while rounds < 20 || hits == 0 || misses == 0 {
        let map = SyncMap::new();
        let start = Barrier::new(30);
        let store = |k: u64| {
            start.wait();
            for n in k..k + CLEARED {
                map.insert(n % CLEARED, n % CLEARED * 10);
                if n % 4 == 0 {
                    map.remove(&((n + 50) % CLEARED));
                }
            }
        };
        let load = |k: u64| {
            start.wait();
            let keys = (k..k + CLEARED).map(|n| n % CLEARED);
            let found = keys.filter_map(|k| Some((k, map.get_cloned(&k)?)));
            found.inspect(|(k, v)| assert_eq!(k * 10, *v)).count()
        };
        let clear = || {
            start.wait();
            map.clear();
        };
        thread::scope(|scope| {
            let loads: Vec<_> = (0..10)
                .map(|k| {
                    scope.spawn(move || store(k * 10));
                    scope.spawn(clear);
                    scope.spawn(move || load(k * 10))
                })
                .collect();
            let found: usize = loads.into_iter().map(|load| load.join().unwrap()).sum();
            hits += found;
            misses += 10 * CLEARED as usize - found;
        });
        let mut left = BTreeMap::new();
        let _ = map.for_each(|&k, &v| {
            left.insert(k, v);
            ControlFlow::<()>::Continue(())
        });
        assert!(left.iter().all(|(k, v)| k * 10 == *v), "{left:?}");
        assert_eq!(map.len(), left.len(), "counted, and visited: {left:?}");
        map.clear();
        assert!(map.for_each(|&k, _| ControlFlow::Break(k)).is_continue());
        assert!((0..CLEARED).all(|k| map.get(&k).is_none()) && map.is_empty());
        rounds += 1;
        assert!(begun.elapsed() < PATIENCE, "{hits} hits, {misses} misses");
    }
}

/// A key that is counted until it is freed.
struct Counted {
    id: usize,
    _ticket: Ticket,
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// Finds the key by its number.
#[derive(Hash)]
struct Number(usize);

impl Equivalent<Counted> for Number {
    fn equivalent(&self, key: &Counted) -> bool {
        self.0 == key.id
    }
}

fn insert(map: &SyncMap<Counted, ()>, ledger: &'static Ledger, id: usize) {
    let _ticket = ledger.issue();
    map.insert(Counted { id, _ticket }, ());
}

/// golang/go#40999: a removal that left its key in the dirty map kept it for
/// ever, as removals outweighed the promotions that would have dropped it.
#[test]
fn a_removed_key_is_freed_while_another_stays_in_the_dirty_map() {
    static LEDGER: Ledger = Ledger::new();
    let map = SyncMap::new();
    let insert = |id| insert(&map, &LEDGER, id);
    insert(0);
    for round in 1..=100 {
        insert(round);
        assert!(map.remove(&Number(round)).is_some());
        LEDGER.settles_at(1);
    }
    assert!(map.contains_key(&Number(0)));
}

/// The same in batches, of which a part is promoted before it is removed. Those
/// keys stay behind as tombstones, but only until later batches are promoted.
#[test]
fn removed_keys_do_not_pile_up() {
    const BATCH: usize = 16;
    static LEDGER: Ledger = Ledger::new();
    let map = SyncMap::new();
    let insert = |id| insert(&map, &LEDGER, id);
    insert(0);
    let mut most = 0;
    for batch in 0..100 {
        let ids = 1 + batch * BATCH..1 + (batch + 1) * BATCH;
        ids.clone().for_each(insert);
        for id in ids {
            assert!(map.remove(&Number(id)).is_some());
        }
        let tombstones = map.stats().tombstones;
        assert!(tombstones <= 2 * BATCH, "{tombstones} after batch {batch}");
        most = most.max(tombstones);
        LEDGER.settles_at(1 + tombstones);
    }
    assert!(most > 0, "none was promoted before it was removed");
    map.compact();
    LEDGER.settles_at(1);
}

/// Lets two threads begin each round at the same time.
#[derive(Default)]
struct Rendezvous(AtomicUsize);

impl Rendezvous {
    fn meet(&self, round: usize) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let mut spins = 0_u32;
        while self.0.load(Ordering::Relaxed) < 2 * (round + 1) {
            spins += 1;
            match spins % 256 {
                0 => {
                    assert!(begun.elapsed() < PATIENCE, "the other thread is gone");
                    thread::yield_now();
                }
                _ => std::hint::spin_loop(),
            }
        }
    }
}

/// golang/go#70970: of two threads that both saw the value 1, one may put 2 in
/// its place, or the other take it away, but not both. A failure means that one
/// of the two acted on a value that it had not compared.
#[test]
fn an_exchange_and_a_removal_of_one_value_never_both_succeed() {
    const RACES: usize = if cfg!(miri) { 20 } else { 500 };
    for promoted in [true, false] {
        for stirred in [true, false] {
            let (mut exchanges, mut removals) = (0, 0);
            let begun = Instant::now();
            while exchanges == 0 || removals == 0 {
                let exchanged = race(RACES, promoted, stirred);
                exchanges += exchanged;
                removals += RACES - exchanged;
                let seen = (promoted, stirred, exchanges, removals);
                assert!(begun.elapsed() < PATIENCE, "one side always wins: {seen:?}");
            }
        }
    }
}

/// One race on each of so many keys, in a map that is promoted beforehand or on
/// the way, while a third thread stirs it with new keys or nobody does. How
/// often the exchange won.
fn race(races: usize, promoted: bool, stirred: bool) -> usize {
    let map = SyncMap::new();
    (&map).extend((0..races).map(|k| (k, 1)));
    if promoted {
        map.compact();
    }
    let (meeting, stop) = (Rendezvous::default(), AtomicBool::new(false));
    let exchange = |k| {
        meeting.meet(k);
        map.compare_exchange(&k, &1, 2).is_ok()
    };
    let remove = |k| {
        meeting.meet(k);
        map.compare_remove(&k, &1).is_some()
    };
    let stir = || {
        for k in races.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            map.insert(k, 3);
            map.remove(&k);
            if k % 16 == 0 {
                let _ = map.for_each(|_, _| ControlFlow::Break(()));
            }
        }
    };
    let (exchanged, removed) = thread::scope(|scope| {
        let _stop = Stop(&stop);
        if stirred {
            scope.spawn(stir);
        }
        let remover = scope.spawn(|| (0..races).map(remove).collect::<Vec<_>>());
        let exchanged: Vec<_> = (0..races).map(exchange).collect();
        (exchanged, remover.join().unwrap())
    });
    for (k, (exchanged, removed)) in exchanged.iter().zip(&removed).enumerate() {
        assert!(
            exchanged ^ removed,
            "key {k}: exchanged {exchanged}, removed {removed}"
        );
        let left = map.get_cloned(&k);
        assert_eq!(left, exchanged.then_some(2), "key {k}: removed {removed}");
    }
    exchanged.into_iter().filter(|won| *won).count()
}
