use crate::alone;
use exercises::chapter_03::states_of_a;
use readmostly::{EntryState, SyncMap};
use std::ops::ControlFlow::{self, Break, Continue};

type Map = SyncMap<&'static str, u32>;

/// What a call is named, and the call.
type Call = (&'static str, fn(&Map));

/// The calls, as the exercise lists them.
const CALLS: [Call; 12] = [
    ("insert a 1", |map| drop(map.insert("a", 1))),
    ("get a", |map| drop(map.get("a"))),
    ("remove a", |map| drop(map.remove("a"))),
    ("insert a 2", |map| drop(map.insert("a", 2))),
    ("remove a", |map| drop(map.remove("a"))),
    ("insert b 3", |map| drop(map.insert("b", 3))),
    ("get a", |map| drop(map.get("a"))),
    ("insert a 4", |map| drop(map.insert("a", 4))),
    ("remove a", |map| drop(map.remove("a"))),
    ("get z, twice", |map| {
        drop(map.get("z"));
        drop(map.get("z"));
    }),
    ("insert c 5", |map| drop(map.insert("c", 5))),
    ("for_each over all keys", |map| {
        let _: ControlFlow<()> = map.for_each(|_, _| Continue(()));
    }),
];

fn state_of_a(map: &Map) -> Option<EntryState<u32>> {
    let inside = map.inspect();
    let mut entries = (inside.read.into_iter()).chain(inside.dirty.into_iter().flatten());
    let found = entries.try_for_each(|(key, state)| match key {
        "a" => Break(state),
        _ => Continue(()),
    });
    found.break_value()
}

#[test]
fn the_states_are_those_that_inspect_shows() {
    let predicted = states_of_a();
    let _alone = alone();
    let map = Map::new();
    for (number, ((call, act), predicted)) in (1..).zip(CALLS.iter().zip(predicted)) {
        act(&map);
        assert_eq!(
            predicted,
            state_of_a(&map),
            "left: yours, after call {number}, {call}"
        );
    }
}
