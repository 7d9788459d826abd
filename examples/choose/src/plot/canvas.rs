//! What all pictures are made of: the frame, texts, lines and markers.

use crate::lines::wrapped_to;
use crate::plot::look::{LOOKS, style_sheet};
use svg::Document;
use svg::node::element::{Description, Element, Group, Line, Path, Rectangle, Style, Text, Title};

/// As wide as a README shows a picture, so that its texts are as large there as here.
pub(crate) const WIDTH: f64 = 800.0;

pub(crate) const MARGIN: f64 = 12.0;

/// The least size of a text.
pub(crate) const SMALL: f64 = 12.0;
pub(crate) const NORMAL: f64 = 13.0;
pub(crate) const LARGE: f64 = 15.0;

/// How wide a character is at most on average, as a share of its height, whatever font
/// without serifs the system has.
const CHARACTER: f64 = 0.6;

/// Where a text stands: its place is that of its beginning, middle or end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

pub(crate) fn text(content: &str, at: (f64, f64), size: f64, anchor: Anchor) -> Element {
    written(content, at, size, anchor).into()
}

/// A text that others are more important than.
pub(crate) fn aside(content: &str, at: (f64, f64), anchor: Anchor) -> Element {
    let text = written(content, at, SMALL, anchor);
    text.set("class", "muted").into()
}

pub(crate) fn bold(content: &str, at: (f64, f64), size: f64, anchor: Anchor) -> Element {
    let text = written(content, at, size, anchor);
    text.set("font-weight", "bold").into()
}

/// As a [`Text`], it would be drawn with line breaks around its content.
fn written(content: &str, (x, y): (f64, f64), size: f64, anchor: Anchor) -> Text {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    Text::new(content)
        .set("class", "ink")
        .set("x", pixels(x))
        .set("y", pixels(y))
        .set("font-size", size)
        .set("text-anchor", anchor)
}

pub(crate) fn straight(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Line {
    Line::new()
        .set("class", class)
        .set("x1", pixels(x1))
        .set("y1", pixels(y1))
        .set("x2", pixels(x2))
        .set("y2", pixels(y2))
}

/// A line through these points.
pub(crate) fn path(class: &str, points: &[(f64, f64)]) -> Path {
    let points = points
        .iter()
        .map(|&(x, y)| format!("{},{}", pixels(x), pixels(y)));
    let points: Vec<_> = points.collect();
    Path::new()
        .set("class", class)
        .set("d", format!("M{}", points.join("L")))
}

/// The marker of the map with this look.
pub(crate) fn marker(place: usize, (x, y): (f64, f64)) -> Path {
    let look = &LOOKS[place];
    Path::new()
        .set("class", if look.is_filled { "filled" } else { "open" })
        .set("d", look.marker)
        .set(
            "transform",
            format!("translate({} {})", pixels(x), pixels(y)),
        )
}

pub(crate) fn pixels(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

/// A whole picture: its body below its title and the load that was measured.
pub(crate) fn document(
    title: &str,
    load: &str,
    description: String,
    body: impl FnOnce(f64) -> (Group, f64),
) -> Document {
    let columns = (WIDTH - 2.0 * MARGIN) / (NORMAL * CHARACTER);
    let mut y = MARGIN + LARGE;
    let mut head = Group::new().add(bold(title, (MARGIN, y), LARGE, Anchor::Start));
    for line in wrapped_to(columns as usize, load) {
        y += 1.5 * NORMAL;
        head = head.add(text(&line, (MARGIN, y), NORMAL, Anchor::Start));
    }
    let (body, bottom) = body(y + MARGIN);
    let height = (bottom + MARGIN).ceil();
    let paper = Rectangle::new()
        .set("class", "paper")
        .set("width", "100%")
        .set("height", "100%");
    let title = Title::new(format!("{title}: {load}")).set("id", "title");
    let description = svg::node::Text::new(description);
    let description = Description::new().set("id", "description").add(description);
    Document::new()
        .set("viewBox", (0.0, 0.0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "title description")
        .add(title)
        .add(description)
        .add(Style::new(style_sheet()))
        .add(paper)
        .add(head)
        .add(body)
}
