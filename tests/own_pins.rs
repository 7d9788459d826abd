//! Iterators that hold their own pin, their items, and references to parts of values.
//!
//! An item keeps what it refers to, whatever happens to its iterator and to its key. The pin
//! ends with the last of them. A failure is undefined behaviour, or memory that is never freed.
#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/ledger.rs"]
mod ledger;

use alone::alone;
use ledger::{Ledger, Ticket};
use readmostly::{KeyRefs, MappedRef, Ref, Refs, SyncMap, ValueRefs};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::thread;

/// A value of two parts.
struct Value {
    name: String,
    ticket: Ticket,
}

type Map = SyncMap<u32, Value>;

fn values(ledger: &'static Ledger) -> impl Fn(u32) -> Value + Copy + Send + Sync {
    move |number| Value {
        name: number.to_string(),
        ticket: ledger.issue(),
    }
}

impl Value {
    fn name(&self) -> &str {
        self.ticket.check();
        &self.name
    }
}

/// What another thread can do to the keys of a map.
const WAYS: [fn(&Map); 4] = [
    |map| [1, 2, 3].iter().for_each(|key| drop(map.remove(key))),
    |map| map.clear(),
    |map| _ = map.retain(|_, _| false),
    |map| {
        map.clear();
        map.compact();
    },
];

/// Another thread takes all keys away, and tries to free them.
fn all_go(map: &Map, way: fn(&Map)) {
    thread::scope(|scope| {
        scope.spawn(|| {
            way(map);
            assert!(!map.flush(), "a guard is held");
        });
    });
    assert!(!map.flush(), "a guard is held");
    assert!(map.is_empty());
}

/// Whether nothing is in the way of reclamation, and nothing is left.
fn nothing_is_held(map: &Map) -> bool {
    // Two flushes may be needed to free what a thread retires as it ends.
    (0..100).any(|_| map.flush())
}

#[test]
fn an_item_outlives_its_iterator_and_its_key() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let value = values(&LEDGER);
    for way in WAYS {
        let map: Map = [1, 2].map(|n| (n, value(n))).into();
        // In `dirty` alone: the iteration promotes it.
        map.insert(3, value(3));
        let mut items: Vec<Ref<'_, u32, Value>> = map.iter().collect();
        let keys: Vec<MappedRef<'_, u32>> = map.keys().collect();
        let parts: Vec<MappedRef<'_, Value>> = map.values().collect();
        all_go(&map, way);
        assert_eq!(LEDGER.live(), 3, "a value was freed under its item");
        items.sort_unstable_by_key(|item| *item.key());
        let seen: Vec<_> = items
            .iter()
            .map(|item| (*item.key(), item.name()))
            .collect();
        assert_eq!(seen, [(1, "1"), (2, "2"), (3, "3")]);
        assert_eq!(keys.iter().map(|key| **key).sum::<u32>(), 6);
        assert_eq!(
            parts.iter().map(|value| value.name().len()).sum::<usize>(),
            3
        );

        // The last item of each iterator holds its pin.
        let last = (
            items.pop(),
            keys.into_iter().next(),
            parts.into_iter().next(),
        );
        drop(items);
        assert!(!map.flush());
        assert_eq!(last.0.as_ref().unwrap().name(), "3");
        drop(last);
        LEDGER.settles_at(0);
    }
}

#[test]
fn the_pin_ends_with_the_iterator_and_its_last_item() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let value = values(&LEDGER);
    let map: Map = [1, 2, 3].map(|n| (n, value(n))).into();
    assert!(nothing_is_held(&map));

    let mut iter = map.iter();
    assert!(
        !map.flush(),
        "the iterator holds a pin before its first step"
    );
    let first = iter.next();
    drop(first);
    assert!(!map.flush(), "the iterator is alive");
    let (second, third) = (iter.next(), iter.next());
    assert!(iter.next().is_none());
    drop(iter);
    assert!(!map.flush(), "two items are alive");
    drop(second);
    assert!(!map.flush(), "an item is alive");
    drop(third);
    assert!(nothing_is_held(&map));

    // The same if the iterator is the last one to go, and for its clones.
    let mut iter = map.keys();
    let clone = iter.clone();
    let first = iter.next();
    drop((first, iter));
    assert!(!map.flush(), "a clone is alive");
    assert_eq!(clone.count(), 3);
    assert!(nothing_is_held(&map));

    // And for an iterator over nothing.
    let none = Map::new();
    let iter = none.values();
    assert!(!map.flush());
    drop(iter);
    assert!(nothing_is_held(&map));
    map.clear();
    LEDGER.settles_at(0);
}

