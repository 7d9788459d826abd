//! What `SyncMap` does and Go's `sync.Map` does not: the operations Go's users
//! have asked for, exclusive access, the traits, the counters. One thread at a
//! time, against a plain map and against states written out by hand; what
//! several threads make of the same operations is for `tests/loom`.
//!
//! States are written as [`inside`] shows them, in the words of the algorithm:
//! `{a:X b:2} amended dirty {b:2 c:nil} misses 1` is a read snapshot with `a`
//! expunged, marked amended, beside a dirty map in which `c` is deleted.

use crate::cases::cases;
use crate::invariants::invariants_hold;
use crate::succession::{Change, read_keeps_its_keys};
use proptest::prelude::*;
use readmostly::{
    CompareExchangeError, Compute, EntryState, Inspection, OccupiedError, Operation, SyncMap,
};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Display;
use std::hash::BuildHasherDefault;
use std::mem;
use std::ops::{ControlFlow, Deref};
use std::sync::Arc;
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

/// A hand-written map.
pub(crate) type Map = SyncMap<&'static str, u32>;

/// The two maps as they stand, on one line, sorted.
pub(crate) fn inside<K: Clone + Display, V: Clone + Display, S>(map: &SyncMap<K, V, S>) -> String {
    let entries = |entries: Vec<(K, EntryState<V>)>| {
        let mut shown: Vec<_> = entries
            .into_iter()
            .map(|(key, state)| match state {
                EntryState::Value(value) => format!("{key}:{value}"),
                EntryState::Nil => format!("{key}:nil"),
                EntryState::Expunged => format!("{key}:X"),
            })
            .collect();
        shown.sort();
        format!("{{{}}}", shown.join(" "))
    };
    let inside = map.inspect();
    let mut shown = entries(inside.read);
    if inside.amended {
        shown += " amended";
    }
    if let Some(dirty) = inside.dirty {
        shown += " dirty ";
        shown += &entries(dirty);
    }
    if inside.misses > 0 {
        shown += &format!(" misses {}", inside.misses);
    }
    shown
}

/// Has everything in `read`.
fn promote<K, V, S>(map: &SyncMap<K, V, S>) {
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
}

// Every operation at random, against a plain map.

pub(crate) type Model = BTreeMap<u8, u32>;

#[derive(Clone, Debug)]
enum Step {
    Get(u8),
    Insert(u8, u32),
    TryInsert(u8, u32),
    TryInsertWith(u8, u32),
    Update(u8),
    Compute(u8, Operation<u32, &'static str>),
    CompareExchange(u8, u32, u32),
    CompareRemove(u8, u32),
    Remove(u8),
    RemoveIf(u8, u32),
    Retain(u32),
    Compact,
    Clear,
    GetMut(u8, u32),
    IterMut,
    Drain(usize),
    Extend(Vec<(u8, u32)>),
    Iterate,
    Clone,
    IntoIter(usize),
}

/// Six keys and four values, so that keys meet and comparisons hold.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let k = || 0..6_u8;
    let v = || 0..4_u32;
    let operation = prop_oneof![
        2 => v().prop_map(Operation::Insert),
        2 => Just(Operation::Remove),
        1 => Just(Operation::Abort("no")),
    ];
    let step = prop_oneof![
        10 => k().prop_map(Step::Get),
        10 => (k(), v()).prop_map(|(k, v)| Step::Insert(k, v)),
        6 => (k(), v()).prop_map(|(k, v)| Step::TryInsert(k, v)),
        6 => (k(), v()).prop_map(|(k, v)| Step::TryInsertWith(k, v)),
        6 => k().prop_map(Step::Update),
        12 => (k(), operation).prop_map(|(k, operation)| Step::Compute(k, operation)),
        4 => (k(), v(), v()).prop_map(|(k, old, new)| Step::CompareExchange(k, old, new)),
        4 => (k(), v()).prop_map(|(k, old)| Step::CompareRemove(k, old)),
        8 => k().prop_map(Step::Remove),
        4 => (k(), v()).prop_map(|(k, least)| Step::RemoveIf(k, least)),
        2 => v().prop_map(Step::Retain),
        3 => Just(Step::Compact),
        2 => Just(Step::Clear),
        4 => (k(), v()).prop_map(|(k, v)| Step::GetMut(k, v)),
        2 => Just(Step::IterMut),
        1 => (0..6_usize).prop_map(Step::Drain),
        2 => prop::collection::vec((k(), v()), 0..4).prop_map(Step::Extend),
        2 => Just(Step::Iterate),
        1 => Just(Step::Clone),
        1 => (0..6_usize).prop_map(Step::IntoIter),
    ];
    prop::collection::vec(step, 1..150)
}

/// What `compute` did, with the values themselves.
pub(crate) fn owned<R: Deref<Target = u32>, T>(outcome: Compute<R, T>) -> Compute<u32, T> {
    match outcome {
        Compute::Inserted(new) => Compute::Inserted(*new),
        Compute::Updated { old, new } => Compute::Updated {
            old: *old,
            new: *new,
        },
        Compute::Removed(old) => Compute::Removed(old.map(|old| *old)),
        Compute::Aborted(reason) => Compute::Aborted(reason),
    }
}

