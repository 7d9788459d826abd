//! Linearizability on real threads: short histories of two to four threads over
//! all operations, each checked against a sequential map.
//!
//! Every history is made of a number: a map that stands just before a promotion, a
//! rebuild, an expunging or the return of an expunged key; threads that call it
//! directly and through pins they hold; and what disturbs them, keys that only
//! fill the map up and iterations. When the threads are done, every key is looked
//! up, before and after a promotion, and that belongs to the history too: what is
//! in one of the two maps alone shows then.
//!
//! A failure means that what some threads saw of the map has no explanation by any
//! order of their calls. It prints the calls, and the number that the plan was
//! made of:
//!
//! ```text
//! READMOSTLY_PLAN=… cargo test --release --test linearizable every_history
//! ```
//!
//! tries that plan again and again; the threads will not run as they did, but
//! what they do is the same. More histories, and what was in them:
//!
//! ```text
//! READMOSTLY_HISTORIES=100000 cargo test --release --test linearizable -- --nocapture
//! ```

#![cfg(not(any(counted, loom)))]

mod call;
mod checked;
mod crew;
mod history;
mod model;
mod perform;
mod plan;
mod tally;

#[path = "../common/invariants.rs"]
mod invariants;

use crew::{Crew, Ended, Round};
use perform::{Owned, Plain, Value};
use plan::Plan;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tally::Tally;

/// What a plain `cargo test` checks.
const HISTORIES: u64 = 2000;

/// Histories between two meetings of the threads.
const TOGETHER: usize = 16;

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().expect("a number"))
}

/// What is wrong with a history, if anything.
fn fault<V: Value>(ended: &Ended, round: &Round<V>) -> Option<String> {
    if !model::is_linearizable(&ended.records) {
        return Some("no order of these calls explains what they saw".into());
    }
    let present = round.map.pin().iter().count();
    if round.map.len() != present {
        return Some(format!("len is {}, and keys {present}", round.map.len()));
    }
    let invariants = AssertUnwindSafe(|| invariants::invariants_hold(&round.map));
    (catch_unwind(invariants).is_err()).then(|| "an invariant does not hold (see above)".into())
}

fn story<V: Value>(ended: &Ended, round: &Round<V>, seed: u64, checked: u64) -> String {
    format!(
        "plan {seed}, after {checked} histories like this; at first: {}\n\
         the map when the threads were let go: {}\n\
         the map now: {:?}\n\n\
         thread 0 prepared, and looks around in the end:\n{}",
        round.plan.scene,
        ended.inside,
        round.map.inspect(),
        history::table(&ended.records),
    )
}

/// Makes and checks so many histories.
fn check<V: Value>(threads: usize, histories: u64, tally: &mut Tally) {
    let plan = number("READMOSTLY_PLAN");
    let mut crew = Crew::<V>::new(threads);
    let numbers: Vec<_> = (0..histories).collect();
    for some in numbers.chunks(TOGETHER) {
        let seed = |number: u64| plan.unwrap_or(number);
        let plans = some.iter().map(|&n| (Plan::new(seed(n), threads), n));
        let (ended, rounds) = crew.play(plans);
        for ((ended, round), &n) in ended.iter().zip(&*rounds).zip(some) {
            if let Some(fault) = fault(ended, round) {
                panic!("{fault}\n{}", story(ended, round, seed(n), n));
            }
            tally.add(ended);
        }
    }
    crew.dismiss();
}

#[test]
fn every_history_has_an_order() {
    let histories = number("READMOSTLY_HISTORIES").unwrap_or(HISTORIES);
    let mut all = Tally::default();
    // Two threads run at the same time on two cores; more take turns.
    for (threads, percent) in [(2, 60), (3, 25), (4, 15)] {
        let mut tally = Tally::default();
        let each = (histories * percent / 100).div_ceil(2);
        check::<Plain>(threads, each, &mut tally);
        check::<Owned>(threads, each, &mut tally);
        println!("{threads} threads: {tally}");
        all.merge(&tally);
    }
    println!("in all: {all}");
    if number("READMOSTLY_PLAN").is_none() && histories >= HISTORIES {
        all.assert_that_everything_happened();
    }
}
