//! Figure 9. Store buffering: each thread stores to one key and looks up the other. With
//! Release and Acquire, both stores may wait in their buffers, and both look-ups find the old
//! value. With SeqCst, all four steps stand in one order, and one look-up finds the new value.

use crate::canvas::{Align, Canvas, Font, THIN, line};
use crate::colour::{BLUE, ORANGE, PANEL, VERMILLION};
use crate::geometry::{Area, area, at};
use crate::picture::Picture;
use crate::threads::Side::{self, Left, Right};
use crate::threads::heads;

/// The steps in a total order, and the thread of each. The look-up of `b` comes before its
/// insert, so it finds the old value. The look-up of `a` finds the new one.
const IN_ORDER: [(Side, &str); 4] = [
    (Left, "insert(a, 1)"),
    (Left, "get(b) → 0"),
    (Right, "insert(b, 1)"),
    (Right, "get(a) → 1"),
];

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("store-buffering", "Store buffering across two keys", 722);
    picture.heading(54.0, "Release and Acquire");
    buffered(&mut picture, 68.0);
    picture.rule(422.0, THIN);
    picture.heading(444.0, "SeqCst: one order of all steps");
    in_order(&mut picture, 458.0);
    picture.lines(
        at(14, 700),
        Align::Left,
        &["At most one look-up finds the old value."],
    );
    picture.describe(
        "Store buffering, twice. Thread 1 inserts a = 1 and gets b, thread 2 inserts b = 1 and \
         gets a. Both keys are 0 at first. Above, with Release and Acquire: each insert waits \
         in the store buffer of its processor, each get reads memory, and both find the old \
         value 0. Below, with SeqCst, all four steps have one order: insert a, get b finds 0, \
         insert b, get a finds 1. At most one get \
         finds the old value.",
        &["store buffer", "SeqCst", "old value"],
    );
    picture
}

/// Both stores wait, and both look-ups read memory.
fn buffered(canvas: &mut Canvas, top: f64) {
    heads(canvas, top, "thread 1", "thread 2");
    let memory = area(60, top + 276.0, 240, 60);
    canvas.rectangle(memory, PANEL, THIN, 0);
    canvas.text(
        memory.top().moved(0, 16),
        Align::Middle,
        Font::Plain,
        "memory",
    );
    let sides = [(Left, "a", "b"), (Right, "b", "a")];
    for (side, stored, _) in sides {
        let cell = area(if side == Left { 70 } else { 210 }, memory.y + 28.0, 80, 26);
        canvas.rectangle(cell, PANEL, THIN, 0);
        canvas.text(
            cell.middle(),
            Align::Middle,
            Font::Code,
            &format!("{stored} = 0"),
        );
    }
    for (side, stored, sought) in sides {
        let store = side.at(top + 26.0, 30);
        let buffer = side.at(top + 76.0, 46);
        canvas.arrow(&[store.bottom(), buffer.top()], THIN);
        side.step(canvas, store, &[&format!("insert({stored}, 1)")]);
        canvas.rectangle(buffer, ORANGE, THIN.dashed(), 0);
        canvas.lines_inside(buffer, &["store buffer:", &format!("{stored} = 1 waits")]);

        // The store comes to memory later, along the edge of the figure.
        let (edge, memory_edge) = if side == Left {
            (24.0, memory.left())
        } else {
            (336.0, memory.right())
        };
        let later = [
            at(edge, buffer.bottom().y),
            at(edge, memory_edge.y),
            memory_edge,
        ];
        canvas.arrow(&later, THIN.dotted());
        let name = memory_edge.moved(if side == Left { -6 } else { 6 }, 16);
        let align = if side == Left {
            Align::Right
        } else {
            Align::Left
        };
        canvas.text(name, align, Font::Plain, "later");

        let look = area(if side == Left { 40 } else { 200 }, top + 148.0, 120, 30);
        let (from, to) = if side == Left { (250, 30) } else { (110, -30) };
        canvas.arrow(
            &[at(from, memory.y), look.bottom().moved(to, 0)],
            line(VERMILLION, 2.5),
        );
        side.step(canvas, look, &[&format!("get({sought}) → 0")]);
    }
}

/// The four steps of both threads, as one chain.
fn in_order(canvas: &mut Canvas, top: f64) {
    heads(canvas, top, "thread 1", "thread 2");
    let mut last = None::<(Side, Area)>;
    for (row, (side, what)) in IN_ORDER.into_iter().enumerate() {
        let step = side.at(top + 26.0 + 50.0 * row as f64, 30);
        if let Some((before, from)) = last.replace((side, step)) {
            let way = if before == side {
                vec![from.bottom(), step.top()]
            } else {
                vec![from.right(), at(step.top().x, from.right().y), step.top()]
            };
            canvas.arrow(&way, line(BLUE, 3.0));
        }
        side.step(canvas, step, &[&format!("{} {what}", row + 1)]);
    }
}
