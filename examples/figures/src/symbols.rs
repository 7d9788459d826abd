//! The signs that mean the same in every figure.
//!
//! The state of an entry shows in three ways, so that nobody needs to see the colour: a value
//! has a solid border, nil has a dashed border, and expunged is hatched and has an X.

use crate::canvas::{Align, Canvas, Font, THIN, line};
use crate::colour::{INK, PANEL, SKY, VERMILLION};
use crate::geometry::{Area, Point, area, at};
use crate::run::Entry;
use readmostly::EntryState::{self, Expunged, Nil, Value};

/// The name of the pattern that fills an expunged entry. [`Picture`](crate::picture::Picture)
/// defines it.
pub(crate) const HATCH: &str = "url(#x)";

/// The height of a state.
pub(crate) const STATE: f64 = 26.0;

/// The state of an entry: what its word `p` holds.
pub(crate) fn state(canvas: &mut Canvas, area: Area, state: EntryState<u32>) {
    let border = line(INK, 2.0);
    let middle = area.middle();
    match state {
        Value(value) => {
            canvas.rectangle(area, SKY, border, 0);
            canvas.text(middle, Align::Middle, Font::Code, &value.to_string());
        }
        Nil => {
            canvas.rectangle(area, PANEL, border.dashed(), 0);
            canvas.text(middle, Align::Middle, Font::Code, "nil");
        }
        Expunged => {
            canvas.rectangle(area, HATCH, border, 0);
            canvas.surface(square(middle, 18.0), PANEL);
            canvas.text(middle, Align::Middle, Font::Bold, "X");
        }
    }
}

fn square(middle: Point, side: f64) -> Area {
    let corner = middle.moved(-side / 2.0, -side / 2.0);
    area(corner.x, corner.y, side, side)
}

/// An entry: its key, and the state of its word. Returns the box around both.
pub(crate) fn entry(canvas: &mut Canvas, place: Point, (key, in_p): Entry) -> Area {
    let whole = area(place.x, place.y, 76, STATE);
    canvas.rectangle(whole, PANEL, THIN, 0);
    let key_at = at(place.x + 14.0, whole.middle().y);
    canvas.text(key_at, Align::Middle, Font::Code, key);
    state(canvas, area(place.x + 28.0, place.y, 48, STATE), in_p);
    whole
}

/// What the three looks of a state mean, in one line from the left edge.
pub(crate) fn legend(canvas: &mut Canvas, y: f64) {
    let looks = [
        (14, Value(1), "value"),
        (120, Nil, "nil"),
        (208, Expunged, "expunged"),
    ];
    for (x, look, name) in looks {
        let glyph = area(x, y - STATE / 2.0, 44, STATE);
        state(canvas, glyph, look);
        canvas.label(glyph.right().moved(8, 0), name);
    }
}

/// A padlock: the step is done under the mutex.
pub(crate) fn padlock(canvas: &mut Canvas, middle: Point) {
    let (x, y) = (middle.x, middle.y);
    let shackle = format!("M{} {y}V{}a4 4 0 0 1 8 0V{y}", x - 4.0, y - 3.0);
    canvas.curve(&shackle, line(VERMILLION, 2.0));
    canvas.surface(area(x - 7.0, y - 1.0, 14, 10), VERMILLION);
}
