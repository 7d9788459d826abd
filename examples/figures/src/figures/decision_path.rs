//! Figure 5. The way of `get` and of `insert`. The thick green way needs no lock. What is
//! inside a frame with a padlock is done under the mutex. The costs at the ends are counted by
//! real calls.

use crate::canvas::{Align, Canvas, Font, LINE_HEIGHT, Line, THIN, line};
use crate::colour::{GREEN, PANEL, VERMILLION};
use crate::geometry::{Area, area, at};
use crate::picture::Picture;
use crate::run::{Cost, Map, cost, promote};
use crate::symbols;

/// A step of a way: a question, or an act.
struct Step {
    lines: &'static [&'static str],
    /// Where the way can end after this step.
    end: Option<End>,
}

/// An end of a way.
struct End {
    /// The answer that leads here. The other answer leads down. Empty after an act.
    answer: &'static str,
    lines: &'static [&'static str],
    /// What the whole call has cost.
    cost: Cost,
}

const fn act(lines: &'static [&'static str]) -> Step {
    Step { lines, end: None }
}

const fn ask(
    lines: &'static [&'static str],
    answer: &'static str,
    end: &'static [&'static str],
    cost: Cost,
) -> Step {
    let end = Some(End {
        answer,
        lines: end,
        cost,
    });
    Step { lines, end }
}

/// What a look-up costs if the second look answers, because another thread has promoted the
/// key meanwhile. A run of one thread does not come here.
const SECOND_LOOK: Cost = Cost {
    locks: 1,
    misses: 0,
};

const FAST: Line = line(GREEN, 4.0);

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("decision-path", "Fast path and slow path", 978);
    picture.path(&[at(14, 52), at(50, 52)], FAST);
    picture.label(at(58, 52), "fast path");
    symbols::padlock(&mut picture, at(192, 49));
    picture.label(at(208, 52), "under the mutex");

    let [known, absent, dirty_only] = costs_of_get();
    let get = [
        ask(&["Is the key in read?"], "yes", &["load p"], known),
        ask(&["Is read amended?"], "no", &["absent"], absent),
        ask(
            &["Is it in read now?"],
            "yes",
            &["unlock, load p"],
            SECOND_LOOK,
        ),
        ask(&["Still amended?"], "no", &["unlock, absent"], SECOND_LOOK),
        act(&["Look in dirty.", "Count a miss."]),
        ask(
            &["As many misses as", "dirty has keys?", "Promote dirty."],
            "",
            &["unlock, load p", "or absent"],
            dirty_only,
        ),
    ];
    let end = way(&mut picture, 82.0, "get", 2, &get);
    let get_told = format!(
        "The decision path of get. Is the key in read? Yes: load p, {}. No: is read amended? \
         No: absent, {}. Yes: take the mutex, and look in read again. Found: unlock, load p. \
         Not found: look in dirty, count a miss, and promote dirty if it has as many misses as \
         keys: {}.",
        told(known),
        told(absent),
        told(dirty_only)
    );

    let [known, expunged, dirty_only, new] = costs_of_insert();
    let insert = [
        ask(
            &["Is the key in read,", "not expunged?"],
            "yes",
            &["CAS of p"],
            known,
        ),
        ask(
            &[
                "Is it in read now?",
                "If expunged: make p",
                "nil, add to dirty.",
            ],
            "yes",
            &["swap p, unlock"],
            expunged,
        ),
        ask(&["Is it in dirty?"], "yes", &["swap p, unlock"], dirty_only),
        act(&[
            "Read not amended?",
            "Build dirty, where",
            "nil gets expunged.",
            "Mark read amended.",
        ]),
        ask(&["Add a new entry", "to dirty."], "", &["unlock"], new),
    ];
    way(&mut picture, end + 30.0, "insert", 1, &insert);
    let insert_told = format!(
        "The decision path of insert. Is the key in read, and not expunged? Yes: \
         compare-and-swap of p, {}. No: take the mutex, and look in read again. Found: an \
         expunged entry becomes nil and goes back in dirty, then p is swapped: {}. Found in \
         dirty: swap p, {}. A new key: if read is not amended, build dirty, where nil becomes \
         expunged, and mark read amended; then add a new entry to dirty: {}.",
        told(known),
        told(expunged),
        told(dirty_only),
        told(new)
    );
    picture.describe(format!("{get_told} {insert_told}"), &["lock", "dirty"]);
    picture
}

