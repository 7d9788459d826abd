//! Two threads side by side. Time runs down.

use crate::canvas::{Align, Canvas, Font, THIN};
use crate::colour::{PURPLE, YELLOW};
use crate::geometry::{Area, area};

/// Where a thread's steps stand.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Side {
    Left,
    Right,
}

use Side::{Left, Right};

/// The width of a column.
pub(crate) const COLUMN: f64 = 158.0;

impl Side {
    /// The box of a step in this column.
    pub(crate) fn at(self, y: impl Into<f64>, height: impl Into<f64>) -> Area {
        let x = if self == Left { 14.0 } else { 188.0 };
        area(x, y, COLUMN, height)
    }

    /// The left thread is yellow and has square corners. The right one is purple, and has
    /// round corners.
    fn look(self) -> (&'static str, u8) {
        match self {
            Left => (YELLOW, 0),
            Right => (PURPLE, 9),
        }
    }

    /// A step, which fills the box.
    pub(crate) fn step(self, canvas: &mut Canvas, area: Area, lines: &[&str]) {
        let (fill, radius) = self.look();
        canvas.rectangle(area, fill, THIN, radius);
        canvas.lines_inside(area, lines);
    }
}

/// The names of both threads, at the heads of their columns.
pub(crate) fn heads(canvas: &mut Canvas, y: f64, left: &str, right: &str) {
    for (side, name) in [(Left, left), (Right, right)] {
        let middle = side.at(y, 20).middle();
        canvas.text(middle, Align::Middle, Font::Bold, name);
    }
}
