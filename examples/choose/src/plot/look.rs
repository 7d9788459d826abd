//! How each map is drawn, the same in all pictures, in a light form and in a dark one.

use crate::roster::NAMES;

/// A map's dashes, marker and colours. Dashes and markers alone tell maps apart: on
/// paper without colour, and for readers who do not see it.
#[derive(Debug)]
pub(crate) struct Look {
    /// As in SVG's `stroke-dasharray`.
    pub(crate) dashes: &'static str,
    pub(crate) marker: &'static str,
    /// Whether the marker is filled with the map's colour, not with the paper's.
    pub(crate) is_filled: bool,
    light: &'static str,
    dark: &'static str,
}

const CIRCLE: &str = "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z";
const SQUARE: &str = "M-3.8,-3.8h7.6v7.6h-7.6z";
const TRIANGLE: &str = "M0,-5l4.8,8.4h-9.6z";
const WEDGE: &str = "M0,5l4.8,-8.4h-9.6z";
const DIAMOND: &str = "M0,-5.6l5,5.6l-5,5.6l-5,-5.6z";
const CROSS: &str = "M-4,-4l8,8M4,-4l-8,8";
const PLUS: &str = "M-5,0h10M0,-5v10";

/// One for each map, in the order of [`NAMES`], and some for maps to come. A later line
/// has wider gaps and is drawn above, so that a line below it shows through the gaps.
pub(crate) const LOOKS: [Look; 12] = [
    look("none", CIRCLE, true, "#6b6b6b", "#9a9a9a"),
    look("16 3", CIRCLE, false, "#111111", "#f0f0f0"),
    look("9 3", SQUARE, true, "#b35900", "#f0a030"),
    look("15 3 2 3", SQUARE, false, "#1f86bd", "#6cc4f5"),
    look("8 3 2 3", TRIANGLE, true, "#00795a", "#2fc796"),
    look("5 3", TRIANGLE, false, "#c4161c", "#ff6b62"),
    look("11 3 2 3 2 3", DIAMOND, true, "#0047b3", "#5a9cff"),
    look("12 8", DIAMOND, false, "#b0418c", "#f08cc8"),
    look("6 3 2 3 2 3", WEDGE, true, "#756700", "#d8c840"),
    look("2 3", CROSS, false, "#6a3d9a", "#b99cf0"),
    look("6 8", PLUS, false, "#00808a", "#40d0d8"),
    look("2 7", WEDGE, false, "#8a4b2d", "#d09a78"),
];

const fn look(
    dashes: &'static str,
    marker: &'static str,
    is_filled: bool,
    light: &'static str,
    dark: &'static str,
) -> Look {
    Look {
        dashes,
        marker,
        is_filled,
        light,
        dark,
    }
}

const _: () = assert!(NAMES.len() <= LOOKS.len(), "each map has a look of its own");

/// The place of a map's look in [`LOOKS`]. A name that is none of a map, as in a square
/// without a verdict, has the last one.
pub(crate) fn place(name: &str) -> usize {
    let place = NAMES.iter().position(|known| *known == name);
    place.unwrap_or(LOOKS.len() - 1)
}

/// The style sheet of all pictures. The system says whether it prefers dark colours.
/// Only `color` and the colours of paper and ink differ; the rest refers to them.
pub(crate) fn style_sheet() -> String {
    let light = colours("#ffffff", "#1f2328", "#57606a", "#d8dee4", |look| {
        look.light
    });
    let dark = colours("#0d1117", "#e6edf3", "#9198a1", "#30363d", |look| look.dark);
    format!("{SHAPES}{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n")
}

const SHAPES: &str = "\
text { font-family: sans-serif }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round }
.leader { fill: none; stroke: currentColor; stroke-width: 1; stroke-dasharray: 1 2 }
.filled { fill: currentColor; stroke: currentColor }
.open { stroke: currentColor; stroke-width: 1.8 }
.tint { fill: currentColor; fill-opacity: 0.2; stroke: currentColor; stroke-width: 1.5 }
";

fn colours(
    paper: &str,
    ink: &str,
    muted: &str,
    grid: &str,
    of: fn(&Look) -> &'static str,
) -> String {
    let mut rules = format!(
        ".paper, .open {{ fill: {paper} }}\n\
         .ink {{ fill: {ink} }}\n\
         .muted {{ fill: {muted} }}\n\
         .axis {{ stroke: {muted} }}\n\
         .grid {{ stroke: {grid} }}\n"
    );
    for (nth, look) in LOOKS.iter().enumerate() {
        rules += &format!(".map{nth} {{ color: {} }}\n", of(look));
    }
    rules
}
