//! The methods that a user of another map looks for: insertion by a borrowed key and by a
//! known hash, a value whose making may fail, update or insertion, and `extract_if`. One
//! thread at a time, against a plain map, and against the methods that they are made of,
//! state for state.

use crate::beyond_go::{Map, Model, Place, assert_matches, inside, is_part_of, owned, with_key};
use crate::cases::cases;
use crate::fuse::bangs;
use crate::invariants::invariants_hold;
use proptest::prelude::*;
use readmostly::{Compute, Operation, Ref, SyncMap};
use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;
use std::hash::{BuildHasher, Hash};
use std::ops::Deref;
use std::panic::resume_unwind;

const PLACES: [Place; 10] = [
    Place::Read,
    Place::DirtyOnly,
    Place::Both,
    Place::Nowhere,
    Place::NowhereAmended,
    Place::NowhereNew,
    Place::Nil,
    Place::NilInBoth,
    Place::NilInDirtyOnly,
    Place::Expunged,
];

/// What a call answers, in words.
type Call = fn(&Map) -> String;

fn said<R: Deref<Target = u32>>(found: Option<R>) -> String {
    format!("{:?}", found.map(|value| *value))
}

fn hash(map: &Map) -> u64 {
    map.hasher().hash_one("k")
}

/// Makes all of the calls on `k` in each place. Each answers what the first answers, and
/// leaves both tables, and the misses, as the first leaves them.
#[track_caller]
fn assert_the_same(calls: &[Call]) {
    for place in PLACES {
        let map = with_key(place);
        let (answer, after) = (calls[0](&map), inside(&map));
        for (n, call) in calls.iter().enumerate() {
            let map = with_key(place);
            assert_eq!(call(&map), answer, "{place:?}, {n}");
            assert_eq!(inside(&map), after, "{place:?}, {n}");
            invariants_hold(&map);
        }
    }
}

#[test]
fn a_look_up_by_a_hash_does_what_a_look_up_does() {
    assert_the_same(&[
        |map| said(map.get("k")),
        |map| said(map.get_hashed(hash(map), "k")),
        |map| said(map.pin().get_hashed(hash(map), "k")),
    ]);
}

