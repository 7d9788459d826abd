//! Figure 8. Message passing: the word `p` is the message that says where the value is. With
//! Release and Acquire, the bytes of the value come with the message. With Relaxed, the message
//! may come without the bytes.

use crate::canvas::{Align, Canvas, Font, Line, THIN, line};
use crate::colour::{BLUE, VERMILLION};
use crate::geometry::at;
use crate::picture::Picture;
use crate::threads::Side::{Left, Right};
use crate::threads::heads;

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("message-passing", "Message passing within one key", 594);
    picture.heading(54.0, "Release and Acquire");
    let edge = ("happens before", line(BLUE, 3.0));
    passing(
        &mut picture,
        68.0,
        ["Release", "Acquire"],
        edge,
        ["reads the bytes:", "42"],
    );
    picture.rule(314.0, THIN);
    picture.heading(336.0, "Relaxed");
    let edge = ("sees the address", line(VERMILLION, 2.0).dotted());
    passing(
        &mut picture,
        350.0,
        ["Relaxed", "Relaxed"],
        edge,
        ["reads the bytes:", "maybe old ones"],
    );
    picture.describe(
        "Message passing, twice. The writer writes the bytes of a value, 42, and then stores \
         the address of the value in p. The reader loads p, sees the address, and reads the \
         bytes. Above, with Release in the writer and Acquire in the reader: the store happens \
         before the load, and the reader reads 42. Below, with Relaxed: the reader sees the \
         address, nothing orders the bytes, and the reader may read old bytes.",
        &["Release", "Acquire", "Relaxed"],
    );
    picture
}

/// One run: the writer's two steps, an edge to the reader, and the reader's two steps.
fn passing(
    canvas: &mut Canvas,
    top: f64,
    [store, load]: [&str; 2],
    (name, edge): (&str, Line),
    result: [&str; 2],
) {
    heads(canvas, top, "writer", "reader");
    let bytes = Left.at(top + 26.0, 46);
    Left.step(canvas, bytes, &["writes the bytes:", "42"]);
    let message = Left.at(top + 92.0, 46);
    canvas.arrow(&[bytes.bottom(), message.top()], THIN);
    Left.step(canvas, message, &["p = address", store]);
    let seen = Right.at(top + 118.0, 46);
    Right.step(canvas, seen, &["loads p: address", load]);
    let read = Right.at(top + 184.0, 46);
    canvas.arrow(&[seen.bottom(), read.top()], THIN);
    Right.step(canvas, read, &result);

    let corner = at(seen.top().x, message.right().y - 14.0);
    let from = at(message.right().x, corner.y);
    canvas.arrow(&[from, corner, seen.top()], edge);
    canvas.text(corner.moved(6, -14), Align::Middle, Font::Plain, name);
}
