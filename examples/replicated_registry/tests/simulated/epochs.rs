//! R4: other sources of the same name, and a source that lost its memory.

use super::hand::{ONE, TWO, answer, delete, drained, hand_over, put, replica, through, value};
use replicated_registry::replica::{Answer, Lost, Outcome, Replica};

/// A replica that is exact at revision 9, with `a` at 2 and `b` at 9.
fn at_nine() -> Replica<&'static str> {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 9);
    hand_over(
        &session,
        [put("a", 2, "x"), put("b", 9, "x"), through(9), drained(9)],
    )
    .unwrap();
    session.end();
    replica
}

#[test]
fn a_new_identity_wins_over_greater_revisions() {
    let replica = at_nine();
    let session = replica.begin(TWO, 1);
    session.apply(put("b", 1, "new")).unwrap();
    assert_eq!(value(&replica, "b"), Some("new"));
    assert_eq!(
        value(&replica, "a"),
        Some("x"),
        "it stays until the contents are complete"
    );
    session.apply(drained(1)).unwrap();
    assert_eq!(value(&replica, "a"), None);
    assert_eq!(replica.standing().epoch, 2);
}

#[test]
fn an_answer_of_another_identity_ends_the_session() {
    let replica = at_nine();
    let session = replica.begin(ONE, 9);
    let question = session.ask().unwrap();
    assert_eq!(
        session.answer(&question, answer(TWO, 9)),
        Err(Lost::Replaced)
    );
    assert_eq!(session.apply(through(10)), Err(Lost::Superseded));
    assert_eq!(replica.standing().epoch, 2);
}

#[test]
fn a_source_that_begins_at_a_smaller_revision_has_lost_its_memory() {
    let replica = at_nine();
    let session = replica.begin(ONE, 5);
    assert_eq!(replica.standing().epoch, 2);
    hand_over(
        &session,
        [put("b", 4, "before"), put("a", 2, "x"), drained(5)],
    )
    .unwrap();
    assert_eq!(value(&replica, "b"), Some("before"));
}

#[test]
fn a_smaller_last_revision_in_an_answer_is_a_contradiction() {
    let replica = at_nine();
    let session = replica.begin(ONE, 9);
    hand_over(
        &session,
        [put("a", 2, "x"), put("b", 9, "x"), through(9), drained(9)],
    )
    .unwrap();
    let question = session.ask().unwrap();
    assert_eq!(
        session.answer(&question, answer(ONE, 8)),
        Err(Lost::Contradiction)
    );
    assert_eq!(replica.standing().epoch, 2);
}

#[test]
fn a_source_that_made_up_for_its_loss_is_found_by_its_contents() {
    // The revisions have grown again beyond what the replica has seen.
    let contents = [
        ("another value at the same revision", put("a", 2, "y")),
        ("a deletion at the revision of a value", delete("a", 2)),
        ("a change that was not there", put("a", 5, "y")),
        ("a deletion that was not there", delete("a", 5)),
    ];
    for (what, message) in contents {
        let replica = at_nine();
        let session = replica.begin(ONE, 20);
        assert_eq!(session.apply(message), Err(Lost::Contradiction), "{what}");
        assert_eq!(
            replica.map().len(),
            2,
            "the session ends, and nothing is lost"
        );
    }
}

#[test]
fn an_older_value_that_nothing_newer_follows_is_a_contradiction() {
    for old in [put("a", 1, "old"), put("gone", 3, "back")] {
        let replica = at_nine();
        let session = replica.begin(ONE, 20);
        hand_over(&session, [old, put("b", 9, "x"), through(20)]).unwrap();
        assert_eq!(session.apply(drained(20)), Err(Lost::Contradiction));
    }
}

#[test]
fn an_older_value_that_something_newer_follows_is_a_late_one() {
    let replica = at_nine();
    let session = replica.begin(ONE, 20);
    let late = [
        put("a", 1, "old"),
        put("gone", 3, "old"),
        delete("gone", 4),
        put("b", 9, "x"),
    ];
    hand_over(&session, late).unwrap();
    hand_over(&session, [put("a", 2, "x"), through(20), drained(20)]).unwrap();
    assert_eq!(
        (value(&replica, "a"), value(&replica, "gone")),
        (Some("x"), None)
    );
    assert_eq!(replica.standing().epoch, 1);
}

#[test]
fn entries_older_than_all_that_the_source_has_end_the_session() {
    let replica = at_nine();
    let session = replica.begin(ONE, 9);
    hand_over(
        &session,
        [put("a", 2, "x"), put("b", 9, "x"), through(9), drained(9)],
    )
    .unwrap();
    let oldest = |oldest| Answer {
        oldest: Some(oldest),
        ..answer(ONE, 9)
    };
    let question = session.ask().unwrap();
    assert_eq!(session.answer(&question, oldest(2)), Ok(()));
    assert_eq!(
        session.answer(&question, oldest(3)),
        Err(Lost::RemovedSilently)
    );
    assert_eq!(replica.standing().epoch, 1);
}

#[test]
fn a_change_that_a_mark_has_passed_is_a_repeated_one() {
    let replica = at_nine();
    let session = replica.begin(ONE, 20);
    hand_over(&session, [put("a", 2, "x"), put("b", 9, "x")]).unwrap();
    // The key was created and deleted while the contents were sent.
    hand_over(&session, [put("c", 12, "x"), delete("c", 15), through(15)]).unwrap();
    assert_eq!(session.apply(put("c", 12, "x")), Ok(Outcome::Old));
    assert!(session.apply(drained(20)).is_ok());
    assert_eq!((value(&replica, "c"), replica.map().len()), (None, 2));
}
