//! Figure 3. The word `p` has three states, and six arrows lead from state to state. A green
//! arrow needs no lock. An arrow with a padlock is taken under the mutex.

use crate::canvas::{Align, Canvas, Font, Line, THIN, line};
use crate::colour::{GREEN, INK, VERMILLION};
use crate::geometry::{Area, Point, area, at};
use crate::picture::Picture;
use crate::symbols;
use readmostly::EntryState::{Expunged, Nil, Value};

/// A step that needs no lock.
const FREE: Line = line(GREEN, 3.5);
/// A step under the mutex.
const LOCKED: Line = line(VERMILLION, 1.8);

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("word-p", "The three states of the word p", 574);
    let [value, nil, expunged] = [142, 270, 398].map(|y| area(136, y, 88, 40));

    picture.disc(at(180, 54), 6.0, INK);
    picture.label(at(194, 54), "no entry");
    down(&mut picture, at(180, 60), value.top(), LOCKED);
    picture.lines(at(194, 84), Align::Left, &["insert of", "a new key"]);
    symbols::padlock(&mut picture, at(162, 98));

    symbols::state(&mut picture, value, Value(1));
    overwrite(&mut picture, value);
    picture.text(at(126, 162), Align::Right, Font::Bold, "value");

    symbols::state(&mut picture, nil, Nil);
    picture.text(at(126, 290), Align::Right, Font::Bold, "nil");
    down(&mut picture, at(160, 182), at(160, 270), FREE);
    picture.lines(
        at(146, 216),
        Align::Right,
        &["remove: never", "under the mutex"],
    );
    up(&mut picture, at(200, 270), at(200, 182), FREE);
    picture.lines(
        at(214, 208),
        Align::Left,
        &["insert of a", "deleted key:", "lock-free *"],
    );

    symbols::state(&mut picture, expunged, Expunged);
    picture.text(at(126, 418), Align::Right, Font::Bold, "expunged");
    down(&mut picture, at(160, 310), at(160, 398), LOCKED);
    picture.lines(
        at(120, 336),
        Align::Right,
        &["rebuild leaves", "the key out"],
    );
    symbols::padlock(&mut picture, at(140, 352));
    up(&mut picture, at(200, 398), at(200, 310), LOCKED);
    picture.lines(
        at(238, 336),
        Align::Left,
        &["insert: puts", "the entry", "in dirty"],
    );
    symbols::padlock(&mut picture, at(222, 352));

    picture.rule(458.0, THIN);
    picture.path(&[at(14, 480), at(58, 480)], FREE);
    picture.label(at(68, 480), "needs no lock");
    picture.path(&[at(196, 480), at(232, 480)], LOCKED);
    symbols::padlock(&mut picture, at(246, 477));
    picture.label(at(262, 480), "mutex");
    picture.lines(
        at(14, 508),
        Align::Left,
        &[
            "* Under the mutex if dirty alone",
            "has the key.",
            "No other arrow is legal.",
        ],
    );
    picture.describe(
        "The three states of the word p, value, nil and expunged, and the six arrows between \
         them. From no entry to value: insert of a new key, under the mutex. From value to \
         value: overwrite, lock-free. From value to nil: remove, never under the mutex. From \
         nil to value: insert of a deleted key, lock-free. From nil to expunged: a rebuild \
         leaves the key out, under the mutex. From expunged to nil: insert puts the entry back \
         in dirty, under the mutex. An overwrite or an insert of a deleted key takes the mutex \
         if dirty alone has the key.",
        &["value", "nil", "expunged"],
    );
    picture
}

fn down(canvas: &mut Canvas, from: Point, to: Point, line: Line) {
    canvas.arrow(&[from, to], line);
}

fn up(canvas: &mut Canvas, from: Point, to: Point, line: Line) {
    canvas.arrow(&[from, to], line);
}

/// The arrow from value to value.
fn overwrite(canvas: &mut Canvas, value: Area) {
    let right = value.right();
    let (out, back) = (right.moved(0, -10), right.moved(0, 10));
    let turn = [out, out.moved(26, 0), back.moved(26, 0), back];
    canvas.arrow(&turn, FREE);
    canvas.lines(
        right.moved(36, -9),
        Align::Left,
        &["overwrite:", "lock-free *"],
    );
}
