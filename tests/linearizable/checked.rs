//! The checker itself, on histories that have an order and on some that have none.

use crate::call::{Call, Form, Name, Outcome};
use crate::history::Record;
use crate::model::{Model, is_linearizable};
use crate::plan::some_call;
use std::iter;

const A: Name = Name(0);
const B: Name = Name(1);

/// What [`is_linearizable`] says, by trying each order.
fn some_order_fits(records: &[Record], model: &Model) -> bool {
    if records.is_empty() {
        return true;
    }
    (0..records.len()).any(|first| {
        let mut rest = records.to_vec();
        let first = rest.remove(first);
        let mut next = model.clone();
        let may_come_first = !rest.iter().any(|other| other.precedes(&first));
        may_come_first && next.apply(first.call) == first.outcome && some_order_fits(&rest, &next)
    })
}

/// A record of a call on the key a.
fn record(thread: usize, clock: (u64, u64), call: Call, outcome: Outcome) -> Record {
    let (begin, end) = clock;
    Record {
        thread,
        begin,
        end,
        pinned: false,
        call,
        outcome,
    }
}

fn insert(thread: usize, clock: (u64, u64), value: u64, old: Option<u64>) -> Record {
    record(thread, clock, Call::Insert(A, value), Outcome::Found(old))
}

fn get(thread: usize, clock: (u64, u64), name: Name, seen: Option<u64>) -> Record {
    record(thread, clock, Call::Get(name), Outcome::Found(seen))
}

#[test]
fn what_was_read_before_the_insertion_ended_may_be_either_value() {
    let insertion = insert(0, (0, 2), 1, None);
    for seen in [None, Some(1)] {
        assert!(is_linearizable(&[
            insertion.clone(),
            get(1, (0, 0), A, seen),
        ]));
    }
}

#[test]
fn an_insertion_that_has_ended_is_seen() {
    let insertion = insert(0, (0, 0), 1, None);
    assert!(!is_linearizable(&[insertion, get(1, (1, 1), A, None)]));
}

#[test]
fn a_new_value_is_not_followed_by_the_old_one() {
    let history = |first, second| {
        [
            insert(0, (0, 5), 1, None),
            get(1, (1, 1), A, first),
            get(2, (2, 2), A, second),
        ]
    };
    assert!(is_linearizable(&history(None, Some(1))));
    assert!(!is_linearizable(&history(Some(1), None)));
}

#[test]
fn two_insertions_do_not_both_overwrite_the_same_value() {
    let history = |second| [insert(0, (0, 1), 1, None), insert(1, (0, 0), 2, second)];
    assert!(is_linearizable(&history(Some(1))));
    assert!(!is_linearizable(&history(None)));
}

#[test]
fn two_removals_do_not_both_take_one_value() {
    let remove = |thread, end, old| record(thread, (1, end), Call::Remove(A), Outcome::Found(old));
    let history = |second| {
        [
            insert(0, (0, 0), 1, None),
            remove(0, 1, Some(1)),
            remove(1, 2, second),
        ]
    };
    assert!(is_linearizable(&history(None)));
    assert!(!is_linearizable(&history(Some(1))));
}

#[test]
fn a_clear_takes_all_keys_at_once() {
    let put = |name, value| Call::TryInsert(Form::TryInsert, name, value);
    let history = |seen_of_b| {
        [
            record(0, (0, 0), put(A, 1), Outcome::Inserted(1)),
            record(0, (1, 1), put(B, 2), Outcome::Inserted(2)),
            record(0, (2, 5), Call::Clear, Outcome::Done),
            get(1, (2, 2), A, None),
            get(1, (3, 3), B, seen_of_b),
        ]
    };
    assert!(is_linearizable(&history(None)));
    assert!(!is_linearizable(&history(Some(2))));
}

#[test]
fn a_panic_is_in_no_order() {
    let panicked = Outcome::Panicked("oh".into());
    assert!(!is_linearizable(&[record(
        0,
        (0, 0),
        Call::Clear,
        panicked
    )]));
}

/// Some history of two or three threads: what a sequential map does in some
/// order, and with luck one outcome that belongs to another state.
fn some_history(random: &mut fastrand::Rng) -> Vec<Record> {
    let mut model = Model::default();
    let threads = random.usize(2..=3);
    let mut free_from = vec![0; threads];
    let calls = iter::repeat_with(|| random.fork()).take(6).enumerate();
    let mut records: Vec<_> = calls
        .map(|(number, mut random)| {
            let thread = random.usize(..threads);
            let call = some_call(&mut random, 2, 10 + number as u64).expecting(10);
            let mut state = model.clone();
            let outcome = if random.u8(..8) == 0 {
                state.apply(Call::Clear);
                state.apply(call)
            } else {
                model.apply(call)
            };
            // Each ends at a tick of its own, and begins somewhat earlier.
            let end = 4 * number as u64 + random.u64(..16);
            let begin = end.saturating_sub(random.u64(..12)).max(free_from[thread]);
            let end = end.max(begin);
            free_from[thread] = end + 1;
            record(thread, (begin, end), call, outcome)
        })
        .collect();
    // A tick ends one call.
    for record in &mut records {
        record.begin *= 8;
        record.end = 8 * record.end + record.thread as u64;
    }
    records
}

#[test]
fn the_checker_agrees_with_a_search_through_all_orders() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut found = [0, 0];
    for _ in 0..4000 {
        let history = some_history(&mut random);
        let expected = some_order_fits(&history, &Model::default());
        assert_eq!(is_linearizable(&history), expected, "{history:#?}");
        found[usize::from(expected)] += 1;
    }
    assert!(found.iter().all(|count| *count > 400), "{found:?}");
}
