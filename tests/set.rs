//! What `SyncSet` does, against a plain set.
#![cfg(not(any(counted, loom)))]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/cases.rs"]
mod cases;

use alone::alone;
use cases::cases;
use proptest::prelude::*;
use readmostly::{SyncMap, SyncSet};
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::ControlFlow;
use std::sync::Arc;

type Fixed = BuildHasherDefault<DefaultHasher>;
type Set = SyncSet<u32>;

#[derive(Clone, Debug)]
enum Step {
    Insert(u32),
    GetOrInsert(u32),
    Remove(u32),
    Take(u32),
    Contains(u32),
    Extend(Vec<u32>),
    Retain(u32),
    Compact,
    Clear,
    Iterate,
    Drain(usize),
    Clone,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let element = || 0..8_u32;
    let step = prop_oneof![
        6 => element().prop_map(Step::Insert),
        2 => element().prop_map(Step::GetOrInsert),
        5 => element().prop_map(Step::Remove),
        3 => element().prop_map(Step::Take),
        6 => element().prop_map(Step::Contains),
        2 => prop::collection::vec(element(), 0..5).prop_map(Step::Extend),
        2 => element().prop_map(Step::Retain),
        2 => Just(Step::Compact),
        1 => Just(Step::Clear),
        3 => Just(Step::Iterate),
        1 => (0..8_usize).prop_map(Step::Drain),
        1 => Just(Step::Clone),
    ];
    prop::collection::vec(step, 1..100)
}

/// Does one step to both, by the set or by a handle, and compares what comes back.
fn apply(set: &mut Set, model: &mut BTreeSet<u32>, step: Step, pinned: bool) {
    match step {
        Step::Insert(n) => {
            let new = if pinned {
                set.pin().insert(n)
            } else {
                set.insert(n)
            };
            assert_eq!(new, model.insert(n));
        }
        Step::GetOrInsert(n) => {
            let mut made = false;
            let make = |&n: &u32| {
                made = true;
                n
            };
            let element = if pinned {
                *set.pin().get_or_insert_with(&n, make)
            } else {
                *set.get_or_insert_with(&n, make)
            };
            assert_eq!((element, made), (n, model.insert(n)));
        }
        Step::Remove(n) => {
            let removed = if pinned {
                set.pin().remove(&n)
            } else {
                set.remove(&n)
            };
            assert_eq!(removed, model.remove(&n));
        }
        Step::Take(n) => assert_eq!(set.take(&n).map(|taken| *taken), model.take(&n)),
        Step::Contains(n) => {
            let handle = set.pin();
            let expected = model.contains(&n);
            assert_eq!(
                (set.contains(&n), handle.contains(&n)),
                (expected, expected)
            );
            assert_eq!(set.get(&n).as_deref(), model.get(&n));
            assert_eq!(handle.get(&n), model.get(&n));
        }
        Step::Extend(elements) => {
            if pinned {
                (&*set).extend(elements.clone());
            } else {
                set.extend(&elements);
            }
            model.extend(elements);
        }
        Step::Retain(least) => {
            let gone = if pinned {
                set.pin().retain(|n| *n >= least)
            } else {
                set.retain(|n| *n >= least)
            };
            assert_eq!(gone, model.iter().filter(|n| **n < least).count());
            model.retain(|n| *n >= least);
        }
        Step::Compact => {
            let _ = if pinned {
                set.pin().compact()
            } else {
                set.compact()
            };
            assert_eq!(set.compact(), 0);
        }
        Step::Clear => {
            if pinned {
                set.pin().clear();
            } else {
                set.clear();
            }
            model.clear();
        }
        Step::Iterate => {
            let handle = set.pin();
            assert_eq!(handle.iter().count(), model.len());
            assert_eq!(
                (&handle).into_iter().copied().collect::<BTreeSet<_>>(),
                *model
            );
            let mut seen = BTreeSet::new();
            let end = match pinned {
                true => handle.for_each(|n| visit(&mut seen, *n)),
                false => set.for_each(|n| visit(&mut seen, *n)),
            };
            assert!(end.is_continue() && seen == *model);
        }
        Step::Drain(n) => {
            let left = model.len();
            let drain = set.drain();
            assert_eq!(drain.len(), left);
            let taken: BTreeSet<_> = drain.take(n).collect();
            assert!(taken.len() == n.min(left) && taken.is_subset(model));
            model.clear();
        }
        Step::Clone => *set = set.clone(),
    }
    assert_eq!((set.len(), set.is_empty()), (model.len(), model.is_empty()));
    assert_eq!(
        (set.pin().len(), set.pin().is_empty()),
        (model.len(), model.is_empty())
    );
}

fn visit(seen: &mut BTreeSet<u32>, n: u32) -> ControlFlow<()> {
    assert!(seen.insert(n), "{n} was visited twice");
    ControlFlow::Continue(())
}

