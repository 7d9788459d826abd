//! One figure: its name, what it says in words, and its shapes.

use crate::canvas::{Align, Canvas, Font, Line, escaped, line, number};
use crate::colour::{INK, PANEL, VERMILLION};
use crate::geometry::{area, at};
use crate::symbols::HATCH;
use std::ops::{Deref, DerefMut};

/// The width of every figure, in units. A phone shows a unit as a pixel.
pub(crate) const WIDTH: f64 = 360.0;

/// How wide a figure is shown where there is room. Readers' pages make it narrower where
/// there is less.
const SHOWN: f64 = 480.0;

/// One figure.
pub(crate) struct Picture {
    /// The name of its file.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The same in words, for who does not see it.
    pub(crate) text: String,
    /// Words that a text in its place has to have.
    pub(crate) words: &'static [&'static str],
    height: f64,
    canvas: Canvas,
}

impl Picture {
    /// A figure with a title at its head. The first shape may begin at 44.
    pub(crate) fn new(name: &'static str, title: &'static str, height: u16) -> Picture {
        let mut canvas = Canvas::default();
        let height = f64::from(height);
        let panel = area(1, 1, WIDTH - 2.0, height - 2.0);
        canvas.rectangle(panel, PANEL, line(INK, 1.0), 8);
        canvas.text(at(WIDTH / 2.0, 24), Align::Middle, Font::Bold, title);
        Picture {
            name,
            title,
            text: String::new(),
            words: &[],
            height,
            canvas,
        }
    }

    /// Says in words what the figure shows, and which of these words matter.
    pub(crate) fn describe(&mut self, text: impl Into<String>, words: &'static [&'static str]) {
        self.text = text.into();
        self.words = words;
    }

    /// A heading inside the figure.
    pub(crate) fn heading(&mut self, y: f64, text: &str) {
        self.text(at(WIDTH / 2.0, y), Align::Middle, Font::Bold, text);
    }

    /// A line from edge to edge, between two parts of the figure.
    pub(crate) fn rule(&mut self, y: f64, line: Line) {
        self.path(&[at(14, y), at(WIDTH - 14.0, y)], line);
    }

    /// The file.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = (number(WIDTH), number(self.height));
        let (shown, tall) = (number(SHOWN), number(self.height * SHOWN / WIDTH));
        let (title, text) = (escaped(self.title), escaped(&self.text));
        let shapes = &self.canvas.svg;
        let hatch = if shapes.contains(HATCH) {
            format!(
                "<defs><pattern id=\"x\" width=\"6\" height=\"6\" \
                 patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
                 <path d=\"M0 0L0 6\" stroke=\"{VERMILLION}\" stroke-width=\"3\"/>\
                 </pattern></defs>\n"
            )
        } else {
            String::new()
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{shown}\" height=\"{tall}\" role=\"img\" aria-labelledby=\"t d\" \
             font-family=\"sans-serif\" font-size=\"14\">\n\
             <title id=\"t\">{title}</title>\n<desc id=\"d\">{text}</desc>\n\
             {hatch}{shapes}</svg>\n"
        )
    }
}

// A figure is drawn on as on its canvas.
impl Deref for Picture {
    type Target = Canvas;

    fn deref(&self) -> &Canvas {
        &self.canvas
    }
}

impl DerefMut for Picture {
    fn deref_mut(&mut self) -> &mut Canvas {
        &mut self.canvas
    }
}
