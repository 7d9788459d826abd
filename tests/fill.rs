//! Insertions of many pairs in one call, and what makes room or gives it back.
//!
//! A call inserts in blocks of 256 pairs. State for state it does what as many calls of
//! `insert` do, one after the other; it locks less often, and that is its purpose.
#![cfg(not(any(counted, loom)))]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/bytes.rs"]
mod bytes;
#[path = "common/cases.rs"]
mod cases;
#[path = "common/invariants.rs"]
mod invariants;

use alone::alone;
use cases::cases;
use invariants::invariants_hold;
use proptest::prelude::*;
use readmostly::{EntryState, Inspection, Stats, SyncMap};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::iter;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

type Map = SyncMap<u32, u32>;

/// How many pairs are inserted under one lock.
const BLOCK: u32 = 256;

fn promote<K, V, S>(map: &SyncMap<K, V, S>) {
    let _ = map.for_each(|_, _| ControlFlow::Break(()));
}

fn inside(map: &Map) -> Inspection<u32, u32> {
    let mut inside = map.inspect();
    let key = |entry: &(u32, EntryState<u32>)| entry.0;
    inside.read.sort_by_key(key);
    if let Some(dirty) = &mut inside.dirty {
        dirty.sort_by_key(key);
    }
    inside
}

/// All but the number of locks.
fn did(map: &Map) -> Stats {
    let mut stats = map.stats();
    stats.locks = 0;
    stats
}

// State for state.

#[derive(Clone, Debug)]
enum Step {
    Fill(Vec<(u32, u32)>),
    Remove(u32),
    Get(u32),
    Promote,
    Clear,
}

/// Few keys, so that they meet, and sometimes more than a block of pairs.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pair = || (0..12_u32, 0..100_u32);
    let step = prop_oneof![
        4 => prop::collection::vec(pair(), 0..8).prop_map(Step::Fill),
        1 => prop::collection::vec(pair(), 250..520).prop_map(Step::Fill),
        1 => prop::collection::vec((0..400_u32, 0..9_u32), 250..300).prop_map(Step::Fill),
        4 => (0..12_u32).prop_map(Step::Remove),
        3 => (0..12_u32).prop_map(Step::Get),
        2 => Just(Step::Promote),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..20)
}

#[test]
fn a_fill_goes_through_the_states_of_the_inserts() {
    // What is generated is measured elsewhere, too.
    let _alone = alone();
    proptest!(cases(200), |(steps in steps())| {
        let (filled, inserted) = (Map::new(), Map::new());
        for step in steps {
            match step {
                Step::Fill(pairs) => {
                    (&filled).extend(pairs.clone());
                    pairs.into_iter().for_each(|(key, value)| drop(inserted.insert(key, value)));
                }
                step => for map in [&filled, &inserted] {
                    match step {
                        Step::Remove(key) => drop(map.remove(&key)),
                        Step::Get(key) => drop(map.get(&key)),
                        Step::Promote => promote(map),
                        _ => map.clear(),
                    }
                }
            }
            prop_assert_eq!(inside(&filled), inside(&inserted));
            prop_assert_eq!(did(&filled), did(&inserted));
        }
        invariants_hold(&filled);
    });
}

#[test]
fn a_fill_of_new_keys_locks_once_for_a_block() {
    let _alone = alone();
    let locks = |pairs: u32| {
        let map = Map::new();
        (&map).extend((0..pairs).map(|n| (n, n)));
        assert_eq!(map.len() as u32, pairs);
        map.stats().locks
    };
    assert_eq!(locks(1), 1);
    assert_eq!(locks(BLOCK), 1);
    assert_eq!(locks(BLOCK + 1), 2);
    assert_eq!(locks(10 * BLOCK), 10);
    // What builds a map promotes it, too.
    let collected: Map = (0..BLOCK).map(|n| (n, n)).collect();
    assert_eq!(collected.stats().locks, 2);
}

