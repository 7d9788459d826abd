//! Figure 4. The life of one key in seven frames. Each frame shows both maps after the calls
//! that it names, as `inspect()` gives them.

use crate::canvas::{Align, Canvas, Font, THIN};
use crate::geometry::at;
use crate::picture::Picture;
use crate::run::{Entry, Map, State};
use crate::symbols;

/// A frame: what happens to the key `a`, the calls, and how these are written.
struct Frame {
    name: &'static str,
    calls: &'static [&'static str],
    run: fn(&Map),
}

const FRAMES: [Frame; 7] = [
    Frame {
        name: "new",
        calls: &["insert a 1"],
        run: |map| {
            map.insert("a", 1);
        },
    },
    Frame {
        name: "promoted",
        calls: &["get a"],
        run: |map| {
            map.get("a");
        },
    },
    Frame {
        name: "overwritten",
        calls: &["insert a 2"],
        run: |map| {
            map.insert("a", 2);
        },
    },
    Frame {
        name: "removed",
        calls: &["remove a"],
        run: |map| {
            map.remove("a");
        },
    },
    Frame {
        name: "left out",
        calls: &["insert b 5"],
        run: |map| {
            map.insert("b", 5);
        },
    },
    Frame {
        name: "brought back",
        calls: &["insert a 3"],
        run: |map| {
            map.insert("a", 3);
        },
    },
    Frame {
        name: "dropped",
        calls: &["remove a, get b, get b", "insert c 6, get c, get c"],
        run: |map| {
            map.remove("a");
            // Two misses of two keys: promoted, with `a` as nil.
            map.get("b");
            map.get("b");
            // A new key: `a` is left out again. Two misses: promoted, without `a`.
            map.insert("c", 6);
            map.get("c");
            map.get("c");
        },
    },
];

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("life-of-a-key", "The life of the key a", 828);
    let map = Map::new();
    let (mut y, mut told) = (54.0, Vec::new());
    for (index, frame) in FRAMES.iter().enumerate() {
        (frame.run)(&map);
        let state = State::of(&map);
        let name = format!("{} {}", index + 1, frame.name);
        picture.text(at(14, y), Align::Left, Font::Bold, &name);
        for call in frame.calls {
            picture.text(at(346, y), Align::Right, Font::Code, call);
            y += 20.0;
        }
        both(&mut picture, y + 9.0, &state);
        y += 63.0;
        picture.rule(y, THIN);
        y += 20.0;
        let calls = frame.calls.join(", ");
        told.push(format!("{name} ({calls}): {}", state.words()));
    }
    symbols::legend(&mut picture, y + 6.0);
    picture.describe(
        format!(
            "The life of the key a in seven frames. {}.",
            told.join(". ")
        ),
        &[
            "new",
            "promoted",
            "overwritten",
            "nil",
            "expunged",
            "dropped",
        ],
    );
    picture
}

/// Both maps, one under the other.
fn both(canvas: &mut Canvas, y: f64, state: &State) {
    table(canvas, y, "read", &state.read);
    if state.amended {
        canvas.text(at(346, y), Align::Right, Font::Plain, "amended");
    }
    if state.read.is_empty() {
        canvas.label(at(62, y), "no entry");
    }
    let below = y + symbols::STATE + 6.0;
    table(
        canvas,
        below,
        "dirty",
        state.dirty.as_deref().unwrap_or_default(),
    );
    if state.dirty.is_none() {
        canvas.label(at(62, below), "none");
    }
}

/// A table: its name, and its entries side by side.
fn table(canvas: &mut Canvas, y: f64, name: &str, entries: &[Entry]) {
    canvas.label(at(14, y), name);
    for (index, entry) in entries.iter().enumerate() {
        let place = at(62.0 + 90.0 * index as f64, y - symbols::STATE / 2.0);
        symbols::entry(canvas, place, *entry);
    }
}
