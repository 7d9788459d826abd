//! The two programs, on the machine in `views.rs`.

use crate::views::{Access, Outcome, outcomes};
use exercises::chapter_08::{for_one_key, for_two_keys};
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};

const STORES: [Ordering; 3] = [Relaxed, Release, SeqCst];
const LOADS: [Ordering; 3] = [Relaxed, Acquire, SeqCst];

/// Demands that these are orderings of a store and a load, that no outcome of the program with
/// them is bad, and that this is not so with weaker ones.
fn are_the_weakest(
    yours: (Ordering, Ordering),
    program: fn(Ordering, Ordering) -> [Vec<Access>; 2],
    is_bad: fn(&Outcome) -> bool,
) {
    let place = |all: [Ordering; 3], one| all.into_iter().position(|it| it == one);
    let store = place(STORES, yours.0).expect("a store is Relaxed, Release or SeqCst");
    let load = place(LOADS, yours.1).expect("a load is Relaxed, Acquire or SeqCst");
    let does = |store, load| !outcomes(&program(store, load)).iter().any(is_bad);
    assert!(does(yours.0, yours.1), "{yours:?} has the bad outcome");
    for weaker in STORES[..=store]
        .iter()
        .zip([load; 3])
        .flat_map(|(store, load)| LOADS[..=load].iter().map(move |load| (*store, *load)))
    {
        assert!(
            weaker == yours || !does(weaker.0, weaker.1),
            "{weaker:?} is enough"
        );
    }
}

#[test]
fn a_pointer_does_not_come_without_its_bytes() {
    let program = |store, load| {
        [
            vec![Access::store("bytes", Relaxed), Access::store("p", store)],
            vec![Access::load("p", load), Access::load("bytes", Relaxed)],
        ]
    };
    are_the_weakest(for_one_key(), program, |loaded| loaded[1] == [1, 0]);
}

#[test]
fn two_keys_are_not_both_old() {
    let program = |store, load| {
        [
            vec![Access::store("a", store), Access::load("b", load)],
            vec![Access::store("b", store), Access::load("a", load)],
        ]
    };
    are_the_weakest(for_two_keys(), program, |loaded| *loaded == [[0], [0]]);
}
