//! R5, R6 and R7: tombstones, age, and own writes.

use super::hand::{
    ONE, TWO, answer, delete, drained, hand_over, limited, put, replica, skipped, through, value,
};
use replicated_registry::replica::{Lost, Replaced};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[test]
fn a_mark_makes_the_tombstones_before_it_unnecessary() {
    let (replica, _) = limited(1_000);
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    for n in 0..500 {
        session.apply(delete(&n.to_string(), n + 1)).unwrap();
    }
    assert_eq!(replica.tombstones(), 500);
    session.apply(skipped(300)).unwrap();
    assert_eq!(replica.tombstones(), 200);
    session.apply(through(500)).unwrap();
    assert_eq!(replica.tombstones(), 0);
}

#[test]
fn a_resynchronisation_that_is_done_leaves_no_tombstone_of_before() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    hand_over(&session, [drained(0), delete("a", 3), delete("b", 9)]).unwrap();
    session.end();
    let session = replica.begin(ONE, 9);
    assert_eq!(replica.tombstones(), 2, "they are needed until it is done");
    session.apply(drained(9)).unwrap();
    assert_eq!(replica.tombstones(), 0);
    assert_eq!(
        session.apply(put("b", 8, "x")),
        Ok(replicated_registry::replica::Outcome::Old)
    );
}

#[test]
fn too_many_tombstones_end_the_epoch() {
    let (replica, _) = limited(3);
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    hand_over(&session, [delete("a", 1), delete("b", 2), delete("c", 3)]).unwrap();
    assert_eq!(session.apply(delete("d", 4)), Err(Lost::TooManyTombstones));
    assert_eq!((replica.tombstones(), replica.standing().epoch), (0, 2));
}

#[test]
fn a_million_deletions_in_order_leave_nothing_behind() {
    let (replica, _) = limited(1);
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    for n in 1..=1_000_000 {
        session.apply(delete(&n.to_string(), n)).unwrap();
        session.apply(through(n)).unwrap();
    }
    assert_eq!((replica.tombstones(), replica.map().len()), (0, 0));
}

#[test]
fn the_age_counts_from_the_question_and_not_from_the_answer() {
    let (replica, clock) = replica();
    let session = replica.begin(ONE, 0);
    let question = session.ask().unwrap();
    clock.advance(70);
    assert_eq!(replica.age(), None);
    session.answer(&question, answer(ONE, 0)).unwrap();
    assert_eq!(replica.age(), Some(Duration::from_millis(70)));
    clock.advance(30);
    assert_eq!(replica.age(), Some(Duration::from_millis(100)));
}

#[test]
fn neither_messages_nor_marks_make_the_age_smaller() {
    let (replica, clock) = replica();
    let session = replica.begin(ONE, 0);
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 0)).unwrap();
    clock.advance(100);
    hand_over(&session, [put("a", 1, "x"), through(1), drained(1)]).unwrap();
    assert_eq!(replica.age(), Some(Duration::from_millis(100)));
}

#[test]
fn an_answer_counts_when_the_map_has_reached_it() {
    let (replica, clock) = replica();
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 2)).unwrap();
    clock.advance(10);
    hand_over(&session, [put("a", 1, "x"), through(1)]).unwrap();
    assert_eq!(replica.age(), None);
    hand_over(&session, [put("a", 2, "y"), through(2)]).unwrap();
    assert_eq!(replica.age(), Some(Duration::from_millis(10)));
}

#[test]
fn an_answer_across_a_hole_does_not_count() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 2)).unwrap();
    // Revision 2 was of some key, and a later one took its place, or it was removed.
    hand_over(
        &session,
        [put("a", 1, "x"), through(1), put("b", 3, "x"), skipped(3)],
    )
    .unwrap();
    session.apply(drained(3)).unwrap();
    assert_eq!(replica.age(), None);
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 3)).unwrap();
    assert_eq!(replica.age(), Some(Duration::ZERO));
}

#[test]
fn a_wait_ends_with_an_answer_that_was_asked_for_after_it_began() {
    let (replica, clock) = replica();
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    let early = session.ask().unwrap();
    clock.advance(1);
    let mut wait = pin!(replica.wait_for(replica.ticket(), 1));
    let mut context = Context::from_waker(Waker::noop());
    assert!(wait.as_mut().poll(&mut context).is_pending());
    hand_over(&session, [put("a", 1, "x"), through(1)]).unwrap();
    session.answer(&early, answer(ONE, 1)).unwrap();
    assert!(
        wait.as_mut().poll(&mut context).is_pending(),
        "the bucket may be another one"
    );
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 1)).unwrap();
    assert_eq!(wait.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    assert_eq!(value(&replica, "a"), Some("x"));
}

#[test]
fn a_wait_ends_when_a_resynchronisation_has_passed_it() {
    let (replica, clock) = replica();
    replica.begin(ONE, 0).end();
    let mut wait = pin!(replica.wait_for(replica.ticket(), 5));
    let mut context = Context::from_waker(Waker::noop());
    assert!(wait.as_mut().poll(&mut context).is_pending());
    clock.advance(1);
    let session = replica.begin(ONE, 9);
    hand_over(&session, [put("a", 9, "x"), through(9)]).unwrap();
    let question = session.ask().unwrap();
    session.answer(&question, answer(ONE, 9)).unwrap();
    assert_eq!(wait.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}

#[test]
fn a_wait_fails_when_the_identity_changes() {
    let (replica, _) = replica();
    replica.begin(ONE, 0).end();
    let mut wait = pin!(replica.wait_for(replica.ticket(), 1));
    let mut context = Context::from_waker(Waker::noop());
    assert!(wait.as_mut().poll(&mut context).is_pending());
    let session = replica.begin(TWO, 1);
    session.apply(drained(1)).unwrap();
    assert_eq!(wait.as_mut().poll(&mut context), Poll::Ready(Err(Replaced)));
}

#[test]
fn an_acknowledged_write_that_the_source_lost_ends_the_epoch() {
    let (replica, _) = replica();
    replica.begin(ONE, 3).end();
    let mut wait = pin!(replica.wait_for(replica.ticket(), 4));
    let mut context = Context::from_waker(Waker::noop());
    assert!(wait.as_mut().poll(&mut context).is_pending());
    replica.begin(ONE, 3).end();
    assert_eq!(wait.as_mut().poll(&mut context), Poll::Ready(Err(Replaced)));
}

#[test]
fn a_hole_leaves_the_exact_revision_where_it_was() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    hand_over(&session, [drained(0), put("a", 1, "x"), through(1)]).unwrap();
    hand_over(
        &session,
        [put("b", 3, "x"), skipped(3), put("c", 4, "x"), through(4)],
    )
    .unwrap();
    assert_eq!(replica.standing().exact, 1);
    session.apply(drained(4)).unwrap();
    assert_eq!(replica.standing().exact, 4);
}
