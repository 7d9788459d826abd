//! Figure 2. Both maps point to the same entries. The figure has an entry of each kind: a
//! value, nil and expunged in both maps or in `read` alone, and a new key in `dirty` alone.

use crate::canvas::{Align, Canvas, Font, THIN, line};
use crate::colour::{GREEN, PANEL, VERMILLION};
use crate::geometry::{Area, area, at};
use crate::picture::Picture;
use crate::run::{Entry, Map, State, promote};
use crate::symbols;

/// The distance between two rows.
const ROW: f64 = 46.0;
const TOP: f64 = 132.0;

pub(super) fn draw() -> Picture {
    let state = State::of(&map());
    let entries = state.entries();
    let end = TOP + ROW * entries.len() as f64;

    let mut picture = Picture::new("two-maps", "Two maps over the same entries", 428);
    let read = area(14, TOP - 10.0, 84, end - TOP + 4.0);
    let dirty = area(262, TOP - 10.0, 84, end - TOP + 4.0);
    picture.lines(at(14, 56), Align::Left, &["read:", "no lock"]);
    let amended = if state.amended {
        "amended"
    } else {
        "not amended"
    };
    picture.label(at(14, 100), amended);
    picture.text(at(180, 100), Align::Middle, Font::Plain, "key and p");
    symbols::padlock(&mut picture, at(338, 70));
    picture.lines(at(262, 56), Align::Left, &["dirty:", "mutex"]);
    let keys = state.dirty.as_ref().map_or(0, Vec::len);
    let misses = format!("misses {} of {keys}", state.misses);
    picture.text(at(346, 100), Align::Right, Font::Plain, &misses);
    picture.rectangle(read, PANEL, line(GREEN, 3.0), 0);
    picture.rectangle(dirty, PANEL, line(VERMILLION, 3.0), 0);

    for (row, entry) in entries.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        let shape = symbols::entry(&mut picture, at(142, y), *entry);
        if state.read.contains(entry) {
            pointer(&mut picture, Side::Read, read, shape, *entry);
        }
        if state.dirty.iter().flatten().any(|other| other == entry) {
            pointer(&mut picture, Side::Dirty, dirty, shape, *entry);
        }
    }

    picture.rule(end + 12.0, THIN);
    symbols::legend(&mut picture, end + 38.0);
    picture.lines(
        at(14, end + 72.0),
        Align::Left,
        &[
            "One entry for each key. Both maps have",
            "the address of the same entry.",
        ],
    );
    picture.describe(
        format!(
            "The two maps over the same entries: {}. Both maps point to the same entries. {} of \
             {keys} misses are counted. A thread searches read without a lock, and looks into \
             dirty under the mutex.",
            state.words(),
            state.misses
        ),
        &["read", "dirty", "value", "nil", "expunged"],
    );
    picture
}

/// A map with an entry in each state.
fn map() -> Map {
    let map = Map::new();
    for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
        map.insert(key, value);
    }
    promote(&map);
    map.remove("c");
    // A new key: the rebuild leaves `c` out, and marks it.
    map.insert("d", 4);
    map.remove("b");
    // The first miss.
    map.get("d");
    map
}

enum Side {
    Read,
    Dirty,
}

/// A key in a table, and the arrow from there to its entry.
fn pointer(canvas: &mut Canvas, side: Side, table: Area, entry: Area, (key, _): Entry) {
    let y = entry.middle().y;
    canvas.text(at(table.middle().x, y), Align::Middle, Font::Code, key);
    let (from, to) = match side {
        Side::Read => (at(table.middle().x + 12.0, y), entry.left()),
        Side::Dirty => (at(table.middle().x - 12.0, y), entry.right()),
    };
    canvas.arrow(&[from, to], THIN);
}
