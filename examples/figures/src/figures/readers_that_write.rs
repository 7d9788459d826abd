//! Figure 1. A readers-writer lock makes readers write: each reader changes the count of
//! readers, and the cache line of the count goes to the core that writes it. Readers of a
//! table that nobody writes share nothing that moves.

use crate::canvas::{Align, Canvas, Font, THIN, line};
use crate::colour::{GREEN, ORANGE, PANEL, VERMILLION};
use crate::geometry::{Area, Point, area, at};
use crate::picture::Picture;
use crate::threads::Side::{self, Left, Right};
use crate::threads::heads;

/// What two readers do to the count of readers, in order of time.
const WRITES: [(Side, &str, i32); 4] = [
    (Left, "core 1 locks", 1),
    (Right, "core 2 locks", 1),
    (Left, "core 1 unlocks", -1),
    (Right, "core 2 unlocks", -1),
];

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("readers-that-write", "Two readers of one map", 604);
    picture.heading(56.0, "Behind a readers–writer lock");
    heads(&mut picture, 72.0, "core 1", "core 2");
    let moves = count_of_readers(&mut picture, 98.0);
    let told = format!("One cache line moves {moves} times.");
    picture.text(at(180, 372), Align::Middle, Font::Plain, &told);
    picture.rule(394.0, THIN);
    picture.heading(416.0, "A table that nobody writes");
    own_copies(&mut picture, 436.0);
    picture.lines(
        at(180, 562),
        Align::Middle,
        &["Each core reads its own copy.", "No cache line moves."],
    );
    picture.describe(
        format!(
            "Above: two cores read a map behind a readers-writer lock. Each core writes the \
             count of readers twice: when it locks and when it unlocks. The cache line of the \
             count moves from core to core {moves} times. Below: two cores read a table that \
             nobody writes. Each core keeps a copy of the line, and no cache line moves."
        ),
        &["lock", "cache line", "nobody writes"],
    );
    picture
}

/// Draws the writes to the count. Returns how often its cache line moved.
fn count_of_readers(canvas: &mut Canvas, top: f64) -> usize {
    let (mut count, mut moves, mut last) = (0, 0, None::<(Side, Area)>);
    for (row, (side, what, change)) in WRITES.into_iter().enumerate() {
        let step = side.at(top + 64.0 * row as f64, 46);
        if let Some((owner, from)) = last.filter(|(owner, _)| *owner != side) {
            line_moves(canvas, owner, from, step.top());
            moves += 1;
        }
        let counted = format!("readers: {count} → {}", count + change);
        canvas.rectangle(step, ORANGE, THIN, 0);
        canvas.lines_inside(step, &[what, &counted]);
        count += change;
        last = Some((side, step));
    }
    assert_eq!(count, 0, "every reader unlocks");
    moves
}

/// An arrow from the core that has the line to the core that writes next.
fn line_moves(canvas: &mut Canvas, owner: Side, from: Area, to: Point) {
    let start = if owner == Left {
        from.right()
    } else {
        from.left()
    };
    let corner = at(to.x, start.y);
    canvas.arrow(&[start, corner, to], line(VERMILLION, 2.5));
    let above = corner.moved(0, -12);
    canvas.text(above, Align::Middle, Font::Plain, "the line moves");
}

/// The table, and the copy of it that each core keeps.
fn own_copies(canvas: &mut Canvas, top: f64) {
    let table = area(101, top, 158, 30);
    canvas.rectangle(table, PANEL, THIN, 0);
    canvas.lines_inside(table, &["the table"]);
    let out = [
        (Left, "core 1", table.left()),
        (Right, "core 2", table.right()),
    ];
    for (side, core, from) in out {
        let copy = side.at(top + 56.0, 46);
        let x = if side == Left { 57.0 } else { 303.0 };
        canvas.arrow(&[from, at(x, from.y), at(x, copy.y)], line(GREEN, 2.5));
        canvas.rectangle(copy, PANEL, THIN, 0);
        canvas.lines_inside(copy, &["a copy of the table:", &format!("{core} reads")]);
    }
}