#[test]
fn known_keys_take_no_lock_up_to_the_first_new_one() {
    let _alone = alone();
    let map: Map = (0..1_000).map(|n| (n, n)).collect();
    let before = map.stats().locks;
    (&map).extend((0..1_000).map(|n| (n, n + 1)));
    assert_eq!(map.stats().locks, before);
    // An expunged key takes it: the entry goes back to the dirty map.
    map.remove(&1);
    map.insert(1_000, 0);
    let before = map.stats();
    (&map).extend([(0, 7), (1, 8), (2, 9)]);
    let after = map.stats();
    let more = (
        after.locks - before.locks,
        after.unexpunges - before.unexpunges,
    );
    assert_eq!(more, (1, 1));
    promote(&map);
    assert_eq!(
        map.pin().get_many([&0, &1, &2]),
        [Some(&7), Some(&8), Some(&9)]
    );
}

#[test]
fn of_equal_keys_the_last_one_stays_wherever_the_block_begins() {
    let _alone = alone();
    for first in 0..3 {
        let map = Map::from([(0, 0), (1, 0)]);
        let pairs = (first..first + 3 * BLOCK).map(|n| (n % 4, n));
        let last = BTreeMap::from_iter(pairs.clone());
        (&map).extend(pairs);
        promote(&map);
        let pinned = map.pin();
        assert_eq!(
            BTreeMap::from_iter(pinned.iter().map(|(k, v)| (*k, *v))),
            last
        );
    }
}

#[test]
fn the_iterator_runs_without_a_lock_and_without_a_pin_and_may_use_the_map() {
    let _alone = alone();
    let token = Arc::new(());
    let map = SyncMap::<u32, Arc<()>>::new();
    map.insert(u32::MAX, Arc::clone(&token));
    drop(map.remove(&u32::MAX));
    let pairs = (0..2 * BLOCK).map(|n| {
        if n == BLOCK + 10 {
            // The first block is in, and this one is not.
            assert_eq!(map.len() as u32, BLOCK);
            map.insert(n + 1, Arc::new(()));
            map.stats();
            // Nothing holds back what was removed.
            while !map.flush() {}
            assert_eq!(Arc::strong_count(&token), 1);
        }
        (n, Arc::new(()))
    });
    (&map).extend(pairs);
    assert_eq!(map.len() as u32, 2 * BLOCK);
}

/// What one call frees is bounded, and so is what waits.
#[test]
fn a_long_fill_frees_what_it_replaces_on_the_way() {
    let _alone = alone();
    let token = Arc::new(());
    let map = SyncMap::<u32, Arc<()>>::new();
    map.insert(0, Arc::new(()));
    promote(&map);
    let most = Cell::new(0);
    (&map).extend((0..100_000_u32).map(|_| {
        most.set(most.get().max(Arc::strong_count(&token)));
        (0, Arc::clone(&token))
    }));
    assert!(most.get() < 20_000, "{} values at once", most.get());
}

#[test]
fn a_block_retires_what_it_replaces_under_the_mutex() {
    let _alone = alone();
    let token = Arc::new(());
    let map = SyncMap::<u32, Arc<()>>::new();
    // A new key opens the block. The values that follow replace each other.
    (&map).extend((0..BLOCK).map(|n| (n / 2, Arc::clone(&token))));
    while !map.flush() {}
    assert_eq!(Arc::strong_count(&token) as u32, BLOCK / 2 + 1);
}

// Panics.

/// A key whose `Eq` panics on demand, and which says when it is dropped.
struct Key {
    number: u32,
    bomb: bool,
    _dropped: Arc<()>,
}

thread_local! {
    /// A map that each drop of a key takes the mutex of.
    static LOCKED_BY_DROPS: Cell<Option<&'static SyncMap<Key, Arc<()>, Fixed>>> =
        const { Cell::new(None) };
}

type Fixed = BuildHasherDefault<DefaultHasher>;