#[test]
fn after_every_step_it_equals_a_plain_set() {
    // What is generated is measured elsewhere, too.
    let _alone = alone();
    proptest!(cases(200), |(steps in steps(), pinned in any::<bool>())| {
        let (mut set, mut model) = (Set::new(), BTreeSet::new());
        for step in steps {
            apply(&mut set, &mut model, step, pinned);
        }
        prop_assert_eq!(set.into_iter().collect::<BTreeSet<_>>(), model);
    });
}

#[test]
fn an_element_that_is_there_stays_and_the_other_one_is_dropped() {
    let _alone = alone();
    let (ours, theirs) = (Arc::new(1), Arc::new(1));
    let set = SyncSet::new();
    assert!(set.insert(Arc::clone(&ours)));
    assert!(!set.insert(Arc::clone(&theirs)));
    (&set).extend([Arc::clone(&theirs)]);
    assert_eq!(Arc::strong_count(&theirs), 1);
    assert!(Arc::ptr_eq(&set.get(&1).unwrap(), &ours));
    let make = |_: &_| -> Arc<i32> { unreachable!("the element is there") };
    assert!(Arc::ptr_eq(&set.get_or_insert_with(&1, make), &ours));
    assert!(Arc::ptr_eq(set.pin().get_or_insert_with(&1, make), &ours));
    let taken = set.take(&1).unwrap();
    assert!(Arc::ptr_eq(&taken, &ours));
}

#[test]
fn sets_are_compared_by_their_elements() {
    let _alone = alone();
    let (one, two) = (
        SyncSet::from([1, 2]),
        SyncSet::<_, Fixed>::from_iter([2, 1]),
    );
    assert_eq!(one, two);
    assert!(one != SyncSet::from([1, 3]) && one != SyncSet::from([1]));
    let more = SyncSet::from([1, 2, 3]);
    assert!(one.is_subset(&two) && one.is_subset(&more) && !more.is_subset(&one));
    // As many elements, or more, of which some are the same.
    assert!(!one.is_subset(&SyncSet::from([1, 3])) && !one.is_subset(&SyncSet::from([2, 3, 4])));
    assert!(SyncSet::<u32>::new().is_subset(&one) && SyncSet::new().is_disjoint(&one));
    assert!(one.is_disjoint(&SyncSet::from([3])) && !one.is_disjoint(&more));
}

#[test]
fn a_set_comes_from_a_plain_set_and_goes_back() {
    let _alone = alone();
    let plain: HashSet<u32> = (0..1_000).collect();
    let set = SyncSet::from(plain.clone());
    assert_eq!(set.len(), 1_000);
    assert_eq!(HashSet::from(set), plain);
}

#[cfg(feature = "serde")]
#[test]
fn a_set_goes_to_text_and_back_and_bad_text_is_an_error() {
    let _alone = alone();
    let set: SyncSet<u32> = serde_json::from_str("[1,2,1]").unwrap();
    assert_eq!(set, SyncSet::from([1, 2]));
    let text = serde_json::to_string(&set).unwrap();
    assert!(text == "[1,2]" || text == "[2,1]", "{text}");
    for bad in [r#"[1,2,"x",3]"#, r#"[1,2,"x"]"#, "[1,2", r#"{"a":1}"#] {
        assert!(serde_json::from_str::<SyncSet<u32>>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_set_and_what_it_lends_are_shown_as_elements() {
    let _alone = alone();
    let set = SyncSet::from(["a"]);
    assert_eq!(format!("{set:?} {:?}", set.pin()), r#"{"a"} {"a"}"#);
    let lent = set.get("a").unwrap();
    assert_eq!(format!("{lent:?} {lent}"), r#""a" a"#);
    assert_eq!(SyncSet::<u32>::default(), SyncSet::with_capacity(10));
}

#[test]
fn a_handle_of_a_set_is_renewed() {
    let _alone = alone();
    let token = Arc::new(1);
    let set = SyncSet::from([Arc::clone(&token)]);
    let mut pinned = set.pin();
    pinned.remove(&1);
    pinned.compact();
    assert!(!set.flush_all() && Arc::strong_count(&token) == 2);
    pinned.repin();
    while !{
        pinned.repin();
        set.flush_all()
    } && Arc::strong_count(&token) == 2
    {}
    assert_eq!(Arc::strong_count(&token), 1);
}

trait FlushAll {
    fn flush_all(&self) -> bool;
}

impl<T> FlushAll for SyncSet<T> {
    fn flush_all(&self) -> bool {
        SyncMap::<u8, u8>::new().flush()
    }
}

#[test]
fn an_element_of_an_iteration_can_be_kept() {
    let set = SyncSet::from([String::from("a"), String::from("b")]);
    let mut kept: Vec<_> = set.iter().collect();
    set.clear();
    kept.sort_by(|a, b| a.cmp(b));
    assert_eq!(
        (&*kept[0], &*kept[1]),
        (&String::from("a"), &String::from("b"))
    );
    assert_eq!((&set).into_iter().count(), 0);
    set.reserve(100);
    assert!(set.insert(String::from("c")));
}
