//! Snapshots that a thread, or a held pin, remembers from an earlier call.

use crate::explore::explore;

/// What is remembered is not believed once a clear is done: never gone and then
/// there again.
#[test]
fn a_remembered_snapshot_is_given_up_after_a_clear() {
    let gone_for_good = [
        "cleared, - - → read{} len 0",
        "cleared, 1 - → read{} len 0",
        "cleared, 1 1 → read{} len 0",
    ];
    let init = |w: &crate::world::World| {
        w.swap('a', 1);
        w.range();
    };
    explore(
        init,
        [|w| w.clear(), |w| w.load_two('a', 'a')],
        &gone_for_good,
    );
    explore(
        init,
        [|w| w.clear(), |w| w.load_two_pinned('a', 'a')],
        &gone_for_good,
    );
}

/// Whoever says first that the key is gone, the pin that remembers it or the map:
/// the other does not say that it is there after that.
#[test]
fn a_pin_that_remembers_and_a_load_by_itself_agree_about_a_clear() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
        [|w| w.clear(), |w| w.load_around('a')],
        &[
            "cleared, - - - → read{} len 0",
            "cleared, 1 - - → read{} len 0",
            "cleared, 1 1 - → read{} len 0",
            "cleared, 1 1 1 → read{} len 0",
        ],
    );
}

/// A key that was new when the snapshot was remembered, and is removed in a later
/// one.
#[test]
fn a_remembered_snapshot_is_given_up_after_a_promotion() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
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

/// An overwrite by way of a remembered snapshot reaches the key, whichever table
/// is the current one by then.
#[test]
fn a_store_through_a_remembered_snapshot_is_kept_by_a_promotion() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
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

/// A new generation after a clear is found by those who remember the old one, and
/// by those who found nothing published.
#[test]
fn the_first_key_after_a_clear_is_found_by_who_remembers_the_old_snapshot() {
    explore(
        |w| {
            w.swap('a', 1);
            w.range();
        },
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