#[test]
fn a_computation_by_a_borrowed_key_does_what_a_computation_does() {
    fn decide(seen: Option<(&&'static str, &u32)>) -> Operation<u32> {
        Operation::Insert(seen.map_or(9, |(_, v)| v + 10))
    }
    assert_the_same(&[
        |map| format!("{:?}", owned(map.compute("k", decide))),
        |map| format!("{:?}", owned(map.compute_ref("k", || "k", decide))),
        |map| format!("{:?}", owned(map.pin().compute("k", decide))),
        |map| format!("{:?}", owned(map.pin().compute_ref("k", || "k", decide))),
        |map| match map.pin().compute_entry("k", decide) {
            Compute::Inserted((&"k", v)) => format!("Inserted({v})"),
            Compute::Updated {
                old: (&"k", old),
                new: (&"k", new),
            } => format!("Updated {{ old: {old}, new: {new} }}"),
            other => panic!("{other:?}"),
        },
    ]);
}

#[test]
fn an_update_that_may_remove_does_what_a_computation_does() {
    fn never(outcome: Compute<u32, Infallible>) -> String {
        format!("{outcome:?}")
    }
    assert_the_same(&[
        |map| {
            format!(
                "{:?}",
                owned(map.compute("k", |_| Operation::<_, Infallible>::Remove))
            )
        },
        |map| never(owned(map.update_or_remove("k", |_| None))),
        |map| never(owned(map.pin().update_or_remove("k", |_| None))),
    ]);
    fn decide(seen: Option<(&&'static str, &u32)>) -> Operation<u32, Infallible> {
        seen.map_or(Operation::Remove, |(_, v)| Operation::Insert(v + 10))
    }
    assert_the_same(&[
        |map| format!("{:?}", owned(map.compute("k", decide))),
        |map| never(owned(map.update_or_remove("k", |v| Some(v + 10)))),
        |map| never(owned(map.pin().update_or_remove("k", |v| Some(v + 10)))),
    ]);
}

#[test]
fn a_replacement_does_what_an_exchange_does() {
    fn exchanged<R: Deref<Target = u32>>(
        result: Result<R, readmostly::CompareExchangeError<R, u32>>,
    ) -> String {
        let result = result.map(|old| *old);
        let refused = result.map_err(|refused| (refused.current.map(|v| *v), refused.new));
        format!("{refused:?}")
    }
    fn replaced<R: Deref<Target = u32>>(result: Result<R, u32>) -> String {
        let refused = result.map(|old| *old).map_err(|new| (None::<u32>, new));
        format!("{refused:?}")
    }
    assert_the_same(&[
        |map| exchanged(map.compare_exchange("k", &5, 6)),
        |map| exchanged(map.replace_if("k", |key, v| (*key, *v) == ("k", 5), 6)),
        |map| {
            exchanged(
                map.pin()
                    .replace_if("k", |key, v| (*key, *v) == ("k", 5), 6),
            )
        },
        |map| replaced(map.replace("k", 6)),
        |map| replaced(map.pin().replace("k", 6)),
    ]);
    assert_the_same(&[
        |map| exchanged(map.compare_exchange("k", &7, 6)),
        |map| exchanged(map.replace_if("k", |_, _| false, 6)),
        |map| exchanged(map.pin().replace_if("k", |_, _| false, 6)),
    ]);
}

#[test]
fn a_removal_that_says_why_does_what_a_removal_does() {
    assert_the_same(&[
        |map| said(map.remove_if("k", |_, v| *v == 5)),
        |map| said(map.try_remove_if("k", |_, v| *v == 5).ok()),
        |map| said(map.pin().try_remove_if("k", |_, v| *v == 5).ok()),
    ]);
    assert_the_same(&[
        |map| said(map.get("k")),
        |map| said(map.try_remove_if("k", |_, _| false).unwrap_err().current),
        |map| {
            let pinned = map.pin();
            said(pinned.try_remove_if("k", |_, _| false).unwrap_err().current)
        },
    ]);
    assert_the_same(&[
        |map| said(map.remove("k")),
        |map| said(map.pin().remove("k")),
        |map| {
            let pinned = map.pin();
            let removed = pinned.remove_entry("k");
            assert!(removed.is_none_or(|(key, _)| *key == "k"));
            said(removed.map(|(_, value)| value))
        },
    ]);
}

#[test]
fn an_extraction_does_what_a_removal_of_each_key_does() {
    assert_the_same(&[
        |map| {
            map.retain(|key, _| *key != "k");
            String::new()
        },
        |map| {
            let pinned = map.pin();
            for (key, value) in pinned.extract_if(|key, _| *key == "k") {
                assert_eq!((*key, *value), ("k", 5));
            }
            String::new()
        },
    ]);
}

/// With these, an absent key counts no miss, as for LoadOrStore. The look-up counts a
/// tombstone in the dirty map, and so does the insertion: the third miss promotes.
#[rustfmt::skip] // a table
const INSERTED: [(Place, u32, &str); 10] = [
    (Place::Read, 5, "{k:5 r:1}"),
    (Place::DirtyOnly, 5, "{r:1} amended dirty {k:5 r:1} misses 1"),
    (Place::Both, 5, "{k:5 r:1} amended dirty {k:5 n:2 r:1}"),
    (Place::Nowhere, 9, "{r:1} amended dirty {k:9 r:1}"),
    (Place::NowhereAmended, 9, "{r:1} amended dirty {k:9 n:2 r:1}"),
    (Place::NowhereNew, 9, "{} amended dirty {k:9}"),
    (Place::Nil, 9, "{k:9 r:1}"),
    (Place::NilInBoth, 9, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
    (Place::NilInDirtyOnly, 9, "{k:9 n:2 r:1}"),
    (Place::Expunged, 9, "{k:9 r:1} amended dirty {k:9 n:2 r:1}"),
];

/// Calls `call`, which gets a closure for the key and one for the value. Neither runs if
/// the key is present, and each runs once if it is absent.
#[track_caller]
fn assert_inserts(call: impl Fn(&Map, &dyn Fn() -> &'static str, &dyn Fn() -> u32) -> u32) {
    for (place, value, state) in INSERTED {
        let map = with_key(place);
        let (keys, values) = (Cell::new(0), Cell::new(0));
        let make_key = || {
            keys.set(keys.get() + 1);
            "k"
        };
        let make = || {
            values.set(values.get() + 1);
            9
        };
        assert_eq!(call(&map, &make_key, &make), value, "{place:?}");
        let made = u32::from(value == 9);
        assert_eq!((keys.get(), values.get()), (made, made), "{place:?}");
        assert_eq!(inside(&map), state, "{place:?}");
        invariants_hold(&map);
    }
}

#[test]
fn an_insertion_by_a_borrowed_key_makes_the_key_only_if_it_is_absent() {
    let ok = |make: &dyn Fn() -> u32| Ok::<_, Infallible>(make());
    assert_inserts(|map, key, make| *map.get_or_insert_with_ref("k", key, make));
    assert_inserts(|map, key, make| *map.pin().get_or_insert_with_ref("k", key, make));
    assert_inserts(|map, key, make| {
        let pinned = map.pin();
        let (found, value) = pinned.get_or_insert_key_value_with_ref("k", key, make);
        assert_eq!(*found, "k");
        *value
    });
    assert_inserts(|map, key, make| *map.get_or_insert_hashed_with(hash(map), "k", key, make));
    assert_inserts(|map, key, make| {
        *(map.pin()).get_or_insert_hashed_with(hash(map), "k", key, make)
    });
    assert_inserts(|map, key, make| {
        *map.get_or_try_insert_with_ref("k", key, || ok(make))
            .unwrap()
    });
    assert_inserts(|map, key, make| {
        let pinned = map.pin();
        *pinned
            .get_or_try_insert_with_ref("k", key, || ok(make))
            .unwrap()
    });
    // With a key of its own. It is made for the count alone.
    let count = |key: &dyn Fn() -> &'static str, make: &dyn Fn() -> u32| {
        key();
        make()
    };
    assert_inserts(|map, key, make| {
        *map.get_or_try_insert_with("k", || ok(&|| count(key, make)))
            .unwrap()
    });
    assert_inserts(|map, key, make| {
        let pinned = map.pin();
        *(pinned.get_or_try_insert_with("k", || ok(&|| count(key, make)))).unwrap()
    });
}

#[test]
fn an_update_or_insertion_updates_a_value_wherever_it_is_and_else_inserts_one() {
    type Upsert = fn(&Map, &dyn Fn() -> &'static str, &dyn Fn() -> u32) -> u32;
    let upserts: [Upsert; 4] = [
        |map, key, make| {
            let make = || {
                key();
                make()
            };
            *map.update_or_insert_with("k", |v| v + 10, make)
        },
        |map, key, make| {
            let make = || {
                key();
                make()
            };
            *map.pin().update_or_insert_with("k", |v| v + 10, make)
        },
        |map, key, make| *map.update_or_insert_with_ref("k", key, |v| v + 10, make),
        |map, key, make| {
            *map.pin()
                .update_or_insert_with_ref("k", key, |v| v + 10, make)
        },
    ];
    for (place, value, state) in INSERTED {
        for upsert in upserts {
            let map = with_key(place);
            let made = Cell::new((0, 0));
            let make_key = || {
                made.set((made.get().0 + 1, made.get().1));
                "k"
            };
            let make = || {
                made.set((made.get().0, made.get().1 + 1));
                9
            };
            let expected = if value == 5 { 15 } else { 9 };
            assert_eq!(upsert(&map, &make_key, &make), expected, "{place:?}");
            let calls = if value == 5 { (0, 0) } else { (1, 1) };
            assert_eq!(made.get(), calls, "{place:?}");
            assert_eq!(inside(&map), state.replace("k:5", "k:15"), "{place:?}");
        }
    }
}

#[test]
fn a_value_that_cannot_be_made_leaves_the_map_as_it_was() {
    for place in PLACES {
        for pinned in [false, true] {
            let map = with_key(place);
            let present = map.get_cloned("k");
            let map = with_key(place);
            let entries = || inside(&map).split(" misses").next().unwrap().to_owned();
            let before = entries();
            let fail = || Err("no");
            let key = || unreachable!("no value, no key");
            let answers = match pinned {
                true => [
                    map.pin().get_or_try_insert_with("k", fail).copied(),
                    map.pin()
                        .get_or_try_insert_with_ref("k", key, fail)
                        .copied(),
                ],
                false => [
                    map.get_or_try_insert_with("k", fail).map(|v| *v),
                    map.get_or_try_insert_with_ref("k", key, fail).map(|v| *v),
                ],
            };
            assert_eq!(answers, [present.ok_or("no"); 2], "{place:?}");
            // The second miss may have promoted.
            if !matches!(place, Place::DirtyOnly | Place::NilInDirtyOnly) {
                assert_eq!(entries(), before, "{place:?}");
            }
            assert_eq!(map.get_cloned("k"), present, "{place:?}");
            invariants_hold(&map);
        }
    }
}

/// `make_key` may make any key. The map then has that key, in its own place.
#[test]
fn a_key_that_is_not_equal_to_the_borrowed_one_is_inserted_as_itself() {
    type Insert = fn(&SyncMap<String, u32>) -> u32;
    let inserts: [Insert; 6] = [
        |map| *map.get_or_insert_with_ref("asked", || "made".to_owned(), || 7),
        |map| {
            *map.pin()
                .get_or_insert_with_ref("asked", || "made".to_owned(), || 7)
        },
        |map| {
            let hash = map.hasher().hash_one("asked");
            *map.get_or_insert_hashed_with(hash, "asked", || "made".to_owned(), || 7)
        },
        |map| {
            let keep = |seen: Option<(&String, &u32)>| match seen {
                Some(_) => Operation::Abort(()),
                None => Operation::Insert(7),
            };
            map.compute_ref("asked", || "made".to_owned(), keep);
            *map.get("made").unwrap()
        },
        |map| *map.update_or_insert_with_ref("asked", || "made".to_owned(), |v| *v, || 7),
        |map| {
            let seven = || Ok::<_, Infallible>(7);
            *map.get_or_try_insert_with_ref("asked", || "made".to_owned(), seven)
                .unwrap()
        },
    ];
    for insert in inserts {
        for promoted in [false, true] {
            let map = SyncMap::from([("other".to_owned(), 1)]);
            assert_eq!(insert(&map), 7);
            assert!(map.get("asked").is_none());
            assert_eq!(map.get("made").as_deref(), Some(&7));
            invariants_hold(&map);
            if promoted {
                map.compact();
            }
            // The key that is made is there already, and stays as it is.
            assert_eq!(insert(&map), 7);
            assert_eq!(map.len(), 2);
            assert!(map.get("asked").is_none());
            invariants_hold(&map);
        }
    }
}

#[test]
fn a_computation_goes_on_with_the_key_that_was_made() {
    let map = SyncMap::from([("made".to_owned(), 1)]);
    let (mut seen, mut made) = (Vec::new(), 0);
    let make_key = || {
        made += 1;
        "made".to_owned()
    };
    let computed = map.compute_ref("asked", make_key, |found| {
        seen.push(found.map(|(key, v)| (key.clone(), *v)));
        Operation::<_>::Insert(found.map_or(7, |(_, v)| v + 1))
    });
    assert_eq!(owned(computed), Compute::Updated { old: 1, new: 2 });
    assert_eq!(seen, [None, Some(("made".to_owned(), 1))]);
    let updated = map.update_or_insert_with_ref("asked", || "made".to_owned(), |v| v + 1, || 7);
    assert_eq!((*updated, made, map.len()), (3, 1, 1));
}

#[test]
fn a_wrong_hash_finds_nothing_and_inserts_no_key_twice() {
    let map = SyncMap::from([("a".to_owned(), 1)]);
    for amended in [false, true] {
        let right = map.hasher().hash_one("a");
        for wrong in (0..64)
            .map(|bit| right ^ 1 << bit)
            .chain([0, u64::MAX, !right])
        {
            // It may find the key, if it differs where the table does not look.
            let found = map.get_hashed(wrong, "a");
            assert!(found.is_none_or(|found| *found == 1));
            let found = map.pin().get_hashed(wrong, "a").copied();
            assert!(found.is_none_or(|found| found == 1));
            let present = map.get_or_insert_hashed_with(wrong, "a", || "a".to_owned(), || 2);
            assert_eq!(*present, 1);
            drop(present);
            let pinned = map.pin();
            let present = pinned.get_or_insert_hashed_with(wrong, "a", || "a".to_owned(), || 2);
            assert_eq!(*present, 1);
        }
        assert!(map.get_hashed(!right, "a").is_none());
        assert!(map.pin().get_hashed(!right, "a").is_none());
        let absent = format!("new {amended}");
        let inserted = map.get_or_insert_hashed_with(right, &*absent, || absent.clone(), || 3);
        assert_eq!(*inserted, 3);
        drop(inserted);
        assert_eq!(map.get(&absent).as_deref(), Some(&3));
        invariants_hold(&map);
    }
    assert_eq!(map.len(), 3);
}

/// The closures may do anything with the map, their own key included.
#[test]
fn what_a_closure_inserted_is_what_the_insertion_finds() {
    let map = Map::new();
    let own = |key| {
        map.insert(key, 1);
        2
    };
    assert_eq!(*map.get_or_insert_with_ref("a", || "a", || own("a")), 1);
    assert_eq!(
        *map.get_or_insert_with_ref(
            "b",
            || {
                own("b");
                "b"
            },
            || 2
        ),
        1
    );
    let found = map.get_or_try_insert_with("c", || Ok::<_, Infallible>(own("c")));
    assert_eq!(*found.unwrap(), 1);
    assert_eq!(*map.update_or_insert_with("d", |v| v + 10, || own("d")), 11);
    let computed = map.compute_ref(
        "e",
        || {
            own("e");
            "e"
        },
        |seen| Operation::<_>::Insert(seen.map_or(5, |(_, v)| v + 10)),
    );
    assert_eq!(owned(computed), Compute::Updated { old: 1, new: 11 });
    assert_eq!(map.len(), 5);
    invariants_hold(&map);
}

/// The key is inserted while the first value is made, and removed while that is updated.
/// The value that was made first is inserted then.
#[test]
fn an_update_or_insertion_makes_one_value_and_one_key() {
    let map = SyncMap::<String, u32>::new();
    let (mut keys, mut values, mut seen) = (0, 0, Vec::new());
    let new = map.update_or_insert_with_ref(
        "k",
        || {
            keys += 1;
            map.insert("k".to_owned(), 1);
            "k".to_owned()
        },
        |v| {
            seen.push(*v);
            map.remove("k");
            v + 10
        },
        || {
            values += 1;
            7
        },
    );
    assert_eq!((*new, keys, values, &seen[..]), (7, 1, 1, &[1][..]));
}

#[test]
fn the_error_of_a_removal_says_why() {
    let map = Map::from([("k", 1)]);
    let refused = map.try_remove_if("k", |_, _| false).unwrap_err();
    let absent = map.try_remove_if("l", |_, _| true).unwrap_err();
    assert_eq!(format!("{refused:?}"), "RemoveIfError { current: Some(1) }");
    assert_eq!(
        [refused.to_string(), absent.to_string()],
        [
            "the condition does not hold for the value, which was kept",
            "the key is absent, and nothing was removed",
        ]
    );
    fn is_an_error<E: Error>(_: &E) {}
    is_an_error(&refused);
}

/// The condition is asked again about the value that has come, and its answer counts.
#[test]
fn a_refusal_hands_out_the_value_that_was_refused() {
    let map = Map::from([("k", 1)]);
    let overtake = |_: &&str, v: &u32| {
        let first = *v == 1;
        if first {
            map.insert("k", 2);
        }
        first
    };
    let refused = map.try_remove_if("k", overtake).unwrap_err();
    assert_eq!(refused.current.as_deref(), Some(&2));
    drop(refused);
    map.insert("k", 1);
    let refused = map.replace_if("k", overtake, 9).unwrap_err();
    assert_eq!((refused.current.as_deref(), refused.new), (Some(&2), 9));
    drop(refused);
    map.insert("k", 1);
    // Removed while it was asked: absent, whatever it said.
    let gone = map.try_remove_if("k", |_, _| map.remove("k").is_some());
    assert!(gone.unwrap_err().current.is_none());
}

#[test]
fn an_extraction_that_is_stopped_leaves_the_rest() {
    let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    let pinned = map.pin();
    let asked = Cell::new(0);
    let mut even = pinned.extract_if(|key, _| {
        asked.set(asked.get() + 1);
        key % 2 == 0
    });
    assert_eq!((asked.get(), map.len()), (0, 10), "it is lazy");
    let (key, value) = even.next().unwrap();
    assert_eq!((key, key % 2), (value, 0));
    // No further than it had to go.
    assert!(asked.get() <= 6 && map.len() == 9 && !map.contains_key(key));
    assert!(even.size_hint().1.is_some_and(|most| most < 10));
    assert_eq!(format!("{even:?}"), "ExtractIf { .. }");
    drop(even);
    assert_eq!(map.len(), 9);
    let rest: Vec<_> = pinned.extract_if(|key, _| key % 2 == 0).collect();
    assert_eq!((rest.len(), map.len()), (4, 5));
    assert_eq!(*value, *key, "it is valid as long as the handle");
}

/// The closure may want none of them.
#[test]
fn an_extraction_promises_no_item() {
    let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    let pinned = map.pin();
    assert_eq!(pinned.extract_if(|_, _| false).size_hint(), (0, Some(10)));
    assert_eq!(map.extract_if(|_, _| false).size_hint(), (0, Some(10)));
    assert_eq!(map.iter().size_hint(), (0, Some(10)));
    let mut some = map.extract_if(|key, _| *key < 5);
    assert_eq!((some.next().is_some(), some.count()), (true, 4));
}

#[test]
fn an_extraction_of_an_empty_map_ends_at_once() {
    let map = SyncMap::<u32, u32>::new();
    let pinned = map.pin();
    let mut all = pinned.extract_if(|_, _| true);
    assert_eq!((all.size_hint(), all.next()), ((0, Some(0)), None));
    assert_eq!(all.next(), None);
}

#[test]
fn an_extraction_goes_on_after_a_panic_of_its_closure() {
    let map: SyncMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    let pinned = map.pin();
    let asked = Cell::new(0);
    let mut all = pinned.extract_if(|_, _| {
        asked.set(asked.get() + 1);
        if asked.get() == 4 {
            resume_unwind(Box::new(crate::fuse::Bang));
        }
        true
    });
    assert_eq!(all.by_ref().take(3).count(), 3);
    assert!(bangs(|| _ = all.next()));
    assert_eq!((map.len(), all.count()), (7, 6));
    // The one whose closure panicked.
    assert_eq!(map.len(), 1);
    invariants_hold(&map);
}

/// Replaced and removed while the iterator asks about it: it is asked again, or is gone.
#[test]
fn an_extraction_removes_the_value_that_it_has_seen() {
    let map = Map::from([("k", 1)]);
    let pinned = map.pin();
    let mut seen = Vec::new();
    let taken: Vec<_> = pinned
        .extract_if(|_, v| {
            seen.push(*v);
            if *v == 1 {
                map.insert("k", 2);
            }
            true
        })
        .collect();
    assert_eq!((taken, seen), (vec![(&"k", &2)], vec![1, 2]));
    map.insert("k", 3);
    let mut none = pinned.extract_if(|key, _| map.remove(key).is_some());
    assert!(none.next().is_none());
}

/// A key whose spelling does not count.
#[derive(Clone, Debug)]
struct Spelled(&'static str);

impl PartialEq for Spelled {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Spelled {}

impl Hash for Spelled {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(self.0.to_ascii_lowercase().as_bytes());
    }
}

fn spelling(found: Option<Ref<'_, Spelled, u32>>) -> Option<&'static str> {
    found.map(|found| found.key().0)
}

/// As `docs/go-parity.md` says of keys that come back.
#[test]
fn after_a_removal_an_equal_key_may_find_the_old_key_object() {
    let map = SyncMap::from([(Spelled("tea"), 1), (Spelled("milk"), 2)]);
    map.remove(&Spelled("tea"));
    map.insert(Spelled("TEA"), 3);
    assert_eq!(
        spelling(map.get(&Spelled("tea"))),
        Some("tea"),
        "a tombstone"
    );

    map.remove(&Spelled("tea"));
    map.compact();
    map.insert(Spelled("TEA"), 4);
    assert_eq!(spelling(map.get(&Spelled("tea"))), Some("TEA"), "compacted");

    // Only the dirty map has it: the removal takes the entry out.
    map.insert(Spelled("salt"), 5);
    map.remove(&Spelled("salt"));
    map.insert(Spelled("SALT"), 6);
    assert_eq!(spelling(map.get(&Spelled("salt"))), Some("SALT"), "new");
}

/// The way round that `docs/go-parity.md` shows.
#[test]
fn the_key_object_is_the_one_that_the_insertion_handed_out() {
    let map = SyncMap::<Box<str>, ()>::new();
    let pinned = map.pin();
    let intern = |name: &str| -> *const str {
        let (key, ()) = pinned.get_or_insert_key_value_with_ref(name, || name.into(), || ());
        &raw const **key
    };
    let first = intern("tea");
    assert_eq!(intern("tea"), first);
    map.compact();
    assert_eq!(intern("tea"), first);
    map.remove("tea");
    // The entry was there, and so was its key.
    assert_eq!(intern("tea"), first);
    let (found, ()) = pinned.get_key_value("tea").unwrap();
    assert!(std::ptr::eq(&**found, first));
}

// At random, against a plain map.

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, u32),
    Remove(u8),
    GetHashed(u8),
    GetOrInsertRef(u8, u32),
    GetOrInsertHashed(u8, u32, u64),
    GetOrTry(u8, Option<u32>),
    GetOrTryRef(u8, Option<u32>),
    UpdateOrInsert(u8, u32),
    UpdateOrInsertRef(u8, u32),
    /// Removes values that are smaller.
    UpdateOrRemove(u8, u32),
    Compute(u8, Operation<u32>),
    Replace(u8, u32),
    ReplaceIf(u8, u32, u32),
    TryRemoveIf(u8, u32),
    RemoveEntry(u8),
    /// At the most so many of the values that are at least so large.
    ExtractIf(u32, usize),
    Compact,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let k = || 0..6_u8;
    let v = || 0..4_u32;
    let operation = prop_oneof![
        v().prop_map(Operation::Insert),
        Just(Operation::Remove),
        Just(Operation::Abort(())),
    ];
    let step = prop_oneof![
        6 => (k(), v()).prop_map(|(k, v)| Step::Insert(k, v)),
        6 => k().prop_map(Step::Remove),
        3 => k().prop_map(Step::GetHashed),
        6 => (k(), v()).prop_map(|(k, v)| Step::GetOrInsertRef(k, v)),
        6 => (k(), v(), prop_oneof![Just(0), any::<u64>()])
            .prop_map(|(k, v, wrong)| Step::GetOrInsertHashed(k, v, wrong)),
        4 => (k(), prop::option::of(v())).prop_map(|(k, v)| Step::GetOrTry(k, v)),
        4 => (k(), prop::option::of(v())).prop_map(|(k, v)| Step::GetOrTryRef(k, v)),
        4 => (k(), v()).prop_map(|(k, v)| Step::UpdateOrInsert(k, v)),
        4 => (k(), v()).prop_map(|(k, v)| Step::UpdateOrInsertRef(k, v)),
        4 => (k(), v()).prop_map(|(k, least)| Step::UpdateOrRemove(k, least)),
        6 => (k(), operation).prop_map(|(k, operation)| Step::Compute(k, operation)),
        4 => (k(), v()).prop_map(|(k, v)| Step::Replace(k, v)),
        4 => (k(), v(), v()).prop_map(|(k, old, new)| Step::ReplaceIf(k, old, new)),
        4 => (k(), v()).prop_map(|(k, old)| Step::TryRemoveIf(k, old)),
        3 => k().prop_map(Step::RemoveEntry),
        3 => (v(), 0..4_usize).prop_map(|(least, n)| Step::ExtractIf(least, n)),
        2 => Just(Step::Compact),
    ];
    prop::collection::vec(step, 1..150)
}

/// Does one step to both, and compares what comes back.
fn apply(map: &SyncMap<u8, u32>, model: &mut Model, step: Step, pinned: bool) {
    let pin = map.pin();
    match step {
        Step::Insert(k, v) => {
            assert_eq!(map.insert(k, v).as_deref(), model.insert(k, v).as_ref());
        }
        Step::Remove(k) => assert_eq!(map.remove(&k).as_deref(), model.remove(&k).as_ref()),
        Step::GetHashed(k) => {
            let hash = map.hasher().hash_one(k);
            assert_eq!(map.get_hashed(hash, &k).as_deref(), model.get(&k));
            assert_eq!(pin.get_hashed(hash, &k), model.get(&k));
        }
        Step::GetOrInsertRef(k, v) => {
            let value = match pinned {
                true => *pin.get_or_insert_with_ref(&k, || k, || v),
                false => *map.get_or_insert_with_ref(&k, || k, || v),
            };
            assert_eq!(value, *model.entry(k).or_insert(v));
        }
        Step::GetOrInsertHashed(k, v, wrong) => {
            let hash = map.hasher().hash_one(k) ^ wrong;
            let value = match pinned {
                true => *pin.get_or_insert_hashed_with(hash, &k, || k, || v),
                false => *map.get_or_insert_hashed_with(hash, &k, || k, || v),
            };
            assert_eq!(value, *model.entry(k).or_insert(v));
        }
        Step::GetOrTry(k, v) => {
            let value = match pinned {
                true => pin.get_or_try_insert_with(k, || v.ok_or(())).ok().copied(),
                false => map
                    .get_or_try_insert_with(k, || v.ok_or(()))
                    .ok()
                    .map(|v| *v),
            };
            model_tries(model, k, v, value);
        }
        Step::GetOrTryRef(k, v) => {
            let value = match pinned {
                true => (pin
                    .get_or_try_insert_with_ref(&k, || k, || v.ok_or(()))
                    .ok())
                .copied(),
                false => {
                    let there = map.get_or_try_insert_with_ref(&k, || k, || v.ok_or(()));
                    there.ok().map(|v| *v)
                }
            };
            model_tries(model, k, v, value);
        }
        Step::UpdateOrInsert(k, v) => {
            let value = match pinned {
                true => *pin.update_or_insert_with(k, |old| old + 1, || v),
                false => *map.update_or_insert_with(k, |old| old + 1, || v),
            };
            assert_eq!(
                value,
                *model.entry(k).and_modify(|old| *old += 1).or_insert(v)
            );
        }
        Step::UpdateOrInsertRef(k, v) => {
            let value = match pinned {
                true => *pin.update_or_insert_with_ref(&k, || k, |old| old + 1, || v),
                false => *map.update_or_insert_with_ref(&k, || k, |old| old + 1, || v),
            };
            assert_eq!(
                value,
                *model.entry(k).and_modify(|old| *old += 1).or_insert(v)
            );
        }
        Step::UpdateOrRemove(k, least) => {
            let f = |v: &u32| (*v >= least).then(|| v + 1);
            let outcome = match pinned {
                true => owned(pin.update_or_remove(&k, f)),
                false => owned(map.update_or_remove(&k, f)),
            };
            let expected = match model.get(&k).copied() {
                Some(old) if old >= least => {
                    model.insert(k, old + 1);
                    Compute::Updated { old, new: old + 1 }
                }
                _ => Compute::Removed(model.remove(&k)),
            };
            assert_eq!(outcome, expected);
        }
        Step::Compute(k, operation) => {
            let seen = model.get(&k).copied();
            let decide = |found: Option<(&u8, &u32)>| {
                assert_eq!(found, seen.as_ref().map(|v| (&k, v)));
                operation
            };
            let outcome = match pinned {
                true => owned(pin.compute_ref(&k, || k, decide)),
                false => owned(map.compute_ref(&k, || k, decide)),
            };
            let expected = match (operation, seen) {
                (Operation::Insert(new), None) => Compute::Inserted(new),
                (Operation::Insert(new), Some(old)) => Compute::Updated { old, new },
                (Operation::Remove, old) => Compute::Removed(old),
                (Operation::Abort(()), _) => Compute::Aborted(()),
            };
            assert_eq!(outcome, expected);
            match operation {
                Operation::Insert(new) => drop(model.insert(k, new)),
                Operation::Remove => drop(model.remove(&k)),
                Operation::Abort(()) => {}
            }
        }
        Step::Replace(k, v) => {
            let old = match pinned {
                true => pin.replace(&k, v).copied(),
                false => map.replace(&k, v).map(|old| *old),
            };
            let expected = model.get_mut(&k).map(|there| std::mem::replace(there, v));
            assert_eq!(old, expected.ok_or(v));
        }
        Step::ReplaceIf(k, old, new) => {
            let outcome = map.replace_if(&k, |_, v| *v == old, new);
            let outcome = outcome
                .map(|old| *old)
                .map_err(|refused| (refused.current.as_deref().copied(), refused.new));
            let expected = match model.get_mut(&k) {
                Some(there) if *there == old => Ok(std::mem::replace(there, new)),
                there => Err((there.copied(), new)),
            };
            assert_eq!(outcome, expected);
        }
        Step::TryRemoveIf(k, old) => {
            let outcome = map.try_remove_if(&k, |_, v| *v == old).map(|old| *old);
            let outcome = outcome.map_err(|refused| refused.current.as_deref().copied());
            let expected = match model.get(&k) {
                Some(there) if *there == old => Ok(model.remove(&k).unwrap()),
                there => Err(there.copied()),
            };
            assert_eq!(outcome, expected);
        }
        Step::RemoveEntry(k) => {
            let removed = pin.remove_entry(&k).map(|(k, v)| (*k, *v));
            assert_eq!(removed, model.remove_entry(&k));
        }
        Step::ExtractIf(least, n) => {
            let taken = pin.extract_if(|_, v| *v >= least).take(n);
            let taken: Vec<_> = taken.map(|(k, v)| (*k, *v)).collect();
            let mut wanted = model.clone();
            wanted.retain(|_, v| *v >= least);
            for (k, _) in &taken {
                model.remove(k);
            }
            is_part_of(&wanted, taken, n);
        }
        Step::Compact => _ = map.compact(),
    }
}

/// The same to a plain map: `v` is what is made, or none.
fn model_tries(model: &mut Model, k: u8, v: Option<u32>, value: Option<u32>) {
    if let (None, Some(v)) = (model.get(&k), v) {
        model.insert(k, v);
    }
    assert_eq!(value, model.get(&k).copied());
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn after_every_step_it_equals_a_plain_map(steps in steps(), pinned in any::<bool>()) {
        let (map, mut model) = (SyncMap::new(), Model::new());
        for step in steps {
            apply(&map, &mut model, step, pinned);
            assert_matches(&map, &model);
        }
    }
}
