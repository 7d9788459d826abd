//! Light pins beside the pins of the epoch.
//!
//! What has come due from the epoch may still be in use under light pins. So it waits for a
//! grace period that begins after it has come due, in the queue of the real build, with the
//! marks of the real build. `freed` is as in `tests/loom/light.rs`.

use crate::explore::{explore, explore_up_to};
use crate::world::World;
use crate::worlds::{a_promoted, a_promoted_b_missed_once};

/// [`a_promoted`], and light pins are on. Nothing waits to be freed.
fn a_promoted_light(w: &World) {
    a_promoted(w);
    switch_light_pins_on(w);
}

/// [`a_promoted_b_missed_once`], and light pins are on. Nothing waits to be freed.
fn a_promoted_b_missed_once_light(w: &World) {
    a_promoted_b_missed_once(w);
    switch_light_pins_on(w);
}

/// Frees what waits, so that the light pins begin with nothing.
fn switch_light_pins_on(w: &World) {
    w.flushed(String::new());
    w.with_light_pins();
    w.take_part();
}

fn overwrite(w: &World) -> String {
    w.flushed_and_waited_for(w.swap('a', 2))
}

#[test]
fn a_replaced_value_is_freed_after_its_last_light_reader() {
    explore_up_to(
        3,
        a_promoted_light,
        [overwrite, |w| w.load_two('a', 'a')],
        &[
            "1 freed 0, 1 1 → read{a:2} len 1",
            "1 freed 0, 1 2 → read{a:2} len 1",
            "1 freed 0, 2 2 → read{a:2} len 1",
            "1 freed 1, 1 1 → read{a:2} len 1",
            "1 freed 1, 1 2 → read{a:2} len 1",
            "1 freed 1, 2 2 → read{a:2} len 1",
        ],
    );
}

/// The first read and the third are under one full pin. The second is under a light pin.
#[test]
fn a_value_that_is_read_under_both_kinds_of_pins_is_freed_after_both() {
    explore_up_to(
        3,
        a_promoted_light,
        [overwrite, |w| w.load_around('a')],
        &[
            "1 freed 0, 1 1 1 → read{a:2} len 1",
            "1 freed 0, 1 1 2 → read{a:2} len 1",
            "1 freed 0, 1 2 2 → read{a:2} len 1",
            "1 freed 0, 2 2 2 → read{a:2} len 1",
            "1 freed 1, 1 1 1 → read{a:2} len 1",
            "1 freed 1, 1 1 2 → read{a:2} len 1",
            "1 freed 1, 1 2 2 → read{a:2} len 1",
            "1 freed 1, 2 2 2 → read{a:2} len 1",
        ],
    );
}

/// At most one preemption: the reader under a light pin, or the one under a full pin, is made to
/// wait, and the writer goes on.
#[test]
fn two_replaced_values_are_freed_after_a_light_and_a_full_reader() {
    explore(
        a_promoted_light,
        [
            |w| {
                format!(
                    "{} {}",
                    overwrite(w),
                    w.flushed_and_waited_for(w.swap('a', 3))
                )
            },
            |w| w.load('a'),
            |w| w.load_two_pinned('a', 'a'),
        ],
        &[
            "1 freed 0 2 freed 0, 1, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 0, 2, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 0, 3, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 1, 1, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 1, 2, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 1, 3, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 1, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 2, 1 1 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 3, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 0, 1, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 0, 2, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 0, 3, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 1, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 2, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 3, 1 1 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 3, 3 3 → read{a:3} len 1",
        ],
    );
}

/// The writer promotes `b`, and so replaces the table of the superseded snapshot.
#[test]
fn a_table_is_freed_after_its_last_light_reader() {
    explore_up_to(
        3,
        a_promoted_b_missed_once_light,
        [|w| w.flushed_and_waited_for(w.load('b')), |w| w.load('a')],
        &[
            "2 freed 0, 1 → read{a:1 b:2} len 2",
            "2 freed 1, 1 → read{a:1 b:2} len 2",
        ],
    );
}

/// A reader that finds the snapshot superseded takes a full pin within the same call.
#[test]
fn a_cleared_map_is_freed_after_its_last_light_reader() {
    explore_up_to(
        3,
        a_promoted_light,
        [|w| w.flushed_and_waited_for(w.clear()), |w| w.load('a')],
        &[
            "cleared freed 0, - → read{} len 0",
            "cleared freed 0, 1 → read{} len 0",
            "cleared freed 2, - → read{} len 0",
            "cleared freed 2, 1 → read{} len 0",
        ],
    );
}

/// The removal finds its entry under a light pin. Then it takes a full pin, retires the value
/// under that, and drops the full pin. What the removal returned is looked at after that.
#[test]
fn what_a_removal_gave_back_is_freed_after_its_last_look() {
    explore_up_to(
        3,
        a_promoted_light,
        [
            |w| w.flushed_and_waited_for(w.clear()),
            |w| w.delete_and_look('a'),
        ],
        &[
            "cleared freed 0, {a:1} → read{} len 0",
            "cleared freed 0, {} → read{} len 0",
            "cleared freed 2, {a:1} → read{} len 0",
            "cleared freed 2, {} → read{} len 0",
        ],
    );
}