/// It need not borrow a handle that the function would have to keep.
#[test]
fn a_function_that_borrows_the_map_may_return_an_iterator() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    fn three(
        map: &Map,
    ) -> (
        Refs<'_, u32, Value>,
        KeyRefs<'_, u32, Value>,
        ValueRefs<'_, u32, Value>,
    ) {
        (map.iter(), map.keys(), map.values())
    }
    fn long<'m>(map: &'m Map) -> impl Iterator<Item = MappedRef<'m, str>> {
        let all = map.into_iter().filter(|value| value.name.len() > 1);
        all.map(|value| Ref::map(value, Value::name))
    }

    let value = values(&LEDGER);
    let map: Map = [1, 22].map(|n| (n, value(n))).into();
    let (pairs, keys, values) = three(&map);
    let long = long(&map);
    map.clear();
    // What the iterators have not come to yet is cleared, or not: as `for_each`.
    assert!(pairs.count() <= 2 && keys.count() <= 2 && values.count() <= 2);
    assert!(long.count() <= 1);
    LEDGER.settles_at(0);
}

/// In each state that a key can have.
#[test]
fn the_items_are_the_pairs_of_a_pinned_iterator() {
    let _alone = alone();
    let map = SyncMap::from([(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
    map.remove(&1);
    map.insert(5, "e");
    map.remove(&2);
    map.insert(6, "f");
    map.remove(&6);
    let expected = BTreeMap::from([(3, "c"), (4, "d"), (5, "e")]);
    assert!(map.stats().dirty_entries > 0);

    let pairs = |map: &SyncMap<u32, &'static str>| -> BTreeMap<_, _> {
        map.iter().map(|item| (*item.key(), *item)).collect()
    };
    assert_eq!(pairs(&map), expected);
    assert_eq!(map.stats().dirty_entries, 0, "the iteration has promoted");
    let pinned = map.pin();
    let same: BTreeMap<_, _> = pinned.iter().map(|(key, value)| (*key, *value)).collect();
    assert_eq!(same, expected);
    assert!(map.keys().map(|key| *key).eq(pinned.keys().copied()));
    assert!(
        map.values()
            .map(|value| *value)
            .eq(pinned.values().copied())
    );
    assert_eq!(format!("{:?}", map.iter()), format!("{:?}", pinned.iter()));
    assert_eq!(format!("{:?}", map.keys()), format!("{:?}", pinned.keys()));
    assert_eq!(
        format!("{:?}", map.values()),
        format!("{:?}", pinned.values())
    );
    assert_eq!(map.iter().size_hint(), pinned.iter().size_hint());
    assert_eq!(map.keys().size_hint(), pinned.keys().size_hint());
    assert_eq!(map.values().size_hint(), pinned.values().size_hint());
    let mut seen = 0;
    for item in &map {
        seen += item.key();
    }
    assert_eq!(seen, 12);
    drop(pinned);

    let mut iter = map.iter();
    assert_eq!(iter.by_ref().count(), 3);
    assert!(iter.next().is_none() && iter.next().is_none());
    map.clear();
    assert_eq!(
        (map.iter().count(), map.iter().size_hint()),
        (0, (0, Some(0)))
    );
}

/// The value is read by the step that returns it. A later write does not change the item.
#[test]
fn a_step_reads_the_value_and_the_item_keeps_it() {
    let _alone = alone();
    let map = SyncMap::from([(1, 10)]);
    let mut iter = map.iter();
    map.insert(1, 11);
    let mut same = iter.clone();
    let item = iter.next().unwrap();
    map.insert(1, 12);
    assert_eq!((*item, *same.next().unwrap()), (11, 12));
    assert_eq!((*item, *map.get(&1).unwrap()), (11, 12));
}

/// Closures, steps and drops may use the map: no lock is held.
#[test]
fn an_iteration_may_write_to_its_map() {
    let _alone = alone();
    let map: SyncMap<u32, u32> = (0..100).map(|n| (n, n)).collect();
    for item in &map {
        map.insert(*item.key() + 1_000, 0);
        map.update(item.key(), |n| n + 1);
        map.remove(item.key());
        let part = Ref::map(item, |n| {
            map.insert(2_000, 0);
            n
        });
        assert!(*part < 100);
    }
    assert_eq!((map.len(), map.keys().any(|key| *key < 100)), (101, false));
}

#[test]
fn a_part_keeps_its_value() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let value = values(&LEDGER);
    for way in WAYS {
        let map: Map = [1, 2].map(|n| (n, value(n))).into();
        let part = Ref::map(map.get(&1).unwrap(), Value::name);
        let whole = Ref::filter_map(map.get(&2).unwrap(), |_| None::<&()>).unwrap_err();
        let piece = MappedRef::map(
            Ref::map(map.insert(2, value(3)).unwrap(), Value::name),
            |name| &name.as_bytes()[..1],
        );
        let found = MappedRef::filter_map(part, |name| name.get(..1));
        all_go(&map, way);
        let found = MappedRef::filter_map(found.unwrap(), |name| name.get(7..)).unwrap_err();
        assert_eq!((&*found, &*piece, whole.name()), ("1", &b"2"[..], "2"));
        assert_eq!(*whole.key(), 2);
        assert_eq!(
            (format!("{found}"), format!("{found:?}")),
            ("1".into(), "\"1\"".into())
        );
        assert_eq!(LEDGER.live(), 3, "a value was freed under a part of it");
        drop((whole, piece));
        assert!(!map.flush());
        drop(found);
        drop(map);
        LEDGER.settles_at(0);
    }
}

/// A closure that panics ends the reference that it was called for.
#[test]
fn a_panic_in_a_closure_ends_the_reference() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let value = values(&LEDGER);
    let map: Map = [1].map(|n| (n, value(n))).into();
    let panics = |f: &dyn Fn()| {
        let unwound = catch_unwind(AssertUnwindSafe(f));
        assert!(unwound.is_err() && nothing_is_held(&map));
    };
    let found = || map.get(&1).unwrap();
    panics(&|| drop(Ref::map(found(), |_| -> &str { panic!("as it should") })));
    panics(&|| {
        drop(Ref::filter_map(found(), |_| -> Option<&str> {
            panic!("as it should")
        }))
    });
    let name = || Ref::map(map.iter().next().unwrap(), Value::name);
    panics(&|| {
        drop(MappedRef::map(name(), |_| -> &str {
            panic!("as it should")
        }))
    });
    panics(&|| {
        drop(MappedRef::filter_map(name(), |_| -> Option<&str> {
            panic!("as it should")
        }))
    });
    assert_eq!(found().name(), "1");
    drop(map);
    LEDGER.settles_at(0);
}

