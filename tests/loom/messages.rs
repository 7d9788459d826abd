//! Message passing: a thread that sees a write to the map sees what was written before it.
//!
//! Each value checks that its own bytes came with it. These models pass a word that stands
//! beside the map.

use crate::explore::{Actor, explore};
use crate::world::World;
use crate::worlds::{a_nil, a_promoted};
use loom::sync::atomic::Ordering;
use readmostly::internals::story::{self, Argument};

/// Writes the word beside the map, without any ordering of its own.
fn write_word(w: &World) {
    story::call("write_aside", [Some(Argument::Number(1)), None, None]);
    w.aside.store(1, Ordering::Relaxed);
    story::returned(String::new());
}

/// The writer: the word, and then the map.
fn word_then(w: &World, write: Actor<World>) -> String {
    write_word(w);
    write(w)
}

/// The reader: what it `saw` in the map, and then the word, without any ordering of its own.
/// The word is left out if the reader saw `early`: it came before the writer's call then.
fn word_unless(early: &str, w: &World, saw: String) -> String {
    if saw == early {
        return saw;
    }
    story::call("read_aside", [None; 3]);
    let aside = w.aside.load(Ordering::Relaxed);
    story::returned(aside.to_string());
    format!("{saw}, aside {aside}")
}

#[test]
fn a_value_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| word_then(w, |w| w.swap('a', 2)),
            |w| word_unless("1", w, w.load('a')),
        ],
        &["1, 1 → read{a:2} len 1", "1, 2, aside 1 → read{a:2} len 1"],
    );
}

#[test]
fn a_new_key_carries_what_was_written_before_it() {
    explore(
        a_promoted,
        [
            |w| word_then(w, |w| w.swap('b', 2)),
            |w| word_unless("-", w, w.load('b')),
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
            |w| word_then(w, |w| w.load_and_delete('a')),
            |w| word_unless("1", w, w.load('a')),
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
            |w| word_then(w, |w| w.clear()),
            |w| word_unless("1", w, w.load('a')),
        ],
        &[
            "cleared, -, aside 1 → read{} len 0",
            "cleared, 1 → read{} len 0",
        ],
    );
}

/// The same for an update, which does not pin if no snapshot is published.
#[test]
fn a_clear_carries_what_was_written_before_it_to_an_update() {
    explore(
        a_promoted,
        [
            |w| word_then(w, |w| w.clear()),
            |w| word_unless("11", w, w.update('a', 10)),
        ],
        &[
            "cleared, -, aside 1 → read{} len 0",
            "cleared, 11 → read{} len 0",
        ],
    );
}

/// The writer brings the deleted key back, writes the word, and deletes the key again. If the
/// store finds nil after that, it must see the word, though that nil looks like the first one.
#[test]
fn a_store_over_a_removal_sees_what_was_written_before_it() {
    explore(
        a_nil,
        [come_back_and_go, |w| word_unless("2", w, w.swap('a', 5))],
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
            word_unless("loaded 2", w, w.load_or_store('a', 5))
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
    write_word(world);
    let went = world.load_and_delete('a');
    format!("{came} {went} {}", world.load('a'))
}