/// Does one step to both, and compares what comes back. `pinned`: by the methods
/// of a `Pinned`, where a method has two forms.
fn apply(map: &mut SyncMap<u8, u32>, model: &mut Model, step: Step, pinned: bool) {
    match step {
        Step::Get(k) if pinned => {
            let pinned = map.pin();
            assert_eq!(pinned.get(&k), model.get(&k));
            assert_eq!(pinned.get_cloned(&k), model.get(&k).copied());
            assert_eq!(pinned.get_key_value(&k), model.get_key_value(&k));
            assert_eq!(pinned.contains_key(&k), model.contains_key(&k));
            assert_eq!(pinned.get_many([&k]), [model.get(&k)]);
        }
        Step::Get(k) => {
            let found = map.get(&k);
            assert_eq!(found.as_deref(), model.get(&k));
            assert!(found.is_none_or(|found| *found.key() == k));
            assert_eq!(map.get_cloned(&k), model.get(&k).copied());
            assert_eq!(map.contains_key(&k), model.contains_key(&k));
            map.get_many_with([&k], |_, value| assert_eq!(value, model.get(&k)));
        }
        Step::Insert(k, v) => {
            let old = match pinned {
                true => map.pin().insert(k, v).copied(),
                false => map.insert(k, v).as_deref().copied(),
            };
            assert_eq!(old, model.insert(k, v));
        }
        Step::TryInsert(k, v) => {
            let refused = map.try_insert(k, v).err();
            let refused = refused.map(|refused| (*refused.current, refused.key, refused.value));
            assert_eq!(refused, model.get(&k).map(|&there| (there, k, v)));
            model.entry(k).or_insert(v);
        }
        Step::TryInsertWith(k, v) => {
            let refused = map.try_insert_with(k, || v).err();
            let refused = refused.map(|refused| (*refused.current, refused.key, refused.value));
            assert_eq!(refused, model.get(&k).map(|&there| (there, k, None)));
            model.entry(k).or_insert(v);
        }
        Step::Update(k) => {
            let new = match pinned {
                true => map.pin().update(&k, |v| v + 1).copied(),
                false => map.update(&k, |v| v + 1).as_deref().copied(),
            };
            if let Some(v) = model.get_mut(&k) {
                *v += 1;
            }
            assert_eq!(new.as_ref(), model.get(&k));
        }
        Step::Compute(k, operation) => {
            let seen = model.get(&k).copied();
            let mut calls = 0;
            let decide = |found: Option<(&u8, &u32)>| {
                calls += 1;
                assert_eq!(found, seen.as_ref().map(|v| (&k, v)));
                operation
            };
            let outcome = match pinned {
                true => owned(map.pin().compute(k, decide)),
                false => owned(map.compute(k, decide)),
            };
            let expected = match (operation, seen) {
                (Operation::Insert(new), None) => Compute::Inserted(new),
                (Operation::Insert(new), Some(old)) => Compute::Updated { old, new },
                (Operation::Remove, old) => Compute::Removed(old),
                (Operation::Abort(reason), _) => Compute::Aborted(reason),
            };
            assert_eq!((outcome, calls), (expected, 1));
            match operation {
                Operation::Insert(new) => drop(model.insert(k, new)),
                Operation::Remove => drop(model.remove(&k)),
                Operation::Abort(_) => {}
            }
        }
        Step::CompareExchange(k, old, new) => {
            let outcome = map.compare_exchange(&k, &old, new);
            let outcome = outcome
                .map(|old| *old)
                .map_err(|refused| (refused.current.as_deref().copied(), refused.new));
            let expected = match model.get_mut(&k) {
                Some(there) if *there == old => Ok(mem::replace(there, new)),
                there => Err((there.copied(), new)),
            };
            assert_eq!(outcome, expected);
        }
        Step::CompareRemove(k, old) => {
            let removed = map.compare_remove(&k, &old).map(|old| *old);
            let equal = model.get(&k) == Some(&old);
            assert_eq!(removed, equal.then(|| model.remove(&k)).flatten());
        }
        Step::Remove(k) => {
            let old = match pinned {
                true => map.pin().remove(&k).copied(),
                false => map.remove(&k).as_deref().copied(),
            };
            assert_eq!(old, model.remove(&k));
        }
        Step::RemoveIf(k, least) => {
            let removed = map.remove_if(&k, |_, v| *v >= least).map(|old| *old);
            let wanted = model.get(&k).is_some_and(|v| *v >= least);
            assert_eq!(removed, wanted.then(|| model.remove(&k)).flatten());
        }
        Step::Retain(least) => {
            let mut judged = Model::new();
            map.retain(|&k, &v| {
                assert_eq!(judged.insert(k, v), None, "{k} was judged twice");
                v >= least
            });
            assert_eq!(judged, *model);
            model.retain(|_, v| *v >= least);
        }
        Step::Compact => {
            let dead = dead(&map.inspect());
            assert_eq!(map.compact(), dead);
            let after = map.inspect();
            assert_eq!((after.amended, after.misses), (false, 0));
            // Empty after a clear, it may stay there.
            let dirty = after.dirty;
            assert!(dirty.is_none_or(|dirty| dirty.is_empty() && model.is_empty()));
            assert!(after.read.iter().all(|(_, state)| is_value(state)));
            assert_eq!(map.compact(), 0);
        }
        Step::Clear => {
            map.clear();
            model.clear();
        }
        Step::GetMut(k, v) => {
            let (ours, theirs) = (map.get_mut(&k), model.get_mut(&k));
            assert_eq!(ours, theirs);
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                (*ours, *theirs) = (v, v);
            }
        }
        Step::IterMut => {
            let mut seen = Model::new();
            for (&k, v) in &mut *map {
                assert_eq!(seen.insert(k, *v), None, "{k} came twice");
                *v += 1;
            }
            assert_eq!(seen, *model);
            model.values_mut().for_each(|v| *v += 1);
        }
        Step::Drain(n) => {
            let taken = map.drain().take(n);
            is_part_of(model, taken.collect(), n);
            model.clear();
        }
        Step::Extend(pairs) => {
            match pinned {
                true => (&*map).extend(pairs.clone()),
                false => map.extend(pairs.iter().map(|(k, v)| (k, v))),
            }
            model.extend(pairs);
        }
        Step::Iterate => {
            let pinned = map.pin();
            let pairs = || pinned.iter().map(|(&k, &v)| (k, v));
            assert_eq!(pairs().count(), model.len());
            assert_eq!(Model::from_iter(pairs()), *model);
        }
        Step::Clone => *map = map.clone(),
        Step::IntoIter(n) => {
            let taken = mem::take(map).into_iter().take(n);
            is_part_of(model, taken.collect(), n);
            model.clear();
        }
    }
}

/// `taken` is `n` pairs of the model, or all if it has no more.
pub(crate) fn is_part_of(model: &Model, taken: Vec<(u8, u32)>, n: usize) {
    assert_eq!(taken.len(), n.min(model.len()));
    let distinct = Model::from_iter(taken.iter().copied());
    assert_eq!(distinct.len(), taken.len(), "a key came twice: {taken:?}");
    assert!(
        distinct.iter().all(|(k, v)| model.get(k) == Some(v)),
        "{taken:?}"
    );
}