impl Drop for Key {
    fn drop(&mut self) {
        // Waits for ever if the mutex is held.
        if let Some(map) = LOCKED_BY_DROPS.get() {
            map.stats();
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        if self.bomb || other.bomb {
            // Without the panic hook, which would print it.
            resume_unwind(Box::new(()));
        }
        self.number == other.number
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

#[test]
fn of_a_block_in_which_eq_panics_what_came_before_is_in_and_the_rest_is_dropped() {
    let _alone = alone();
    // Leaked: the drop of a key may use it at any time.
    let map: &'static SyncMap<Key, Arc<()>, Fixed> = Box::leak(Box::default());
    let (keys, values) = (Arc::new(()), Arc::new(()));
    let pair = |number, bomb| {
        let _dropped = Arc::clone(&keys);
        (
            Key {
                number,
                bomb,
                _dropped,
            },
            Arc::clone(&values),
        )
    };
    for promoted in [false, true] {
        map.clear();
        map.extend_with([pair(1, false), pair(2, false)]);
        if promoted {
            promote(map);
        }
        // A new key, a known key, then the bomb, which meets key 1; then one more.
        let block = [
            pair(3, false),
            pair(2, false),
            pair(1, true),
            pair(4, false),
        ];
        LOCKED_BY_DROPS.set(Some(map));
        let panicked = catch_unwind(AssertUnwindSafe(|| map.extend_with(block)));
        while !map.flush() {}
        LOCKED_BY_DROPS.set(None);
        assert!(panicked.is_err());
        assert_eq!(map.len(), 3);
        promote(map);
        let mut numbers: Vec<_> = map.pin().keys().map(|key| key.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3]);
        // Those of the map, and this one.
        assert_eq!(
            (Arc::strong_count(&keys), Arc::strong_count(&values)),
            (4, 4)
        );
    }
    map.clear();
    while !map.flush() {}
    assert_eq!(
        (Arc::strong_count(&keys), Arc::strong_count(&values)),
        (1, 1)
    );
}

trait ExtendWith<T> {
    fn extend_with(&self, pairs: T);
}

impl<const N: usize> ExtendWith<[(Key, Arc<()>); N]> for SyncMap<Key, Arc<()>, Fixed> {
    fn extend_with(&self, pairs: [(Key, Arc<()>); N]) {
        let mut map = self;
        map.extend(pairs);
    }
}

#[test]
fn an_iterator_that_panics_leaves_the_blocks_before_and_drops_its_own() {
    let _alone = alone();
    let token = Arc::new(());
    let map = SyncMap::<u32, Arc<()>>::new();
    let pairs = (0..).map(|n| {
        if n == BLOCK + 10 {
            resume_unwind(Box::new(()));
        }
        (n, Arc::clone(&token))
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| (&map).extend(pairs)));
    assert!(panicked.is_err());
    assert_eq!(map.len() as u32, BLOCK);
    assert_eq!(Arc::strong_count(&token) as u32, BLOCK + 1);
    map.insert(BLOCK, token);
    assert_eq!(map.len() as u32, BLOCK + 1);
}

#[test]
fn an_iterator_that_has_ended_is_not_asked_again() {
    let _alone = alone();
    for pairs in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1] {
        let mut left = Some(pairs);
        let map = Map::new();
        (&map).extend(iter::from_fn(|| {
            left = left.expect("it has ended").checked_sub(1);
            left.map(|n| (n, n))
        }));
        assert_eq!(map.len() as u32, pairs);
    }
}

// Hints and room.

/// An iterator with that hint.
struct Hint<I>(usize, I);

impl<I: Iterator> Iterator for Hint<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.1.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0, None)
    }
}

#[test]
fn a_hint_that_lies_wastes_little_and_does_no_harm() {
    let _alone = alone();
    for hint in [0, 1, 1 << 30, isize::MAX as usize, usize::MAX] {
        let map = Map::new();
        map.insert(0, 0);
        let before = bytes::restart_peak();
        (&map).extend(Hint(hint, (0..600).map(|n| (n, n))));
        let most = bytes::peak() - before;
        assert!(most < 300_000, "{most} bytes for a hint of {hint}");
        assert_eq!(map.len(), 600);
        let collected: Map = Hint(hint, (0..600).map(|n| (n, n))).collect();
        assert_eq!(collected, map);
        invariants_hold(&map);
    }
}

/// A table that grows holds its old buckets too. With room for all keys it does not grow.
#[test]
fn a_hint_that_is_right_makes_room_in_few_steps() {
    let _alone = alone();
    fn most(pairs: impl Iterator<Item = (u32, u32)>) -> isize {
        while !Map::new().flush() {}
        let before = bytes::restart_peak();
        (&Map::new()).extend(pairs);
        bytes::peak() - before
    }
    let pairs = || (0..240_000).map(|n| (n, n));
    let (hinted, not_hinted) = (most(pairs()), most(Hint(0, pairs())));
    assert!(hinted < not_hinted, "{hinted}, not less than {not_hinted}");
}

