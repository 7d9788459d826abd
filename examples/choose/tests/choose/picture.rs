//! A picture as a reader sees it: its texts as boxes, and its colours.

use roxmltree::{Document, Node};
use unicode_width::UnicodeWidthStr;

/// Where a text stands, by an estimate of its width that is rather too large.
#[derive(Debug)]
pub(crate) struct Box {
    pub(crate) text: String,
    pub(crate) size: f64,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Box {
    fn of(node: Node<'_, '_>) -> Self {
        let text = node.text().unwrap_or_default().to_owned();
        let number = |name| figure(node, name);
        let (x, y, size) = (number("x"), number("y"), number("font-size"));
        let character = match node.attribute("font-weight") {
            Some(_) => 0.65,
            None => 0.6,
        };
        let width = text.width() as f64 * size * character;
        let left = match node.attribute("text-anchor") {
            Some("middle") => x - width / 2.0,
            Some("end") => x - width,
            _ => x,
        };
        Self {
            text,
            size,
            left,
            right: left + width,
            top: y - 0.8 * size,
            bottom: y + 0.25 * size,
        }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let across = self.left < other.right && other.left < self.right;
        across && self.top < other.bottom && other.top < self.bottom
    }
}

pub(crate) fn texts(picture: &Document<'_>) -> Vec<Box> {
    named(picture.root(), "text").map(Box::of).collect()
}

/// The elements with this name below the node.
pub(crate) fn named<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants()
        .filter(move |node| node.has_tag_name(name))
}

/// The elements with this class below the node.
pub(crate) fn of_class<'a, 'i>(
    node: Node<'a, 'i>,
    class: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.descendants()
        .filter(move |node| node.attribute("class") == Some(class))
}

pub(crate) fn figure(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).expect("the attribute is there");
    text.parse().expect("it is a number")
}

/// The name of the map that the element belongs to.
pub(crate) fn map_of<'a>(node: Node<'a, '_>) -> &'a str {
    let mut names = node
        .ancestors()
        .filter_map(|node| node.attribute("data-map"));
    names.next().expect("the element is in a map's group")
}

/// The place that a marker is moved to.
pub(crate) fn moved_to(node: Node<'_, '_>) -> (f64, f64) {
    let text = node.attribute("transform").expect("a marker is moved");
    let text = text.trim_start_matches("translate(").trim_end_matches(')');
    let (x, y) = text.split_once(' ').expect("there are two numbers");
    (x.parse().expect("a number"), y.parse().expect("a number"))
}

/// A colour's parts: red, green and blue, each from 0 to 1.
pub(crate) type Colour = [f64; 3];

pub(crate) fn colour(text: &str) -> Colour {
    let digits = text.strip_prefix('#').expect("a colour begins with #");
    let part = |nth: usize| u8::from_str_radix(&digits[2 * nth..2 * nth + 2], 16);
    [0, 1, 2].map(|nth| f64::from(part(nth).expect("it is hexadecimal")) / 255.0)
}

/// What is seen if a colour covers so much of another.
pub(crate) fn over(upper: Colour, share: f64, lower: Colour) -> Colour {
    [0, 1, 2].map(|part| share * upper[part] + (1.0 - share) * lower[part])
}

/// The contrast as the Web Content Accessibility Guidelines define it: from 1 to 21.
pub(crate) fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.map(|part| match part {
        ..=0.040_45 => part / 12.92,
        _ => ((part + 0.055) / 1.055).powf(2.4),
    });
    0.212_6 * red + 0.715_2 * green + 0.072_2 * blue
}

/// The value of a property for a class, in a part of a style sheet.
pub(crate) fn property<'s>(rules: &'s str, class: &str, name: &str) -> &'s str {
    let rule = rules.lines().find_map(|line| {
        let (selectors, body) = line.split_once(" {")?;
        let named = selectors.split(", ").any(|selector| selector == class);
        body.contains(name).then_some(body).filter(|_| named)
    });
    let rule = rule.unwrap_or_else(|| panic!("there is a rule for {class} with {name}"));
    let values = rule.trim_end_matches('}').split(';');
    let mut values = values.filter_map(|value| value.split_once(": "));
    let value = values.find(|(known, _)| known.trim() == name);
    value.expect("the property is there").1.trim()
}