type Inside = Inspection<u8, u32>;

fn is_value(state: &EntryState<u32>) -> bool {
    matches!(state, EntryState::Value(_))
}

/// How many entries of the two maps together have no value.
fn dead(inside: &Inside) -> usize {
    let all = inside.read.iter().chain(inside.dirty.iter().flatten());
    let dead = all.filter(|(_, state)| !is_value(state));
    dead.map(|(k, _)| k).collect::<BTreeSet<_>>().len()
}

/// What a step may do to the keys of the read snapshot.
fn change(step: &Step) -> Change {
    match step {
        Step::Compact => Change::Compact,
        Step::Clear | Step::Drain(_) | Step::Clone | Step::IntoIter(_) => Change::Clear,
        _ => Change::Ordinary,
    }
}

/// What can be known about a map without changing it: a look-up or a range may
/// promote, but this does not.
pub(crate) fn assert_matches(map: &SyncMap<u8, u32>, model: &Model) {
    invariants_hold(map);
    let inside = map.inspect();
    let complete = inside.dirty.as_ref().unwrap_or(&inside.read).iter();
    let present = complete.filter_map(|(k, state)| match state {
        EntryState::Value(v) => Some((*k, *v)),
        _ => None,
    });
    assert_eq!(Model::from_iter(present), *model, "I8");
    assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
    let stats = map.stats();
    let dirty = inside.dirty.as_ref().map_or(0, Vec::len);
    let sizes = (stats.len, stats.read_entries, stats.dirty_entries);
    assert_eq!(sizes, (model.len(), inside.read.len(), dirty));
    assert_eq!(stats.tombstones, dead(&inside));
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn after_every_step_it_equals_a_plain_map_and_the_invariants_hold(
        steps in steps(),
        pinned in any::<bool>(),
    ) {
        let (mut map, mut model) = (SyncMap::new(), Model::new());
        for step in steps {
            let (before, change) = (map.inspect(), change(&step));
            apply(&mut map, &mut model, step, pinned);
            assert_matches(&map, &model);
            read_keeps_its_keys(&before.read, &map.inspect().read, change);
        }
        prop_assert_eq!(Model::from_iter(map), model);
    }
}

// Update and compute, wherever the key is.

/// Where the key `k` is, beside a resident `r` and, if the map has to be amended
/// for another key's sake, a new key `n`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Read,
    DirtyOnly,
    Both,
    Nowhere,
    NowhereAmended,
    NowhereNew,
    Nil,
    NilInBoth,
    NilInDirtyOnly,
    Expunged,
}

/// A map with the key `k` in that place; where it has a value, that is 5.
pub(crate) fn with_key(place: Place) -> Map {
    let map = Map::new();
    if let Place::NowhereNew = place {
        return map;
    }
    map.insert("r", 1);
    if let Place::Read | Place::Both | Place::Nil | Place::NilInBoth | Place::Expunged = place {
        map.insert("k", 5);
    }
    promote(&map);
    if let Place::Nil | Place::Expunged = place {
        map.remove("k");
    }
    if let Place::DirtyOnly | Place::NilInDirtyOnly = place {
        map.insert("k", 5);
    }
    if let Place::Both
    | Place::NowhereAmended
    | Place::NilInBoth
    | Place::NilInDirtyOnly
    | Place::Expunged = place
    {
        map.insert("n", 2);
    }
    match place {
        Place::NilInBoth => drop(map.remove("k")),
        // Unlike `remove`, this leaves the key in the dirty map.
        Place::NilInDirtyOnly => drop(map.remove_if("k", |_, _| true)),
        _ => {}
    }
    map
}

#[test]
fn each_place_is_what_its_name_says() {
    #[rustfmt::skip] // a table
    let cases = [
        (Place::Read, "{k:5 r:1}"),
        (Place::DirtyOnly, "{r:1} amended dirty {k:5 r:1}"),
        (Place::Both, "{k:5 r:1} amended dirty {k:5 n:2 r:1}"),
        (Place::Nowhere, "{r:1}"),
        (Place::NowhereAmended, "{r:1} amended dirty {n:2 r:1}"),
        (Place::NowhereNew, "{}"),
        (Place::Nil, "{k:nil r:1}"),
        (Place::NilInBoth, "{k:nil r:1} amended dirty {k:nil n:2 r:1}"),
        (Place::NilInDirtyOnly, "{r:1} amended dirty {k:nil n:2 r:1} misses 1"),
        (Place::Expunged, "{k:X r:1} amended dirty {n:2 r:1}"),
    ];
    for (place, state) in cases {
        assert_eq!(inside(&with_key(place)), state, "{place:?}");
    }
}

type Outcome = Compute<u32, &'static str>;

/// Computes `decide` for `k` in each place, one-shot and pinned: the outcome, and
/// the state after it.
#[track_caller]
fn assert_computes(
    decide: impl Fn(Option<u32>) -> Operation<u32, &'static str>,
    cases: [(Place, Outcome, &str); 10],
) {
    for (place, expected, state) in cases {
        let seen = with_key(place).get_cloned("k");
        let decide = |found: Option<(&&str, &u32)>| {
            assert_eq!(found, seen.as_ref().map(|v| (&"k", v)), "{place:?}");
            decide(seen)
        };
        let (map, other) = (with_key(place), with_key(place));
        let one_shot = owned(map.compute("k", decide));
        let pinned = owned(other.pin().compute("k", decide));
        assert_eq!((one_shot, pinned), (expected, expected), "{place:?}");
        assert_eq!(inside(&map), state, "{place:?}");
        assert_eq!(inside(&other), state, "{place:?}, pinned");
    }
}

