//! R3 and R10: what a resynchronisation removes, and when.

use super::hand::{ONE, drained, hand_over, put, replica, through, value};
use replicated_registry::replica::Replica;

/// A replica with `a`, `b` and `c`, whose session is over.
fn filled() -> Replica<&'static str> {
    let (replica, _) = replica();
    let session = replica.begin(ONE, 3);
    let contents = [
        put("a", 1, "x"),
        put("b", 2, "x"),
        put("c", 3, "x"),
        through(3),
        drained(3),
    ];
    hand_over(&session, contents).unwrap();
    session.end();
    replica
}

#[test]
fn a_resynchronisation_removes_what_the_source_no_longer_has() {
    let replica = filled();
    let session = replica.begin(ONE, 6);
    hand_over(&session, [put("a", 1, "x"), put("c", 6, "y")]).unwrap();
    assert_eq!(
        value(&replica, "b"),
        Some("x"),
        "the contents are not complete yet"
    );
    session.apply(drained(6)).unwrap();
    assert_eq!(value(&replica, "b"), None);
    assert_eq!(
        (value(&replica, "a"), value(&replica, "c")),
        (Some("x"), Some("y"))
    );
}

#[test]
fn a_resynchronisation_that_is_cut_off_removes_nothing() {
    let replica = filled();
    let session = replica.begin(ONE, 6);
    hand_over(&session, [put("a", 1, "x"), through(5)]).unwrap();
    session.end();
    // What was confirmed by the session that was cut off is not confirmed by the next.
    let session = replica.begin(ONE, 6);
    hand_over(&session, [put("b", 2, "x"), through(6)]).unwrap();
    assert_eq!(replica.map().len(), 3);
    session.apply(drained(6)).unwrap();
    assert_eq!(
        (value(&replica, "a"), value(&replica, "b")),
        (None, Some("x"))
    );
}

#[test]
fn a_resynchronisation_keeps_what_is_newer_than_its_end() {
    let replica = filled();
    let session = replica.begin(ONE, 4);
    // The change came before the mark, and the mark speaks of the moment before the change.
    hand_over(&session, [put("new", 5, "y"), drained(4)]).unwrap();
    assert_eq!(value(&replica, "new"), Some("y"));
    assert_eq!(replica.map().len(), 1);
}

#[test]
fn only_the_first_end_of_a_session_removes() {
    let replica = filled();
    let session = replica.begin(ONE, 3);
    let contents = [
        put("a", 1, "x"),
        put("b", 2, "x"),
        put("c", 3, "x"),
        drained(3),
    ];
    hand_over(&session, contents).unwrap();
    hand_over(
        &session,
        [put("d", 4, "y"), through(4), drained(4), drained(4)],
    )
    .unwrap();
    assert_eq!(replica.map().len(), 4);
}
