//! The few shapes that the figures are made of, as SVG.

use crate::colour::INK;
use crate::geometry::{Area, Point};
use std::fmt::Write;

/// How a line is drawn.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) colour: &'static str,
    pub(crate) width: f64,
    pub(crate) dashes: Dashes,
}

#[derive(Clone, Copy)]
pub(crate) enum Dashes {
    None,
    Short,
    Dots,
}

/// A thin line.
pub(crate) const THIN: Line = line(INK, 1.5);

pub(crate) const fn line(colour: &'static str, width: f64) -> Line {
    let dashes = Dashes::None;
    Line {
        colour,
        width,
        dashes,
    }
}

impl Line {
    pub(crate) const fn dashed(mut self) -> Line {
        self.dashes = Dashes::Short;
        self
    }

    pub(crate) const fn dotted(mut self) -> Line {
        self.dashes = Dashes::Dots;
        self
    }

    fn attributes(self) -> String {
        let dashes = match self.dashes {
            Dashes::None => "",
            Dashes::Short => " stroke-dasharray=\"5 3\"",
            Dashes::Dots => " stroke-dasharray=\"2 3\"",
        };
        let width = number(self.width);
        format!(
            "stroke=\"{}\" stroke-width=\"{width}\"{dashes}",
            self.colour
        )
    }
}

/// Where a text stands, seen from its point.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    /// It begins there.
    Left,
    Middle,
    /// It ends there.
    Right,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Font {
    Plain,
    Bold,
    /// Code.
    Code,
}

/// The height of a line of text.
pub(crate) const LINE_HEIGHT: f64 = 18.0;

/// How far the letters of a line reach below the middle of the line: a baseline this far
/// below the middle of a box puts the text there.
const BASELINE: f64 = 5.0;

/// How long the head of an arrow is.
const HEAD: f64 = 9.0;

/// What has been drawn so far.
#[derive(Default)]
pub(crate) struct Canvas {
    pub(crate) svg: String,
}

impl Canvas {
    fn add(&mut self, element: &str) {
        self.svg.push_str(element);
        self.svg.push('\n');
    }

    /// A box. `fill` is a colour, or a pattern.
    pub(crate) fn rectangle(&mut self, area: Area, fill: &str, line: Line, radius: u8) {
        let corners = match radius {
            0 => String::new(),
            radius => format!(" rx=\"{radius}\""),
        };
        self.add(&format!(
            "<rect {}{corners} fill=\"{fill}\" {}/>",
            extent(area),
            line.attributes()
        ));
    }

    /// A surface without a border.
    pub(crate) fn surface(&mut self, area: Area, fill: &str) {
        self.add(&format!("<rect {} fill=\"{fill}\"/>", extent(area)));
    }

    /// A disc without a border.
    pub(crate) fn disc(&mut self, middle: Point, radius: f64, fill: &str) {
        let (x, y, radius) = (number(middle.x), number(middle.y), number(radius));
        self.add(&format!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"/>"
        ));
    }

    /// A line through the points.
    pub(crate) fn path(&mut self, points: &[Point], line: Line) {
        let way = way(points);
        self.add(&format!(
            "<path d=\"{way}\" fill=\"none\" {}/>",
            line.attributes()
        ));
    }

    /// A line through the points with a head whose tip is the last point.
    pub(crate) fn arrow(&mut self, points: &[Point], line: Line) {
        let &[.., before, tip] = points else {
            panic!("an arrow has two points at least");
        };
        // The line ends inside the head: a thick line would be wider than the tip.
        let end = before.short_of(tip, HEAD - 1.0);
        let mut points = points.to_vec();
        points.pop();
        points.push(end);
        self.path(&points, line);
        self.head(before, tip, line.colour);
    }

    /// The head of an arrow that comes from `before`.
    fn head(&mut self, before: Point, tip: Point, colour: &str) {
        let base = before.short_of(tip, HEAD);
        let (right, down) = before.direction(tip);
        let half = HEAD / 2.0;
        let corners = [
            tip,
            base.moved(-down * half, right * half),
            base.moved(down * half, -right * half),
        ];
        let way = way(&corners);
        self.add(&format!("<path d=\"{way}Z\" fill=\"{colour}\"/>"));
    }

    /// A curve, by its SVG path.
    pub(crate) fn curve(&mut self, way: &str, line: Line) {
        self.add(&format!(
            "<path d=\"{way}\" fill=\"none\" {}/>",
            line.attributes()
        ));
    }

    /// A line of text. `place` is in the middle of its height.
    pub(crate) fn text(&mut self, place: Point, align: Align, font: Font, text: &str) {
        let font = match font {
            Font::Plain => "",
            Font::Bold => " font-weight=\"bold\"",
            Font::Code => " font-family=\"monospace\"",
        };
        let align = match align {
            Align::Left => "",
            Align::Middle => " text-anchor=\"middle\"",
            Align::Right => " text-anchor=\"end\"",
        };
        let (x, y) = (number(place.x), number(place.y + BASELINE));
        let text = escaped(text);
        self.add(&format!(
            "<text x=\"{x}\" y=\"{y}\"{align}{font}>{text}</text>"
        ));
    }

    /// A plain text that begins at its point.
    pub(crate) fn label(&mut self, place: Point, text: &str) {
        self.text(place, Align::Left, Font::Plain, text);
    }

    /// Lines of text, one under the other. `place` is in the middle of the first.
    pub(crate) fn lines(&mut self, place: Point, align: Align, lines: &[&str]) {
        let mut place = place;
        for line in lines {
            self.text(place, align, Font::Plain, line);
            place = place.moved(0, LINE_HEIGHT);
        }
    }

    /// Lines of text in the middle of a box.
    pub(crate) fn lines_inside(&mut self, area: Area, lines: &[&str]) {
        let above = (lines.len() as f64 - 1.0) / 2.0 * LINE_HEIGHT;
        self.lines(area.middle().moved(0, -above), Align::Middle, lines);
    }
}

fn extent(area: Area) -> String {
    let (x, y) = (number(area.x), number(area.y));
    let (width, height) = (number(area.width), number(area.height));
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn way(points: &[Point]) -> String {
    let mut way = String::new();
    for (index, point) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(way, "{command}{} {}", number(point.x), number(point.y));
    }
    way
}

/// A number with one decimal at the most: it makes the files short.
pub(crate) fn number(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    // Without the sign of a zero.
    format!("{}", rounded + 0.0)
}

/// Text as it stands in an SVG file.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Canvas, THIN, escaped, number};
    use crate::geometry::at;

    #[test]
    fn what_xml_would_misread_is_escaped_once() {
        assert_eq!(escaped("a < b && c > d"), "a &lt; b &amp;&amp; c &gt; d");
        assert_eq!(escaped("&lt;"), "&amp;lt;");
    }

    #[test]
    fn a_number_has_one_decimal_at_the_most() {
        assert_eq!(number(2.0), "2");
        assert_eq!(number(1.0 / 3.0), "0.3");
        assert_eq!(number(-0.01), "0");
    }

    #[test]
    fn the_tip_of_an_arrow_is_its_last_point() {
        let mut canvas = Canvas::default();
        canvas.arrow(&[at(0, 0), at(100, 0)], THIN);
        assert!(canvas.svg.contains("d=\"M0 0L92 0\""), "{}", canvas.svg);
        assert!(
            canvas.svg.contains("d=\"M100 0L91 4.5L91 -4.5Z\""),
            "{}",
            canvas.svg
        );
    }
}
