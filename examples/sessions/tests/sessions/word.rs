//! The word of a session in every order that two threads can have, by loom.

mod atomics {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
}
#[path = "../../src/word.rs"]
mod subject;

use loom::sync::Arc;
use loom::thread;
use std::collections::BTreeSet;
use std::sync::{Arc as StdArc, Mutex};
use subject::{Due, Word};

/// The deadline that each word begins with.
const DEADLINE: u64 = 10;

/// Runs `a` and `b` in every order, with each of them once on the main thread. Returns what
/// they have returned, and the word at the end.
fn race<A, B>(a: fn(&Word) -> A, b: fn(&Word) -> B) -> BTreeSet<(A, B, Option<u64>)>
where
    A: Copy + Ord + Send + Sync + 'static,
    B: Copy + Ord + Send + Sync + 'static,
{
    let seen = StdArc::new(Mutex::new(BTreeSet::new()));
    for a_is_spawned in [true, false] {
        let seen = StdArc::clone(&seen);
        loom::model(move || {
            let word = Arc::new(Word::new(DEADLINE));
            let other = Arc::clone(&word);
            let (a, b) = match a_is_spawned {
                true => {
                    let spawned = thread::spawn(move || a(&other));
                    let b = b(&word);
                    (spawned.join().unwrap(), b)
                }
                false => {
                    let spawned = thread::spawn(move || b(&other));
                    let a = a(&word);
                    (a, spawned.join().unwrap())
                }
            };
            seen.lock().unwrap().insert((a, b, word.deadline()));
        });
    }
    StdArc::into_inner(seen).unwrap().into_inner().unwrap()
}

#[test]
fn one_of_two_ends_is_the_end() {
    let seen = race(Word::end, Word::end);
    assert_eq!(
        seen,
        BTreeSet::from([(true, false, None), (false, true, None)])
    );
}

#[test]
fn an_end_or_an_expiry_is_the_end() {
    let seen = race(Word::end, |word| word.end_if_due(DEADLINE));
    let expected = [(true, Due::Over, None), (false, Due::Now, None)];
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn a_renewal_is_refused_or_the_session_goes_on() {
    let seen = race(|word| word.renew(20), |word| word.end_if_due(DEADLINE));
    let expected = [(true, Due::Later(20), Some(20)), (false, Due::Now, None)];
    assert_eq!(seen, BTreeSet::from(expected));
}

#[test]
fn a_renewal_brings_no_ended_session_back() {
    let seen = race(|word| word.renew(20), Word::end);
    assert_eq!(
        seen,
        BTreeSet::from([(true, true, None), (false, true, None)])
    );
}

#[test]
fn the_later_of_two_renewals_counts() {
    let seen = race(|word| word.renew(20), |word| word.renew(30));
    assert_eq!(seen, BTreeSet::from([(true, true, Some(30))]));
}

#[test]
fn a_session_is_due_at_its_deadline_and_not_before() {
    loom::model(|| {
        let word = Word::new(DEADLINE);
        assert!(word.renew(20));
        assert_eq!(word.end_if_due(19), Due::Later(20));
        assert_eq!(word.end_if_due(20), Due::Now);
        assert_eq!(word.end_if_due(20), Due::Over);
        let endless = Word::new(u64::MAX);
        assert!(endless.renew(u64::MAX) && endless.deadline().is_some());
    });
}