#[test]
fn room_that_was_reserved_is_there_for_so_many_new_keys() {
    let _alone = alone();
    let ways: [fn() -> Map; 5] = [
        Map::new,
        || Map::from([(1, 1), (2, 2), (3, 3)]),
        || {
            let map = Map::from([(1, 1), (2, 2)]);
            map.insert(3, 3);
            map
        },
        || {
            let map = Map::from([(1, 1), (2, 2), (3, 3)]);
            map.remove(&2);
            map
        },
        || {
            let map = Map::from([(1, 1)]);
            map.clear();
            map
        },
    ];
    for make in ways {
        let map = make();
        let len = map.len();
        let state = inside(&map);
        map.reserve(10_000);
        assert_eq!(inside(&map), state, "no key changes");
        let capacity = map.capacity();
        assert!(capacity >= len + 10_000, "{capacity} with {len} keys");
        map.insert(10, 10);
        let capacity = map.capacity();
        (11..10_010).for_each(|key| drop(map.insert(key, key)));
        assert_eq!(map.capacity(), capacity, "the table has not grown");
        assert_eq!(map.len(), len + 10_000);
    }
}

#[test]
fn room_that_there_is_no_memory_for_is_not_made() {
    let _alone = alone();
    let map = Map::from([(1, 1)]);
    map.reserve(usize::MAX);
    map.insert(2, 2);
    map.reserve(usize::MAX / 64);
    assert_eq!(map.pin().get_many([&1, &2]), [Some(&1), Some(&2)]);
    let empty = Map::with_capacity(100);
    assert_eq!(empty.capacity(), 100);
    empty.reserve(10);
    assert_eq!(empty.capacity(), 100, "less than was asked for already");
}

/// No table gets room for keys that an iterator had announced and did not have.
#[test]
fn an_iterator_that_has_ended_announces_nothing() {
    let _alone = alone();
    let map = Map::new();
    (&map).extend(Hint(1 << 20, [(1, 1), (2, 2)].into_iter()));
    assert!(map.capacity() < 100, "{}", map.capacity());
}

/// Room that a table has counts for what is reserved.
#[test]
fn room_that_is_there_is_not_made_again() {
    let _alone = alone();
    let map: Map = (0..1_000).map(|n| (n, n)).collect();
    let (capacity, len) = (map.capacity(), map.len());
    map.reserve(capacity - len);
    assert_eq!(map.capacity(), capacity);
    map.reserve(capacity - len + 1);
    assert_eq!(map.capacity(), capacity + 1);
}

/// A request that cannot be fulfilled takes nothing away.
#[test]
fn room_that_was_reserved_stays_if_there_is_no_memory_for_more() {
    let _alone = alone();
    let map = Map::from([(1, 1)]);
    (2..100).for_each(|n| drop(map.insert(n, n)));
    map.reserve(10_000);
    let capacity = map.capacity();
    map.reserve(usize::MAX);
    assert_eq!(map.capacity(), capacity);
}

/// The next dirty map has no room of a sparse table: the number is not that of the room.
#[test]
fn the_room_of_a_sparse_table_does_not_count() {
    let _alone = alone();
    let map = Map::with_capacity(1 << 16);
    (0..3).for_each(|n| drop(map.insert(n, n)));
    assert!(map.capacity() >= 1 << 16);
    promote(&map);
    assert!(map.capacity() < 100, "{}", map.capacity());
}

/// So many keys are just as many as half of the table has room for.
#[test]
fn a_table_shrinks_as_soon_as_half_of_it_is_enough() {
    let _alone = alone();
    for (keys, before, after) in [
        (448, 896, 448),
        (449, 896, 896),
        (224, 448, 224),
        (225, 448, 448),
    ] {
        let map = Map::with_capacity(before);
        (0..keys).for_each(|n| drop(map.insert(n, n)));
        assert_eq!(map.capacity(), before, "{keys} keys");
        map.shrink_to_fit();
        assert_eq!(map.capacity(), after, "{keys} keys");
        assert_eq!(map.len(), keys as usize);
    }
}

