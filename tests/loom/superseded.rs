//! Snapshots that have been superseded: a held pin saw them in an earlier call, or their
//! address is still stored when another one has been published.

use crate::explore::explore;
use crate::worlds::a_promoted;

/// A snapshot seen before is not believed once a clear is done: a key is never gone and
/// then there again.
#[test]
fn a_superseded_snapshot_is_given_up_after_a_clear() {
    let gone_for_good = [
        "cleared, - - → read{} len 0",
        "cleared, 1 - → read{} len 0",
        "cleared, 1 1 → read{} len 0",
    ];
    explore(
        a_promoted,
        [|w| w.clear(), |w| w.load_two('a', 'a')],
        &gone_for_good,
    );
    explore(
        a_promoted,
        [|w| w.clear(), |w| w.load_two_pinned('a', 'a')],
        &gone_for_good,
    );
}

/// A pin that has seen the snapshot, and the map: once one of them has said that the key is
/// gone, the other does not say that it is there.
#[test]
fn a_held_pin_and_a_load_by_itself_agree_about_a_clear() {
    explore(
        a_promoted,
        [|w| w.clear(), |w| w.load_around('a')],
        &[
            "cleared, - - - → read{} len 0",
            "cleared, 1 - - → read{} len 0",
            "cleared, 1 1 - → read{} len 0",
            "cleared, 1 1 1 → read{} len 0",
        ],
    );
}

/// A key that the superseded snapshot lacks, and that the next one has.
#[test]
fn a_superseded_snapshot_is_given_up_after_a_promotion() {
    explore(
        a_promoted,
        [
            |w| format!("{} {}", w.swap('b', 2), w.range()),
            |w| w.load_two('a', 'b'),
        ],
        &[
            "- {a:1 b:2}, 1 - → read{a:1 b:2} len 2",
            "- {a:1 b:2}, 1 2 → read{a:1 b:2} len 2",
        ],
    );
}

/// An overwrite by way of a superseded snapshot reaches the key, whichever table
/// is the current one by then.
#[test]
fn a_store_through_a_superseded_snapshot_is_kept_by_a_promotion() {
    explore(
        a_promoted,
        [
            |w| format!("{} {}", w.swap('b', 2), w.range()),
            |w| format!("{} {}", w.load('a'), w.swap('a', 3)),
        ],
        &[
            "- {a:1 b:2}, 1 1 → read{a:3 b:2} len 2",
            "- {a:3 b:2}, 1 1 → read{a:3 b:2} len 2",
        ],
    );
}

/// A new generation after a clear is found by those who have seen the old one, and
/// by those who found nothing published.
#[test]
fn the_first_key_after_a_clear_is_found_by_who_has_seen_the_old_snapshot() {
    explore(
        a_promoted,
        [
            |w| format!("{} {}", w.clear(), w.swap('a', 2)),
            |w| w.load_two('a', 'a'),
        ],
        &[
            "cleared -, - - → read{}+ dirty{a:2} 0 len 1",
            "cleared -, - 2 → read{a:2} len 1",
            "cleared -, 1 - → read{}+ dirty{a:2} 0 len 1",
            "cleared -, 1 1 → read{}+ dirty{a:2} 0 len 1",
            "cleared -, 1 2 → read{a:2} len 1",
            "cleared -, 2 2 → read{a:2} len 1",
        ],
    );
}
