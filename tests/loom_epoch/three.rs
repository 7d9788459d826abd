//! A writer, a reader, and a stranger who frees.

use crate::explore::explore;

#[test]
fn a_stranger_frees_a_replaced_value() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [
            |w| w.handed_over(w.swap('a', 2)),
            |w| w.load('a'),
            |w| w.flushed(String::from("freed")),
        ],
        &[
            "1, 1, freed → read{a:2} len 1",
            "1, 2, freed → read{a:2} len 1",
        ],
    );
}

#[test]
fn a_stranger_frees_a_cleared_entry() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [
            |w| w.handed_over(w.clear()),
            |w| w.load('a'),
            |w| w.flushed(String::from("freed")),
        ],
        &[
            "cleared, -, freed → read{} len 0",
            "cleared, 1, freed → read{} len 0",
        ],
    );
}
