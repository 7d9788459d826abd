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
            |w| w.flushed(w.swap('a', 2)),
            |w| w.load('a'),
            |w| w.flushed(String::from("freed")),
        ],
        &[],
    );
}

#[test]
fn a_stranger_frees_a_removed_entry() {
    explore(
        |w| {
            w.swap('a', 1);
            w.swap('b', 2);
        },
        [
            |w| w.flushed(w.load_and_delete('a')),
            |w| w.load('a'),
            |w| w.flushed(String::from("freed")),
        ],
        &[],
    );
}
