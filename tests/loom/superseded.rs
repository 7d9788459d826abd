//! Snapshots that have been superseded. A thread may still find such a snapshot: its pin saw
//! it in an earlier call, or its address is still stored when the next one has been published.

use crate::explore::explore;
use crate::worlds::a_promoted;

/// Once a clear is done, no reader believes a snapshot that it saw before. A key that was found
/// absent is not found present after that.
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

/// The reader loads under a held pin, then by a one-shot call, then under that pin again. Once
/// one load has found the key absent, no later one finds it present.
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

/// The superseded snapshot lacks `b`. The next one has it.
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

/// An overwrite through a superseded snapshot is kept: the next table has the same entry.
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

/// Thread 1 clears the map, and then adds a first key. A load that comes after finds that key,
/// whether its thread has seen the old snapshot or found none published.
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
