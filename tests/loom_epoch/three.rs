//! A writer, a reader, and a third thread, which frees.

use crate::explore::explore;
use crate::worlds::a_promoted;

#[test]
fn a_stranger_frees_a_replaced_value() {
    explore(
        a_promoted,
        [
            |w| w.handed_over(w.swap('a', 2)),
            |w| w.load('a'),
            |w| w.flushed("freed".into()),
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
        a_promoted,
        [
            |w| w.handed_over(w.clear()),
            |w| w.load('a'),
            |w| w.flushed("freed".into()),
        ],
        &[
            "cleared, -, freed → read{} len 0",
            "cleared, 1, freed → read{} len 0",
        ],
    );
}
