//! Figure 7. Epochs: two pins, one retirement, and when the value is freed. The pin that was
//! there when the value was retired holds back the epoch. The later pin does not: its thread
//! cannot find the value.

use crate::canvas::{Align, Canvas, Font, Line, THIN, line};
use crate::colour::{GREEN, INK, ORANGE, PANEL, PURPLE, VERMILLION, YELLOW};
use crate::geometry::{area, at};
use crate::picture::Picture;

/// The middles of the columns.
const READER_1: f64 = 109.0;
const WRITER: f64 = 209.0;
const READER_2: f64 = 305.0;

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("epochs", "Two pins, one retirement", 626);
    for (x, name) in [
        (READER_1, "reader 1"),
        (WRITER, "writer"),
        (READER_2, "reader 2"),
    ] {
        picture.text(at(x, 54), Align::Middle, Font::Bold, name);
    }
    epoch(&mut picture, 70.0, "1");
    epoch(&mut picture, 234.0, "2");
    epoch(&mut picture, 436.0, "3");

    let reader_1 = [
        (94, "pins"),
        (118, "finds v"),
        (384, "reads v"),
        (408, "unpins"),
    ];
    pin(&mut picture, READER_1, (YELLOW, 0), &reader_1);
    let reader_2 = [
        (258, "pins"),
        (282, "finds w"),
        (462, "reads w"),
        (518, "unpins"),
    ];
    pin(&mut picture, READER_2, (PURPLE, 9), &reader_2);

    write(&mut picture, 134.0, PANEL, THIN, &["p: v → w"]);
    write(
        &mut picture,
        176.0,
        ORANGE,
        THIN,
        &["retires v", "in epoch 1"],
    );
    let not_yet = ["epoch 3?", "Not yet: pin", "of epoch 1."];
    write(
        &mut picture,
        290.0,
        PANEL,
        line(VERMILLION, 2.0).dashed(),
        &not_yet,
    );
    write(
        &mut picture,
        450.0,
        PANEL,
        line(GREEN, 3.0),
        &["3 = 1 + 2:", "v is freed"],
    );

    picture.rule(546.0, THIN);
    picture.lines(
        at(14, 566),
        Align::Left,
        &[
            "An epoch can end when each pin is of it.",
            "Retired in epoch 1: freed in epoch 3.",
            "Light pins add a grace period.",
        ],
    );
    picture.describe(
        "Three epochs, two readers and a writer, in order of time. In epoch 1, reader 1 pins \
         and finds the value v. The writer replaces v by w in p, and retires v in epoch 1. \
         Epoch 2 begins. Reader 2 pins and finds w. Epoch 3 cannot begin: the pin of reader 1 \
         is of epoch 1. Reader 1 reads v and unpins. Epoch 3 begins, and v is freed, because 3 \
         = 1 + 2. Reader 2 is still pinned: it has w, and cannot find v.",
        &["epoch", "pin", "retire", "freed"],
    );
    picture
}

/// The beginning of an epoch.
fn epoch(canvas: &mut Canvas, y: f64, number: &str) {
    canvas.path(&[at(14, y), at(346, y)], line(INK, 2.0).dashed());
    canvas.lines(at(14, y + 20.0), Align::Left, &["epoch", number]);
}

/// A pin, from its first step to its last.
fn pin(canvas: &mut Canvas, x: f64, (fill, radius): (&str, u8), steps: &[(u16, &str)]) {
    let (first, last) = (f64::from(steps[0].0), f64::from(steps[steps.len() - 1].0));
    let pinned = area(x - 39.0, first - 14.0, 78, last - first + 28.0);
    canvas.rectangle(pinned, fill, THIN, radius);
    for (y, step) in steps {
        canvas.text(at(x, *y), Align::Middle, Font::Plain, step);
    }
}

/// A step of the writer.
fn write(canvas: &mut Canvas, y: f64, fill: &str, border: Line, lines: &[&str]) {
    let step = area(WRITER - 46.0, y, 92, 18.0 * lines.len() as f64 + 10.0);
    canvas.rectangle(step, fill, border, 0);
    canvas.lines_inside(step, lines);
}