/// A shared reference to a `Ref` may go to another thread. The `Ref` stays.
#[test]
fn other_threads_read_through_a_reference_to_a_ref() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let value = values(&LEDGER);
    let map: Map = [1, 2, 3].map(|n| (n, value(n))).into();
    let (whole, part) = (
        map.get(&1).unwrap(),
        Ref::map(map.get(&2).unwrap(), Value::name),
    );
    let items: Vec<_> = map.iter().collect();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                assert_eq!((*whole.key(), whole.name(), &*part), (1, "1", "2"));
                assert_eq!(items.iter().map(|item| item.key()).sum::<u32>(), 6);
                assert!(items.iter().all(|item| item.name().len() == 1));
            });
        }
        scope.spawn(|| map.clear());
    });
    assert_eq!(LEDGER.live(), 3);
    drop((whole, part, items));
    LEDGER.settles_at(0);
}

/// Items, and an iterator that has not ended, wait in a thread-local for the end of the thread.
/// Its destructor goes on with the iterator. All of them share the pin of the iterator.
#[test]
fn items_and_an_iterator_may_be_kept_until_the_end_of_a_thread() {
    static LEDGER: Ledger = Ledger::new();
    static MAP: LazyLock<Map> = LazyLock::new(Map::new);

    type Items = (Vec<Ref<'static, u32, Value>>, Refs<'static, u32, Value>);
    struct Kept(RefCell<Option<Items>>);
    impl Drop for Kept {
        fn drop(&mut self) {
            let (mut items, mut iter) = self.0.take().expect("something was kept");
            items.extend(iter.next());
            MAP.clear();
            drop(iter);
            assert_eq!(items.len(), 2);
            // The pin that these take is of another participant.
            assert!(MAP.iter().next().is_none() && !MAP.flush());
            for item in items {
                assert_eq!(item.name(), item.key().to_string());
                assert!(!MAP.flush());
            }
        }
    }
    thread_local! {
        static KEPT: Kept = const { Kept(RefCell::new(None)) };
    }

    let _alone = alone();
    let value = values(&LEDGER);
    for late in [false, true] {
        (1..4).for_each(|n| drop(MAP.insert(n, value(n))));
        thread::scope(|scope| {
            let ended = scope.spawn(|| {
                // What a thread uses first, it destroys last.
                if late {
                    KEPT.with(|_| ());
                }
                let mut iter = MAP.iter();
                let first = iter.next().into_iter().collect();
                KEPT.with(|kept| kept.0.replace(Some((first, iter))));
            });
            ended.join().unwrap();
        });
        assert!(MAP.is_empty());
        LEDGER.settles_at(0);
    }
}