/// As of `with_capacity`: the room is used once.
#[test]
fn room_that_was_reserved_is_not_copied() {
    let _alone = alone();
    let map = Map::from([(1, 1)]);
    map.insert(2, 2);
    map.reserve(1 << 20);
    assert!(map.capacity() > 1 << 20);
    map.insert(3, 3);
    promote(&map);
    map.insert(4, 4);
    assert!(map.capacity() < 100, "{}", map.capacity());
    invariants_hold(&map);
    assert_eq!(map.len(), 4);
}

#[test]
fn shrinking_gives_back_the_room_and_every_tombstone() {
    let _alone = alone();
    let ways: [fn() -> Map; 4] = [
        // Room in the snapshot, below what `compact` gives back.
        || (0..1_000).map(|n| (n, n)).collect(),
        || {
            let map = Map::with_capacity(100_000);
            (0..1_000).for_each(|n| drop(map.insert(n, n)));
            map
        },
        || {
            let map: Map = (0..2_000).map(|n| (n, n)).collect();
            map.retain(|key, _| *key < 1_000);
            map
        },
        || {
            let map: Map = (1..1_000).map(|n| (n, n)).collect();
            map.reserve(20_000);
            map.insert(0, 0);
            map
        },
    ];
    for make in ways {
        let map = make();
        map.shrink_to_fit();
        let stats = map.stats();
        let expected = (1_000, 1_000, 0, 0);
        let found = (
            stats.len,
            stats.read_entries,
            stats.dirty_entries,
            stats.tombstones,
        );
        assert_eq!(found, expected);
        assert!(map.capacity() < 2_000, "{}", map.capacity());
        // Nothing is left to do.
        let rebuilds = map.stats().rebuilds;
        map.shrink_to_fit();
        assert_eq!(map.stats().rebuilds, rebuilds);
        assert!((0..1_000).all(|key| map.get_cloned(&key) == Some(key)));
        map.insert(1_000, 0);
        promote(&map);
        assert_eq!(map.len(), 1_001);
    }
    let cleared = Map::from([(1, 1)]);
    cleared.insert(2, 2);
    cleared.clear();
    cleared.reserve(10_000);
    cleared.shrink_to_fit();
    assert!(cleared.capacity() < 100);
    let untouched = Map::with_capacity(10_000);
    untouched.shrink_to_fit();
    assert_eq!(untouched.capacity(), 0);
}

#[test]
fn the_bytes_of_a_map_that_was_shrunk_are_those_of_its_keys() {
    let _alone = alone();
    let settled = || {
        while !Map::new().flush() {}
        bytes::live()
    };
    let before = settled();
    let map = Map::with_capacity(1 << 20);
    (0..10).for_each(|n| drop(map.insert(n, n)));
    map.shrink_to_fit();
    let room = settled() - before;
    assert!(room < 8_192, "{room} bytes for ten keys");
}

// Exclusive iterators, and removal by value.

/// Keys in every place, and tombstones of each kind.
fn everything() -> Map {
    let map = Map::from([(1, 1), (2, 2), (3, 3), (4, 4)]);
    map.remove(&1);
    map.insert(5, 5);
    map.insert(6, 6);
    map.remove(&2);
    map.remove_if(&5, |_, _| true);
    map
}

fn says_how_many_are_left(iter: impl ExactSizeIterator, all: usize) {
    let mut iter = iter;
    for left in (0..all).rev() {
        assert_eq!(iter.size_hint(), (left + 1, Some(left + 1)));
        assert!(iter.next().is_some());
    }
    assert_eq!(
        (iter.len(), iter.next().is_none(), iter.len()),
        (0, true, 0)
    );
}

#[test]
fn exclusive_iterators_say_exactly_how_many_pairs_are_left() {
    let _alone = alone();
    let ways: [fn() -> Map; 5] = [
        everything,
        Map::new,
        || {
            let map = everything();
            map.compact();
            map
        },
        || {
            // Of an older generation.
            let map = everything();
            map.clear();
            map.insert(7, 7);
            map
        },
        || {
            // A key that only the dirty map had.
            let map = Map::from([(1, 1)]);
            map.insert(2, 2);
            map.remove(&2);
            map.insert(3, 3);
            map
        },
    ];
    for make in ways {
        let all = make().len();
        says_how_many_are_left(make().iter_mut(), all);
        says_how_many_are_left(make().drain(), all);
        says_how_many_are_left(make().into_iter(), all);
    }
}

