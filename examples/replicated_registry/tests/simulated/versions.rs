//! R1, R2, R8 and R9: order, no resurrection, availability, one session.

use super::hand::{ONE, delete, drained, hand_over, put, replica, skipped, through, value};
use replicated_registry::replica::{Lost, Outcome};

#[test]
fn an_older_change_never_overwrites_a_newer_one() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    assert_eq!(session.apply(put("a", 5, "new")), Ok(Outcome::Applied));
    assert_eq!(session.apply(put("a", 3, "old")), Ok(Outcome::Old));
    assert_eq!(session.apply(delete("a", 4)), Ok(Outcome::Old));
    assert_eq!(value(&replica, "a"), Some("new"));
}

#[test]
fn a_repeated_change_has_no_effect() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    hand_over(&session, [put("a", 1, "x"), delete("b", 2)]).unwrap();
    assert_eq!(session.apply(put("a", 1, "x")), Ok(Outcome::Old));
    hand_over(&session, [through(2), drained(2)]).unwrap();
    assert_eq!(
        hand_over(&session, [delete("b", 2), put("a", 1, "x")]),
        Ok(Outcome::Old)
    );
    assert_eq!(replica.tombstones(), 0);
}

#[test]
fn a_deleted_key_does_not_come_back_with_a_delayed_change() {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 0);
    session.apply(drained(0)).unwrap();
    hand_over(&session, [put("a", 1, "x"), delete("a", 4)]).unwrap();
    // While the deletion is remembered, and when a mark has passed it.
    assert_eq!(session.apply(put("a", 3, "y")), Ok(Outcome::Old));
    session.apply(skipped(5)).unwrap();
    assert_eq!(session.apply(put("a", 3, "y")), Ok(Outcome::Old));
    session.end();
    // In a later session, too.
    let session = replica.begin(ONE, 5);
    assert_eq!(session.apply(put("a", 3, "y")), Ok(Outcome::Old));
    assert_eq!(value(&replica, "a"), None);
    assert_eq!(session.apply(put("a", 6, "z")), Ok(Outcome::Applied));
}

#[test]
fn messages_of_an_earlier_session_have_no_effect() {
    let (replica, _) = replica();
    let old = replica.begin(ONE, 0);
    let question = old.ask().unwrap();
    let new = replica.begin(ONE, 0);
    new.apply(put("a", 1, "x")).unwrap();
    for message in [put("a", 9, "y"), delete("a", 9), through(9), drained(9)] {
        assert_eq!(old.apply(message), Err(Lost::Superseded));
    }
    let answer = super::hand::answer(ONE, 0);
    assert_eq!(old.answer(&question, answer), Err(Lost::Superseded));
    assert_eq!(new.answer(&question, answer), Err(Lost::Superseded));
    assert_eq!(value(&replica, "a"), Some("x"));
    old.end();
    assert!(
        replica.standing().following,
        "the end of an old session ends no other"
    );
}

#[test]
fn a_replica_without_a_session_keeps_what_it_has() {
    let (replica, clock) = replica();
    let session = replica.begin(ONE, 1);
    hand_over(&session, [put("a", 1, "x"), drained(1)]).unwrap();
    let before = replica.standing();
    session.end();
    clock.advance(1_000_000);
    assert_eq!(value(&replica, "a"), Some("x"));
    assert_eq!(replica.standing().exact, before.exact);
    assert!(!replica.standing().following);
}