#[test]
fn compute_inserts_or_replaces_wherever_the_key_is() {
    let (inserted, updated) = (Compute::Inserted(9), Compute::Updated { old: 5, new: 15 });
    #[rustfmt::skip] // a table
    let cases = [
        (Place::Read, updated, "{k:15 r:1}"),
        (Place::DirtyOnly, updated, "{r:1} amended dirty {k:15 r:1} misses 1"),
        (Place::Both, updated, "{k:15 r:1} amended dirty {k:15 n:2 r:1}"),
        (Place::Nowhere, inserted, "{r:1} amended dirty {k:9 r:1}"),
        (Place::NowhereAmended, inserted, "{r:1} amended dirty {k:9 n:2 r:1} misses 1"),
        (Place::NowhereNew, inserted, "{} amended dirty {k:9}"),
        (Place::Nil, inserted, "{k:9 r:1}"),
        (Place::NilInBoth, inserted, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
        // The look and the deed are a miss each, and the third promotes.
        (Place::NilInDirtyOnly, inserted, "{k:9 n:2 r:1}"),
        (Place::Expunged, inserted, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
    ];
    assert_computes(|seen| Operation::Insert(seen.map_or(9, |v| v + 10)), cases);
}

#[test]
fn compute_removes_wherever_the_key_is() {
    let (removed, absent) = (Compute::Removed(Some(5)), Compute::Removed(None));
    #[rustfmt::skip] // a table
    let cases = [
        (Place::Read, removed, "{k:nil r:1}"),
        (Place::DirtyOnly, removed, "{r:1} amended dirty {k:nil r:1} misses 1"),
        (Place::Both, removed, "{k:nil r:1} amended dirty {k:nil n:2 r:1}"),
        (Place::Nowhere, absent, "{r:1}"),
        (Place::NowhereAmended, absent, "{r:1} amended dirty {n:2 r:1} misses 1"),
        (Place::NowhereNew, absent, "{}"),
        (Place::Nil, absent, "{k:nil r:1}"),
        (Place::NilInBoth, absent, "{k:nil r:1} amended dirty {k:nil n:2 r:1}"),
        (Place::NilInDirtyOnly, absent, "{r:1} amended dirty {k:nil n:2 r:1} misses 2"),
        (Place::Expunged, absent, "{k:X r:1} amended dirty {n:2 r:1}"),
    ];
    assert_computes(|_| Operation::Remove, cases);
}

/// Where the key is and what a look-up leaves behind: only misses.
#[rustfmt::skip] // a table
const ONLY_LOOKED_AT: [(Place, &str); 10] = [
    (Place::Read, "{k:5 r:1}"),
    (Place::DirtyOnly, "{r:1} amended dirty {k:5 r:1} misses 1"),
    (Place::Both, "{k:5 r:1} amended dirty {k:5 n:2 r:1}"),
    (Place::Nowhere, "{r:1}"),
    (Place::NowhereAmended, "{r:1} amended dirty {n:2 r:1} misses 1"),
    (Place::NowhereNew, "{}"),
    (Place::Nil, "{k:nil r:1}"),
    (Place::NilInBoth, "{k:nil r:1} amended dirty {k:nil n:2 r:1}"),
    (Place::NilInDirtyOnly, "{r:1} amended dirty {k:nil n:2 r:1} misses 2"),
    (Place::Expunged, "{k:X r:1} amended dirty {n:2 r:1}"),
];

#[test]
fn compute_aborts_wherever_the_key_is_and_changes_no_entry() {
    let cases = ONLY_LOOKED_AT.map(|(place, state)| (place, Compute::Aborted("no"), state));
    assert_computes(|_| Operation::Abort("no"), cases);
}

#[test]
fn update_replaces_a_value_wherever_it_is_and_brings_back_none() {
    for (place, looked_at) in ONLY_LOOKED_AT {
        let present = matches!(place, Place::Read | Place::DirtyOnly | Place::Both);
        let expected = present.then_some(15);
        let state = looked_at.replace("k:5", "k:15");
        let (map, other) = (with_key(place), with_key(place));
        let one_shot = map.update("k", |v| v + 10).map(|new| *new);
        let pinned = other.pin().update("k", |v| v + 10).copied();
        assert_eq!((one_shot, pinned), (expected, expected), "{place:?}");
        assert_eq!(inside(&map), state, "{place:?}");
        assert_eq!(inside(&other), state, "{place:?}, pinned");
    }
}

/// The closures may do anything with the map, and what they did in between makes
/// them run again.
#[test]
fn a_closure_that_is_overtaken_runs_again_on_what_it_finds() {
    let map = Map::from([("k", 1)]);
    let mut seen = Vec::new();
    let new = map.update("k", |&v| {
        seen.push(v);
        if v == 1 {
            map.insert("k", 2);
        }
        v + 10
    });
    assert_eq!((new.as_deref(), &seen[..]), (Some(&12), &[1, 2][..]));

    let mut seen = Vec::new();
    let outcome = owned(map.compute("k", |found| {
        seen.push(found.map(|(_, v)| *v));
        match seen.len() {
            1 => drop(map.remove("k")),
            2 => drop(map.insert("k", 3)),
            3 => drop(map.insert("k", 4)),
            _ => return Operation::<u32, ()>::Remove,
        }
        Operation::Insert(5)
    }));
    assert_eq!(outcome, Compute::Removed(Some(4)));
    assert_eq!(seen, [Some(12), None, Some(3), Some(4)]);
    assert!(map.is_empty());

    let mut calls = 0;
    let removed = map.remove_if("k", |_, _| unreachable!("it is absent"));
    assert!(removed.is_none());
    map.insert("k", 6);
    let removed = map.remove_if("k", |key, &v| {
        calls += 1;
        if v == 6 {
            map.insert(key, 7);
        }
        v >= 6
    });
    assert_eq!((removed.as_deref(), calls), (Some(&7), 2));
}

/// A tombstone is not touched, nor a miss counted, for a value that may never
/// come.
#[test]
fn while_a_value_is_being_made_the_map_is_as_it_was() {
    let absent = [
        (Place::Nowhere, "{r:1} amended dirty {k:9 r:1}"),
        (Place::NowhereAmended, "{r:1} amended dirty {k:9 n:2 r:1}"),
        (Place::NowhereNew, "{} amended dirty {k:9}"),
        (Place::Nil, "{k:9 r:1}"),
        (Place::NilInBoth, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
        (
            Place::NilInDirtyOnly,
            "{r:1} amended dirty {k:9 n:2 r:1} misses 2",
        ),
        (Place::Expunged, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
    ];
    for (place, state) in absent {
        let map = with_key(place);
        let before = inside(&map);
        let stored = map.get_or_insert_with("k", || {
            assert_eq!(inside(&map), before, "{place:?}");
            9
        });
        assert_eq!((*stored, inside(&map)), (9, state.to_owned()), "{place:?}");
    }
}

#[test]
fn a_value_that_was_made_for_nothing_comes_back() {
    let map = Map::new();
    let refused = map.try_insert_with("k", || {
        map.insert("k", 1);
        2
    });
    let refused = refused.unwrap_err();
    assert_eq!(*refused.current, 1);
    assert_eq!((refused.key, refused.value), ("k", Some(2)));
    let found = map.get_or_insert_with("l", || {
        map.insert("l", 3);
        4
    });
    assert_eq!((*found, map.len()), (3, 2));
}

/// What happens in an entry that a clear has thrown out meanwhile is nothing to
/// the keys that have come since.
#[test]
fn a_removal_that_comes_too_late_for_a_clear_is_not_counted() {
    let map = Map::from([("k", 1), ("l", 2)]);
    let removed = map.remove_if("k", |_, _| {
        map.clear();
        map.insert("m", 3);
        true
    });
    assert_eq!(removed.as_deref(), Some(&1));
    assert_eq!((map.len(), map.stats().tombstones), (1, 0));
    let outcome = map.compute("m", |found| {
        map.clear();
        map.insert("n", 4);
        found.map_or(Operation::Abort(()), |_| Operation::Remove)
    });
    assert_eq!(owned(outcome), Compute::Removed(Some(3)));
    assert_eq!((map.len(), map.stats().tombstones), (1, 0));
    assert_eq!(inside(&map), "{} amended dirty {n:4}");
}

// Retain and compact.

#[test]
fn retain_judges_every_key_and_removes_those_it_is_told_to() {
    let map = with_key(Place::Both);
    map.retain(|key, v| *key != "r" && *v != 2);
    assert_eq!(inside(&map), "{k:5 n:nil r:nil}");
    map.retain(|_, _| true);
    assert_eq!(inside(&map), "{k:5 n:nil r:nil}");
    assert_eq!(map.len(), 1);
    map.retain(|_, _| false);
    assert_eq!(inside(&map), "{k:nil n:nil r:nil}");
    assert_eq!(map.len(), 0);
    map.retain(|_, _| unreachable!("nothing is left to be judged"));
}

/// Without a new key a removed one would stay for ever, as it does in Go.
#[test]
fn compact_purges_all_three_kinds_of_tombstones() {
    let map = Map::from([("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    map.remove("a");
    map.insert("e", 5);
    map.remove("b");
    map.remove_if("e", |_, _| true);
    let before = "{a:X b:nil c:3 d:4} amended dirty {b:nil c:3 d:4 e:nil} misses 1";
    assert_eq!(inside(&map), before);
    assert_eq!(map.stats().tombstones, 3);
    assert_eq!(map.compact(), 3);
    assert_eq!(inside(&map), "{c:3 d:4}");
    assert_eq!(map.stats().tombstones, 0);
    assert_eq!(map.pin().compact(), 0);
    assert_eq!(inside(&map), "{c:3 d:4}");
    assert_eq!(map.len(), 2);
    map.retain(|_, _| false);
    assert_eq!(map.compact(), 2);
    assert_eq!(inside(&map), "{}");
}

#[test]
fn compact_promotes_what_waits_even_without_tombstones() {
    let map = with_key(Place::DirtyOnly);
    assert_eq!(map.compact(), 0);
    assert_eq!(inside(&map), "{k:5 r:1}");
    let locks = map.stats().locks;
    assert!(map.contains_key("k") && !map.contains_key("absent"));
    assert_eq!(map.stats().locks, locks, "a read after it takes no lock");
}

#[test]
fn a_compact_with_nothing_to_do_copies_and_publishes_nothing() {
    let map = Map::from([("a", 1)]);
    let before = map.stats();
    assert_eq!(map.compact(), 0);
    let after = map.stats();
    assert_eq!(after.locks, before.locks + 1);
    assert_eq!(after.rebuilds, before.rebuilds);
    assert_eq!(after.promotions, before.promotions);
    let new = Map::new();
    assert_eq!(new.compact(), 0);
    assert_eq!(inside(&new), "{}");
}

/// Flushes until nobody but the caller holds `token`.
fn await_alone<T: ?Sized, K, V>(map: &SyncMap<K, V>, token: &Arc<T>) {
    // While another test holds a pin, a flush does not get through.
    for _ in 0..1_000_000 {
        if Arc::strong_count(token) == 1 {
            return;
        }
        map.flush();
        thread::yield_now();
    }
    panic!("leaked: {} are left", Arc::strong_count(token) - 1);
}

#[test]
fn a_removed_key_lingers_until_compact() {
    let (key, other): (Arc<str>, Arc<str>) = ("removed".into(), "kept".into());
    let map = SyncMap::from([(Arc::clone(&key), 1), (Arc::clone(&other), 2)]);
    map.remove("removed");
    while !map.flush() {
        thread::yield_now();
    }
    assert_eq!(Arc::strong_count(&key), 2, "a tombstone keeps its key");
    assert_eq!(map.compact(), 1);
    await_alone(&map, &key);
    assert_eq!(Arc::strong_count(&other), 2);
}

// Exclusive access.

#[test]
fn get_mut_reaches_a_value_wherever_it_is_and_counts_no_miss() {
    let cases = [
        (Place::Read, "{k:15 r:1}"),
        (Place::DirtyOnly, "{r:1} amended dirty {k:15 r:1}"),
        (Place::Both, "{k:15 r:1} amended dirty {k:15 n:2 r:1}"),
    ];
    for (place, state) in cases {
        let mut map = with_key(place);
        *map.get_mut("k").unwrap() += 10;
        assert_eq!(inside(&map), state, "{place:?}");
    }
    let absent = [
        Place::Nowhere,
        Place::NowhereAmended,
        Place::NowhereNew,
        Place::Nil,
        Place::NilInBoth,
        Place::NilInDirtyOnly,
        Place::Expunged,
    ];
    for place in absent {
        let mut map = with_key(place);
        let before = inside(&map);
        assert_eq!(map.get_mut("k"), None, "{place:?}");
        assert_eq!(inside(&map), before, "{place:?}");
    }
}

/// Two keys in `read`, one in the dirty map alone, and one tombstone of each
/// kind.
fn everything() -> Map {
    let map = Map::from([("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    map.remove("a");
    map.insert("e", 5);
    map.insert("f", 6);
    map.remove("b");
    map.remove_if("e", |_, _| true);
    let state = "{a:X b:nil c:3 d:4} amended dirty {b:nil c:3 d:4 e:nil f:6} misses 1";
    assert_eq!(inside(&map), state);
    map
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items = Vec::from_iter(items);
    items.sort();
    items
}

#[test]
fn iter_mut_changes_every_value_in_place() {
    let mut map = everything();
    assert_eq!(map.iter_mut().size_hint(), (3, Some(3)));
    let seen = map.iter_mut().map(|(k, v)| (*k, mem::replace(v, *v * 10)));
    assert_eq!(sorted(seen), [("c", 3), ("d", 4), ("f", 6)]);
    let state = "{a:X b:nil c:30 d:40} amended dirty {b:nil c:30 d:40 e:nil f:60} misses 1";
    assert_eq!(inside(&map), state);
    for (_, v) in &mut map {
        *v += 1;
    }
    promote(&map);
    assert_eq!(inside(&map), "{b:nil c:31 d:41 e:nil f:61}");
    assert_eq!(Map::new().iter_mut().next(), None);
}

#[test]
fn drain_gives_everything_back_and_leaves_a_map_that_works() {
    let mut map = everything();
    let drain = map.drain();
    assert_eq!(drain.size_hint(), (3, Some(3)), "no tombstones");
    assert_eq!(sorted(drain), [("c", 3), ("d", 4), ("f", 6)]);
    assert!(map.is_empty() && map.get("c").is_none());
    assert_eq!(map.drain().next(), None);
    map.insert("a", 7);
    assert_eq!((map.get_cloned("a"), map.len()), (Some(7), 1));
    promote(&map);
    assert_eq!(inside(&map), "{a:7}");
}

/// A map of so many values, each of which holds a count of `token`.
fn holding(token: &Arc<()>, n: u32) -> SyncMap<u32, Arc<()>> {
    let map = SyncMap::from_iter((0..n / 2).map(|k| (k, Arc::clone(token))));
    (&map).extend((n / 2..n).map(|k| (k, Arc::clone(token))));
    assert_eq!(Arc::strong_count(token), 1 + n as usize);
    map
}

#[test]
fn a_drain_that_is_dropped_half_way_drops_the_rest_at_once() {
    let token = Arc::new(());
    let mut map = holding(&token, 10);
    let taken: Vec<_> = map.drain().take(3).collect();
    assert_eq!((taken.len(), Arc::strong_count(&token)), (3, 4));
    assert!(map.is_empty());
    drop(taken);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_drain_that_is_leaked_leaks_the_rest_and_the_map_is_empty_all_the_same() {
    let token = Arc::new(());
    let mut map = holding(&token, 10);
    let mut drain = map.drain();
    assert!(drain.next().is_some());
    mem::forget(drain);
    assert_eq!(Arc::strong_count(&token), 10, "the other nine");
    assert!(map.is_empty() && map.get(&1).is_none() && map.iter_mut().next().is_none());
    map.insert(1, Arc::clone(&token));
    assert_eq!((map.len(), Arc::strong_count(&token)), (1, 11));
    drop(map);
    assert_eq!(Arc::strong_count(&token), 10, "what is leaked stays so");
}

#[test]
fn into_iter_gives_everything_back_by_value() {
    assert_eq!(sorted(everything()), [("c", 3), ("d", 4), ("f", 6)]);
    assert_eq!(everything().into_iter().size_hint(), (3, Some(3)));
    assert_eq!(Map::new().into_iter().next(), None);
}

#[test]
fn an_into_iter_that_is_dropped_half_way_drops_the_rest_at_once() {
    let token = Arc::new(());
    let mut iter = holding(&token, 10).into_iter();
    let taken = (iter.next().unwrap(), iter.next().unwrap());
    assert_eq!(Arc::strong_count(&token), 11);
    drop(iter);
    assert_eq!(Arc::strong_count(&token), 3, "the two that were taken");
    drop(taken);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn the_iterators_of_a_pinned_map_show_what_is_present() {
    let map = everything();
    let pinned = map.pin();
    let pairs = [("c", 3), ("d", 4), ("f", 6)];
    assert_eq!(sorted(pinned.iter().map(|(k, v)| (*k, *v))), pairs);
    assert_eq!(sorted((&pinned).into_iter().map(|(k, v)| (*k, *v))), pairs);
    assert_eq!(sorted(pinned.keys().copied()), ["c", "d", "f"]);
    assert_eq!(sorted(pinned.values().copied()), [3, 4, 6]);
    assert_eq!(pinned.iter().size_hint(), (0, Some(5)));
    let mut iter = pinned.iter();
    iter.next();
    assert_eq!((iter.clone().count(), iter.count()), (2, 2));
    assert_eq!((pinned.len(), pinned.map().len()), (3, 3));
    let none = Map::new();
    assert_eq!(none.pin().iter().size_hint(), (0, Some(0)));
}

// Building, copying, comparing, showing.

#[test]
fn extend_inserts_pairs_owned_or_copied_into_a_map_or_a_reference_to_one() {
    let mut map = Map::from([("a", 1)]);
    map.extend([("a", 2), ("b", 3)]);
    map.extend([(&"b", &4), (&"e", &5)]);
    (&map).extend([("c", 6), ("d", 7), ("d", 8)]);
    let all = [("a", 2), ("b", 4), ("c", 6), ("d", 8), ("e", 5)];
    assert_eq!(map, Map::from(all));
}

#[test]
fn of_pairs_with_the_same_key_the_last_one_stays() {
    let pairs = [("a", 1), ("b", 2), ("a", 3), ("b", 4), ("a", 5)];
    let collected: SyncMap<_, _, Fixed> = pairs.into_iter().collect();
    assert_eq!(inside(&collected), "{a:5 b:4}", "and it is promoted");
    assert_eq!(inside(&Map::from(pairs)), "{a:5 b:4}");
    assert_eq!(inside(&Map::from([])), "{}");
}

#[test]
fn a_clone_is_equal_and_independent() {
    let map = everything();
    let clone = map.clone();
    assert_eq!(clone, map);
    assert_eq!(inside(&clone), "{c:3 d:4 f:6}", "no tombstones");
    clone.insert("c", 7);
    clone.remove("d");
    map.insert("g", 8);
    assert_eq!(inside(&clone), "{c:7 d:nil f:6}");
    assert_eq!(map.get_cloned("c"), Some(3));
    assert_eq!(Map::new().clone(), Map::new());
}

#[test]
fn maps_are_equal_by_their_pairs_whatever_their_hashers_and_states() {
    fn is_equal_to_itself(map: &impl Eq) -> bool {
        let itself = map;
        map == itself
    }
    let map = everything();
    let same: SyncMap<_, _, Fixed> = [("f", 6), ("d", 4), ("c", 3)].into_iter().collect();
    assert!(is_equal_to_itself(&map));
    assert_eq!(map, same);
    assert_eq!(same, map);
    let others = [
        vec![],
        vec![("c", 3), ("d", 4)],
        vec![("c", 3), ("d", 4), ("f", 7)],
        vec![("c", 3), ("d", 4), ("g", 6)],
        vec![("c", 3), ("d", 4), ("f", 6), ("g", 7)],
    ];
    for pairs in others {
        let other: SyncMap<_, _, Fixed> = pairs.into_iter().collect();
        assert_ne!(map, other);
        assert_ne!(other, map);
    }
    assert_eq!(Map::new(), SyncMap::<&str, u32, Fixed>::default());
}

#[test]
fn a_default_map_is_empty() {
    assert_eq!(inside(&Map::default()), "{}");
    assert_eq!(Map::default().stats(), readmostly::Stats::default());
}

#[test]
fn debug_shows_the_pairs_that_are_present() {
    let map = Map::from([("a", 1), ("b", 2)]);
    map.remove("b");
    assert_eq!(format!("{map:?}"), r#"{"a": 1}"#);
    assert_eq!(format!("{:#?}", map.pin()), "{\n    \"a\": 1,\n}");
    assert_eq!(format!("{:?}", Map::new()), "{}");
    let a = map.get("a").unwrap();
    assert_eq!(format!("{a:?} {a:>3}"), "1   1");
    let pinned = map.pin();
    assert_eq!(format!("{:?}", pinned.iter()), r#"[("a", 1)]"#);
    assert_eq!(format!("{:?}", pinned.keys()), r#"["a"]"#);
    assert_eq!(format!("{:?}", pinned.values()), "[1]");
    map.insert("c", 3);
    let either = [r#"{"a": 1, "c": 3}"#, r#"{"c": 3, "a": 1}"#];
    assert!(either.contains(&format!("{map:?}").as_str()), "{map:?}");
}

#[test]
fn a_capacity_for_which_there_is_no_memory_is_ignored() {
    for capacity in [usize::MAX, usize::MAX / 2, usize::MAX / 16, 1_000] {
        let map = SyncMap::with_capacity(capacity);
        map.insert("a", 1);
        assert_eq!(inside(&map), "{} amended dirty {a:1}");
        let map = SyncMap::with_capacity_and_hasher(capacity, Fixed::new());
        assert_eq!(*map.get_or_insert("a", 1), 1);
    }
}

#[test]
fn a_map_can_stand_in_a_static_and_uses_the_hasher_it_was_given() {
    static REGISTRY: SyncMap<&str, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
    REGISTRY.insert("a", 1);
    assert_eq!(REGISTRY.get_cloned("a"), Some(1));
    let _: &Fixed = REGISTRY.hasher();
}

#[test]
fn the_errors_say_what_is_the_matter() {
    fn said(error: &impl Error) -> String {
        assert!(error.source().is_none());
        error.to_string()
    }
    let map = Map::from([("a", 1)]);
    let occupied = map.try_insert("a", 2).unwrap_err();
    let why = "the key is present already, and its value was kept";
    assert_eq!(said(&occupied), why);
    let shown = r#"OccupiedError { current: 1, key: "a", value: 2 }"#;
    assert_eq!(format!("{occupied:?}"), shown);
    let OccupiedError { key, value, .. } = occupied;
    assert_eq!((key, value), ("a", 2));

    let other = map.compare_exchange("a", &7, 8).unwrap_err();
    let why = "the value is not the expected one, and was kept";
    assert_eq!(said(&other), why);
    let shown = "CompareExchangeError { current: Some(1), new: 8 }";
    assert_eq!(format!("{other:?}"), shown);
    let absent = map.compare_exchange("b", &7, 8).unwrap_err();
    assert_eq!(said(&absent), "the key is absent, and nothing was inserted");
    let CompareExchangeError { current, new } = absent;
    assert_eq!((current.is_none(), new), (true, 8));

    let pinned = map.pin();
    let boxed: Box<dyn Error + '_> = Box::new(pinned.try_insert_with("a", || 2).unwrap_err());
    assert!(format!("{boxed:?}").ends_with(r#"key: "a", value: None }"#));
}

// The counters, on Go's own example of how a map lives.

/// All of [`readmostly::Stats`] that is not zero.
fn counters(map: &Map) -> String {
    let stats = map.stats();
    let all = [
        ("len", stats.len as u64),
        ("read", stats.read_entries as u64),
        ("dirty", stats.dirty_entries as u64),
        ("tombstones", stats.tombstones as u64),
        ("locks", stats.locks),
        ("misses", stats.misses),
        ("promotions", stats.promotions),
        ("rebuilds", stats.rebuilds),
        ("copied", stats.copied_entries),
        ("expunges", stats.expunges),
        ("unexpunges", stats.unexpunges),
    ];
    let counted = all.iter().filter(|(_, count)| *count > 0);
    let counted: Vec<_> = counted.map(|(name, n)| format!("{name} {n}")).collect();
    counted.join(" ")
}

/// What is done, and the state and the counters after it.
type Event = (fn(&Map), &'static str, &'static str);

fn live(events: &[Event]) {
    let map = Map::new();
    assert_eq!(counters(&map), "");
    for (number, (happen, state, expected)) in events.iter().enumerate() {
        happen(&map);
        assert_eq!(inside(&map), *state, "event {number}");
        assert_eq!(counters(&map), *expected, "event {number}");
    }
}

#[test]
fn the_counters_follow_a_map_through_its_life() {
    #[rustfmt::skip] // a table
    live(&[
        (|map| {
            map.insert("a", 1);
            map.insert("b", 2);
            assert_eq!(map.insert("a", 3).as_deref(), Some(&1));
        }, "{} amended dirty {a:3 b:2}", "len 2 dirty 2 locks 3 rebuilds 1"),
        (|map| {
            assert_eq!(map.get_cloned("a"), Some(3));
        }, "{} amended dirty {a:3 b:2} misses 1", "len 2 dirty 2 locks 4 misses 1 rebuilds 1"),
        (|map| {
            assert_eq!(map.get_cloned("zz"), None);
        }, "{a:3 b:2}", "len 2 read 2 locks 5 misses 2 promotions 1 rebuilds 1"),
        (|map| { // The key is known: nothing that it goes through takes the lock.
            assert_eq!(map.remove("a").as_deref(), Some(&3));
            assert_eq!(map.get_cloned("a"), None);
            assert!(map.insert("a", 5).is_none());
            assert_eq!(map.remove("a").as_deref(), Some(&5));
        }, "{a:nil b:2}", "len 1 read 2 tombstones 1 locks 5 misses 2 promotions 1 rebuilds 1"),
        (|map| {
            map.insert("c", 6);
        }, "{a:X b:2} amended dirty {b:2 c:6}",
            "len 2 read 2 dirty 2 tombstones 1 \
             locks 6 misses 2 promotions 1 rebuilds 2 copied 1 expunges 1"),
        (|map| { // Neither does what only sees the tombstone.
            assert_eq!(map.get_cloned("a"), None);
            assert!(map.compare_exchange("a", &5, 6).is_err());
        }, "{a:X b:2} amended dirty {b:2 c:6}",
            "len 2 read 2 dirty 2 tombstones 1 \
             locks 6 misses 2 promotions 1 rebuilds 2 copied 1 expunges 1"),
        (|map| {
            assert!(map.try_insert("a", 7).is_ok());
        }, "{a:7 b:2} amended dirty {a:7 b:2 c:6}",
            "len 3 read 2 dirty 3 \
             locks 7 misses 2 promotions 1 rebuilds 2 copied 1 expunges 1 unexpunges 1"),
        (|map| {
            assert_eq!(map.remove("a").as_deref(), Some(&7));
            assert_eq!(map.compare_remove("c", &6).as_deref(), Some(&6));
        }, "{a:nil b:2} amended dirty {a:nil b:2 c:nil} misses 1",
            "len 1 read 2 dirty 3 tombstones 2 \
             locks 8 misses 3 promotions 1 rebuilds 2 copied 1 expunges 1 unexpunges 1"),
        (|map| {
            assert!(map.remove("c").is_none());
        }, "{a:nil b:2}",
            "len 1 read 2 tombstones 1 \
             locks 9 misses 4 promotions 2 rebuilds 2 copied 1 expunges 1 unexpunges 1"),
    ]);
}

#[test]
fn the_counters_follow_a_map_through_a_clear() {
    #[rustfmt::skip] // a table
    live(&[
        (|map| {
            map.insert("a", 1);
            map.insert("b", 2);
            promote(map);
        }, "{a:1 b:2}", "len 2 read 2 locks 3 promotions 1 rebuilds 1"),
        (|map| {
            map.insert("c", 3);
            assert_eq!(map.get_cloned("zz"), None);
        }, "{a:1 b:2} amended dirty {a:1 b:2 c:3} misses 1",
            "len 3 read 2 dirty 3 locks 5 misses 1 promotions 1 rebuilds 2 copied 2"),
        (|map| {
            map.clear();
        }, "{} dirty {}", "locks 6 misses 1 promotions 1 rebuilds 2 copied 2"),
        (|map| { // The dirty map is still there, and not built again.
            map.insert("d", 4);
        }, "{} amended dirty {d:4}",
            "len 1 dirty 1 locks 7 misses 1 promotions 1 rebuilds 2 copied 2"),
        (|map| {
            assert_eq!(map.get_cloned("d"), Some(4));
        }, "{d:4}", "len 1 read 1 locks 8 misses 2 promotions 2 rebuilds 2 copied 2"),
    ]);
}

#[cfg(feature = "serde")]
mod with_serde {
    use super::{Fixed, Map, everything, inside, sorted};
    use readmostly::SyncMap;

    #[test]
    fn a_map_survives_the_way_to_json_and_back() {
        let map: SyncMap<String, Vec<u32>> = SyncMap::new();
        map.insert("a".to_owned(), vec![1, 2]);
        map.insert("b".to_owned(), vec![]);
        let json = serde_json::to_string(&map).unwrap();
        let back: SyncMap<String, Vec<u32>, Fixed> = serde_json::from_str(&json).unwrap();
        assert_eq!(map, back);
        let empty = serde_json::to_string(&Map::new()).unwrap();
        assert_eq!(empty, "{}");
        let back: SyncMap<String, u32> = serde_json::from_str(&empty).unwrap();
        assert!(back.is_empty());
    }

    #[test]
    fn only_what_is_present_is_written() {
        let json = serde_json::to_value(everything()).unwrap();
        assert_eq!(json, serde_json::json!({"c": 3, "d": 4, "f": 6}));
    }

    #[test]
    fn of_pairs_with_the_same_key_the_last_one_is_read() {
        let json = r#"{"a": 1, "b": 2, "a": 3}"#;
        let map: SyncMap<String, u32> = serde_json::from_str(json).unwrap();
        assert_eq!(inside(&map), "{a:3 b:2}", "and it is promoted");
        assert_eq!(sorted(map), [("a".to_owned(), 3), ("b".to_owned(), 2)]);
    }

    #[test]
    fn what_is_no_map_of_the_right_types_is_an_error() {
        let error = |json| serde_json::from_str::<SyncMap<String, u32>>(json).unwrap_err();
        assert!(error("[1, 2]").to_string().contains("expected a map"));
        assert!(error(r#"{"a": "b"}"#).to_string().contains("expected u32"));
        assert!(error(r#"{"a": 1, "b": }"#).is_syntax());
    }
}