/// Equal to nothing, not even to itself; all with one hash.
#[derive(Debug)]
struct Liar;

impl PartialEq for Liar {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl Eq for Liar {}

impl Hash for Liar {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn keys_that_lie_are_counted_one_by_one() {
    let _alone = alone();
    let mut map = SyncMap::from([(Liar, 0), (Liar, 1)]);
    map.insert(Liar, 2);
    map.extend((3..10).map(|n| (Liar, n)));
    assert!(map.remove(&Liar).is_none() && map.remove_mut(&Liar).is_none());
    says_how_many_are_left(map.iter_mut(), 10);
    says_how_many_are_left(map.drain(), 10);
    assert_eq!(map.into_iter().len(), 0);
}

#[test]
fn remove_mut_gives_the_value_itself_and_leaves_what_remove_leaves() {
    let _alone = alone();
    for key in 0..8 {
        let (mut ours, theirs) = (everything(), everything());
        let removed = theirs.remove(&key).as_deref().copied();
        assert_eq!(ours.remove_mut(&key), removed, "{key}");
        assert_eq!(ours.remove_mut(&key), None);
        let (mut ours_inside, mut theirs_inside) = (inside(&ours), inside(&theirs));
        // It looks for its key without the mutex, and counts no miss.
        ours_inside.misses = 0;
        theirs_inside.misses = 0;
        assert_eq!(ours_inside, theirs_inside, "{key}");
        assert_eq!(ours.len(), theirs.len());
        invariants_hold(&ours);
        ours.insert(key, 9);
        promote(&ours);
        assert_eq!(ours.get_cloned(&key), Some(9));
    }
    assert_eq!(Map::new().remove_mut(&1), None);
}

/// In the entry, in a box, and over a first value that was retired.
#[test]
fn a_value_that_remove_mut_gives_is_dropped_once_and_its_key_with_its_entry() {
    let _alone = alone();
    fn check<V: Send + Sync + 'static>(value: impl Fn(&Arc<()>) -> V) {
        let (token, name) = (Arc::new(()), Arc::new(7));
        let counts = || (Arc::strong_count(&token), Arc::strong_count(&name));
        let mut map = SyncMap::new();
        map.insert(Arc::clone(&name), value(&token));
        // Only the dirty map has it.
        let removed = map.remove_mut(&7);
        assert_eq!(counts(), (2, 1));
        drop(removed);
        assert_eq!(counts(), (1, 1));
        map.insert(Arc::clone(&name), value(&token));
        promote(&map);
        map.insert(Arc::new(7), value(&token));
        drop(map.remove_mut(&7));
        while !map.flush() {}
        assert_eq!(counts(), (1, 2), "the key stays as a tombstone");
        map.insert(Arc::new(7), value(&token));
        drop(map.remove_mut(&7));
        assert_eq!(counts(), (1, 2));
        drop(map);
        assert_eq!(counts(), (1, 1));
    }
    check(Arc::clone);
    check(|token| (Arc::clone(token), [0_u64; 20]));
}

#[test]
fn all_memory_of_entries_whose_values_were_taken_is_freed() {
    let _alone = alone();
    let settled = || {
        while !Map::new().flush() {}
        bytes::live()
    };
    let before = settled();
    for _ in 0..3 {
        let mut map: Map = (0..1_000).map(|n| (n, n)).collect();
        (0..500).for_each(|key| drop(map.insert(key, 0)));
        (1_000..2_000).for_each(|key| drop(map.insert(key, key)));
        (0..1_500).for_each(|key| assert!(map.remove_mut(&key).is_some()));
        assert_eq!(map.len(), 500);
    }
    let left = settled() - before;
    assert!(left < 16_384, "{left} bytes are left");
}

// Traits of std.

#[test]
fn a_map_comes_from_a_plain_map_and_freezes_to_one() {
    let _alone = alone();
    let plain: HashMap<u32, u32> = (0..1_000).map(|n| (n, n)).collect();
    let map = SyncMap::from(plain.clone());
    assert_eq!((map.stats().dirty_entries, map.len()), (0, 1_000));
    map.remove(&1);
    map.insert(1_000, 1_000);
    let frozen: HashMap<u32, u32> = map.into();
    let mut expected = plain;
    expected.remove(&1);
    expected.insert(1_000, 1_000);
    assert_eq!(frozen, expected);
}

#[test]
fn the_hasher_goes_along() {
    let _alone = alone();
    #[derive(Clone, Default)]
    struct Marked(DefaultHasher, u8);
    impl std::hash::BuildHasher for Marked {
        type Hasher = DefaultHasher;
        fn build_hasher(&self) -> DefaultHasher {
            self.0.clone()
        }
    }
    let plain = HashMap::<u32, u32, Marked>::with_hasher(Marked(DefaultHasher::new(), 7));
    let map = SyncMap::from(plain);
    assert_eq!(map.hasher().1, 7);
    assert_eq!(HashMap::from(map).hasher().1, 7);
}

#[test]
fn a_shared_map_is_extended_by_reference() {
    let _alone = alone();
    let map = Map::new();
    let pairs = [(1, 2), (3, 4)];
    (&map).extend(pairs.iter().map(|(key, value)| (key, value)));
    assert_eq!(map, Map::from(pairs));
}

#[test]
fn a_clone_of_a_handle_holds_a_pin_of_its_own() {
    let _alone = alone();
    let token = Arc::new(());
    let map = SyncMap::from([(1, Arc::clone(&token))]);
    let pinned = map.pin();
    let further = pinned.clone();
    assert!(pinned == further);
    let seen = further.get(&1);
    drop(pinned);
    map.remove(&1);
    assert!(!map.flush());
    assert_eq!(seen.map(Arc::strong_count), Some(2));
    drop(further);
    while !map.flush() {}
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn handles_are_equal_if_their_maps_are() {
    let _alone = alone();
    let (one, same, other) = (
        Map::from([(1, 1)]),
        Map::from([(1, 1)]),
        Map::from([(1, 2)]),
    );
    assert!(one.pin() == same.pin() && one.pin() != other.pin());
}

/// `==` asks the values, as it does for a `HashMap`, also if both are the same map.
#[test]
fn a_map_with_a_value_that_equals_nothing_does_not_equal_itself() {
    let _alone = alone();
    let map = SyncMap::from([(1, f64::NAN)]);
    let (one, two) = (&map, &map);
    assert!(one != two && one.pin() != two.pin());
    map.insert(1, 0.0);
    assert!(one == two && one.pin() == two.pin());
}

#[test]
fn an_index_shows_the_value_or_panics() {
    let _alone = alone();
    let map = SyncMap::from([(String::from("a"), 1)]);
    let pinned = map.pin();
    assert_eq!(pinned["a"], 1);
    assert!(catch_unwind(AssertUnwindSafe(|| pinned["b"])).is_err());
}

#[cfg(feature = "serde")]
#[test]
fn a_map_that_is_read_from_bad_text_is_an_error_and_leaves_nothing() {
    let _alone = alone();
    let map: SyncMap<String, u32> = serde_json::from_str(r#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(map, SyncMap::from([("a".into(), 3), ("b".into(), 2)]));
    let bad = serde_json::from_str::<SyncMap<String, u32>>(r#"{"a":1,"b":"x","c":3}"#);
    assert!(bad.is_err());
    // Nothing comes after what is bad.
    let bad = serde_json::from_str::<SyncMap<String, u32>>(r#"{"a":1,"b":"x"}"#);
    assert!(bad.is_err());
}

/// A third of the buckets is used, and half of them would do: a rebuild would keep them all.
#[test]
fn shrinking_takes_the_smallest_table_that_will_do() {
    let _alone = alone();
    let map: Map = (0..1_000).map(|n| (n, n)).collect();
    map.retain(|key, _| *key < 800);
    map.shrink_to_fit();
    assert!((800..1_000).contains(&map.capacity()), "{}", map.capacity());
}