/// The costs of a `get` of a key of the snapshot, of an absent key while the snapshot is not
/// amended, and of a key that only the dirty map has.
fn costs_of_get() -> [Cost; 3] {
    let map = with_known_key();
    let get = |key| {
        cost(&map, |map| {
            map.get(key);
        })
    };
    let (known, absent) = (get("a"), get("b"));
    map.insert("b", 2);
    [known, absent, get("b")]
}

/// The costs of an `insert` of a key of the snapshot, of an expunged key, of a key that only
/// the dirty map has, and of a new key.
fn costs_of_insert() -> [Cost; 4] {
    let map = with_known_key();
    let insert = |key| {
        cost(&map, |map| {
            map.insert(key, 2);
        })
    };
    let known = insert("a");
    map.remove("a");
    let new = insert("b");
    let (expunged, dirty_only) = (insert("a"), insert("b"));
    [known, expunged, dirty_only, new]
}

fn with_known_key() -> Map {
    let map = Map::new();
    map.insert("a", 1);
    promote(&map);
    map
}

fn told(cost: Cost) -> String {
    let count = |count, one: &str, many: &str| match count {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    let locks = count(cost.locks, "lock", "locks");
    match cost.misses {
        0 => locks,
        misses => format!("{locks}, {}", count(misses, "miss", "misses")),
    }
}

/// The gap between two steps.
const GAP: f64 = 28.0;

/// Draws a way from `top` down: the first `fast` steps without a lock, the others in a frame.
/// Returns where it ends.
fn way(canvas: &mut Canvas, top: f64, name: &str, fast: usize, steps: &[Step]) -> f64 {
    canvas.text(at(100, top), Align::Middle, Font::Bold, name);
    let boxes = boxes(top + 10.0, fast, steps);
    let (first, last) = (boxes[fast], boxes[boxes.len() - 1]);
    let bottom = last.bottom().y + 10.0;
    let frame = area(8, first.y - 16.0, 344, bottom - first.y + 16.0);
    canvas.rectangle(frame, PANEL, line(VERMILLION, 1.8), 6);
    symbols::padlock(canvas, at(82, frame.y - 13.0));
    canvas.text(at(70, frame.y - 13.0), Align::Right, Font::Plain, "lock");

    let mut above = at(100, top + 6.0);
    for (index, (step, shape)) in steps.iter().zip(&boxes).enumerate() {
        let look = if index < fast { FAST } else { THIN };
        if index > 0 {
            canvas.arrow(
                &[above, shape.top()],
                if index < fast { FAST } else { THIN },
            );
        }
        canvas.rectangle(*shape, PANEL, THIN, 0);
        canvas.lines_inside(*shape, step.lines);
        if let Some(end) = &step.end {
            draw_end(canvas, *shape, end, look);
            if !end.answer.is_empty() {
                let above = shape.right().moved(20, -12);
                canvas.text(above, Align::Middle, Font::Plain, end.answer);
                let beside = shape.bottom().moved(10, 10);
                let other = if end.answer == "no" { "yes" } else { "no" };
                canvas.label(beside, other);
            }
        }
        above = shape.bottom();
    }
    bottom
}

/// Where the steps stand.
fn boxes(top: f64, fast: usize, steps: &[Step]) -> Vec<Area> {
    let mut y = top;
    let mut boxes = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        // Room for the edge of the frame.
        if index == fast {
            y += 20.0;
        }
        let height = step.lines.len() as f64 * LINE_HEIGHT + 12.0;
        boxes.push(area(18, y, 164, height));
        y += height + GAP;
    }
    boxes
}

fn draw_end(canvas: &mut Canvas, step: Area, end: &End, look: Line) {
    let cost = told(end.cost);
    let mut lines = end.lines.to_vec();
    lines.push(&cost);
    let height = lines.len() as f64 * LINE_HEIGHT + 8.0;
    let shape = area(226, step.middle().y - height / 2.0, 120, height);
    canvas.arrow(&[step.right(), shape.left()], look);
    canvas.rectangle(shape, PANEL, look, 9);
    canvas.lines_inside(shape, &lines);
}

#[cfg(test)]
mod tests {
    use super::{Cost, costs_of_get, costs_of_insert};

    #[test]
    fn the_fast_path_takes_no_lock() {
        let free = Cost {
            locks: 0,
            misses: 0,
        };
        let [known, absent, dirty_only] = costs_of_get();
        assert_eq!((known, absent), (free, free));
        assert_eq!(
            dirty_only,
            Cost {
                locks: 1,
                misses: 1
            }
        );
        let [known, others @ ..] = costs_of_insert();
        assert_eq!(known, free);
        assert!(others.iter().all(|cost| *cost == super::SECOND_LOOK));
    }
}
