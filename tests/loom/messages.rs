//! What was written before a store is seen by whoever sees what was stored.
//!
//! Every value testifies to its own bytes; these models send a word along that
//! stands beside the map.

use crate::explore::explore;
use crate::world::World;
use crate::worlds::{a_nil, a_promoted};
use loom::sync::atomic::Ordering;

/// The word beside the map, written and read without any ordering of its own.
fn write_aside(world: &World) {
    world.aside.store(1, Ordering::Relaxed);
}

fn with_aside(world: &World, saw: &str) -> String {
    format!("{saw}, aside {}", world.aside.load(Ordering::Relaxed))
}

#[test]
fn a_value_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| {
                write_aside(w);
                w.swap('a', 2)
            },
            |w| {
                let saw = w.load('a');
                if saw == "1" { saw } else { with_aside(w, &saw) }
            },
        ],
        &["1, 1 → read{a:2} len 1", "1, 2, aside 1 → read{a:2} len 1"],
    );
}

#[test]
fn a_new_key_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| {
                write_aside(w);
                w.swap('b', 2)
            },
            |w| {
                let saw = w.load('b');
                if saw == "-" { saw } else { with_aside(w, &saw) }
            },
        ],
        &[
            "-, - → read{a:1}+ dirty{a:1 b:2} 0 len 2",
            "-, 2, aside 1 → read{a:1}+ dirty{a:1 b:2} 1 len 2",
        ],
    );
}

#[test]
fn a_removal_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| {
                write_aside(w);
                w.load_and_delete('a')
            },
            |w| {
                let saw = w.load('a');
                if saw == "1" { saw } else { with_aside(w, &saw) }
            },
        ],
        &[
            "1, -, aside 1 → read{a:nil} len 0",
            "1, 1 → read{a:nil} len 0",
        ],
    );
}

#[test]
fn a_clear_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| {
                write_aside(w);
                w.clear()
            },
            |w| {
                let saw = w.load('a');
                if saw == "1" { saw } else { with_aside(w, &saw) }
            },
        ],
        &[
            "cleared, -, aside 1 → read{} len 0",
            "cleared, 1 → read{} len 0",
        ],
    );
}

/// The same to who does not pin at all, as nothing is published any more.
#[test]
fn a_clear_carries_what_was_written_before_it_to_an_update() {
    explore(
        a_promoted,
        [
            |w| {
                write_aside(w);
                w.clear()
            },
            |w| {
                let saw = w.update('a', 10);
                if saw == "-" { with_aside(w, &saw) } else { saw }
            },
        ],
        &[
            "cleared, -, aside 1 → read{} len 0",
            "cleared, 11 → read{} len 0",
        ],
    );
}

/// A key that is deleted, comes back and is deleted again while a store is about
/// to find it gone: the store comes after the second removal, though what it
/// finds looks like the first.
#[test]
fn a_store_over_a_removal_sees_what_was_written_before_it() {
    explore(
        a_nil,
        [come_back_and_go, |w| {
            let saw = w.swap('a', 5);
            if saw == "-" { with_aside(w, &saw) } else { saw }
        }],
        &[
            "- 2 -, -, aside 1 → read{a:5} len 1",
            "- 2 5, -, aside 1 → read{a:5} len 1",
            "- 5 -, 2 → read{a:nil} len 0",
            "5 2 -, -, aside 0 → read{a:nil} len 0",
            "5 2 -, -, aside 1 → read{a:nil} len 0",
        ],
    );
}

/// The same with an insertion.
#[test]
fn an_insertion_over_a_removal_sees_what_was_written_before_it() {
    explore(
        a_nil,
        [come_back_and_go, |w| {
            let saw = w.load_or_store('a', 5);
            if saw.starts_with("stored") {
                with_aside(w, &saw)
            } else {
                saw
            }
        }],
        &[
            "- 2 -, loaded 2 → read{a:nil} len 0",
            "- 2 -, stored 5, aside 1 → read{a:5} len 1",
            "- 2 5, stored 5, aside 1 → read{a:5} len 1",
            "5 2 -, stored 5, aside 0 → read{a:nil} len 0",
            "5 2 -, stored 5, aside 1 → read{a:nil} len 0",
        ],
    );
}

fn come_back_and_go(world: &World) -> String {
    let came = world.swap('a', 2);
    write_aside(world);
    let went = world.load_and_delete('a');
    format!("{came} {went} {}", world.load('a'))
}