/// What it has removed can be kept; what it has not visited stays.
#[test]
fn an_iterator_that_removes_is_lazy_and_its_items_stay() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let make = values(&LEDGER);
    let map: Map = (0..10).map(|n| (n, make(n))).collect();
    let mut removing = map.extract_if(|key, value| {
        value.ticket.check();
        key % 2 == 0
    });
    let first = removing.next().expect("there are five");
    assert_eq!(map.len(), 9);
    assert!(map.get(first.key()).is_none());
    let second = removing.next().expect("there are four more");
    drop(removing);
    assert_eq!(map.len(), 8);
    all_go(&map, |map| map.clear());
    for removed in [&first, &second] {
        assert_eq!(removed.name(), removed.key().to_string());
    }
    drop((first, second));
    assert!(nothing_is_held(&map));
    LEDGER.settles_at(0);
}

/// It removes under the one pin, and yet frees nothing of what its items refer to.
#[test]
fn an_iterator_that_removes_takes_each_key_once() {
    static LEDGER: Ledger = Ledger::new();
    let _alone = alone();
    let make = values(&LEDGER);
    let map: Map = (0..1_000).map(|n| (n, make(n))).collect();
    // A key that only the dirty map has is visited, too.
    map.insert(1_000, make(1_000));
    let removed = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let removed = map.extract_if(|_, _| true);
            removed.map(|removed| *removed.key()).collect::<Vec<_>>()
        });
        let mine: Vec<_> = map.extract_if(|_, _| true).collect();
        for removed in &mine {
            assert_eq!(removed.name(), removed.key().to_string());
        }
        let mut keys: Vec<_> = mine.iter().map(|removed| *removed.key()).collect();
        keys.extend(other.join().expect("it does not panic"));
        keys.sort();
        keys
    });
    assert_eq!(removed, (0..=1_000).collect::<Vec<_>>());
    assert!(map.is_empty() && map.extract_if(|_, _| true).next().is_none());
    LEDGER.settles_at(0);
}
