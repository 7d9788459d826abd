//! States that calls make, and the calls that take the mutex.

use crate::alone;
use exercises::chapter_04::{
    makes_a_nil_entry_in_dirty_alone, makes_an_expunged_entry, takes_the_mutex,
};
use readmostly::EntryState::{self, Expunged, Nil, Value};
use readmostly::{Inspection, SyncMap};
use std::ops::ControlFlow;

type Map = SyncMap<&'static str, u32>;
/// What a call is named, and the call.
type Call = (&'static str, fn(&Map));
type States = Vec<(&'static str, EntryState<u32>)>;

/// Both maps, in the order of their keys: the snapshot, amended, dirty, misses.
fn inside(map: &Map) -> (States, bool, Option<States>, usize) {
    let Inspection {
        mut read,
        amended,
        mut dirty,
        misses,
        ..
    } = map.inspect();
    let in_order = |states: &mut States| states.sort_unstable_by_key(|(key, _)| *key);
    in_order(&mut read);
    dirty.as_mut().map(in_order);
    (read, amended, dirty, misses)
}

#[test]
fn an_expunged_entry_is_made() {
    let map = Map::new();
    makes_an_expunged_entry(&map);
    let _alone = alone();
    let (read, dirty) = (
        vec![("a", Expunged), ("b", Value(2))],
        vec![("b", Value(2)), ("c", Value(3))],
    );
    assert_eq!(inside(&map), (read, true, Some(dirty), 0));
}

#[test]
fn a_nil_entry_in_dirty_alone_is_made() {
    let map = Map::new();
    makes_a_nil_entry_in_dirty_alone(&map);
    let _alone = alone();
    let dirty = vec![("a", Nil), ("b", Value(2))];
    assert_eq!(inside(&map), (vec![], true, Some(dirty), 1));
}

/// A map in the state that the exercise names.
fn with_all_states() -> Map {
    let map = Map::from([("a", 1), ("b", 2), ("c", 3)]);
    let _: ControlFlow<()> = map.for_each(|_, _| ControlFlow::Continue(()));
    map.remove("c");
    map.insert("d", 4);
    map.remove("b");
    let read = vec![("a", Value(1)), ("b", Nil), ("c", Expunged)];
    let dirty = vec![("a", Value(1)), ("b", Nil), ("d", Value(4))];
    assert_eq!(inside(&map), (read, true, Some(dirty), 0));
    map
}

#[test]
fn the_mutex_is_taken_when_you_say_so() {
    let yours = takes_the_mutex();
    let _alone = alone();
    let calls: [Call; 12] = [
        ("get a", |map| drop(map.get("a"))),
        ("get b", |map| drop(map.get("b"))),
        ("get c", |map| drop(map.get("c"))),
        ("get d", |map| drop(map.get("d"))),
        ("get z", |map| drop(map.get("z"))),
        ("insert a 9", |map| drop(map.insert("a", 9))),
        ("insert b 9", |map| drop(map.insert("b", 9))),
        ("insert c 9", |map| drop(map.insert("c", 9))),
        ("insert d 9", |map| drop(map.insert("d", 9))),
        ("remove a", |map| drop(map.remove("a"))),
        ("remove c", |map| drop(map.remove("c"))),
        ("compare_exchange c", |map| {
            drop(map.compare_exchange("c", &1, 2))
        }),
    ];
    for ((call, act), yours) in calls.into_iter().zip(yours) {
        let map = with_all_states();
        let before = map.stats().locks;
        act(&map);
        assert_eq!(yours, map.stats().locks > before, "left: yours, for {call}");
    }
}
