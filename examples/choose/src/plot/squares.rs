//! The picture of a sweep: a square for each combination, with the map to take.

use crate::plot::canvas::{
    Anchor, MARGIN, NORMAL, SMALL, WIDTH, aside, bold, document, marker, text,
};
use crate::plot::look::place;
use crate::sweep::{LEGEND, READS, Square, Sweep};
use crate::units::count;
use svg::Document;
use svg::node::element::{Group, Rectangle};

const LEFT: f64 = 96.0;
const SQUARE: (f64, f64) = ((WIDTH - LEFT - MARGIN) / READS.len() as f64, 54.0);

/// The characters that fit into a square.
const ROOM: usize = 13;

pub(crate) fn picture(sweep: &Sweep) -> Document {
    let title = "The map to take, by threads and by the share of reads";
    let load = format!(
        "{}; {} rounds, {} processors",
        sweep.load,
        count(sweep.rounds as u64),
        sweep.processors
    );
    document(title, &load, in_words(sweep), |top| {
        let (squares, bottom) = squares(sweep, top);
        let (legend, bottom) = legend(bottom + MARGIN);
        (Group::new().add(squares).add(legend), bottom)
    })
}

/// The picture for readers who do not see it.
fn in_words(sweep: &Sweep) -> String {
    let words = sweep.cells.iter().map(|square| {
        let (name, lead) = (square.name(), square.lead(usize::MAX));
        let threads = threads(square.threads);
        format!("{threads}, {} % reads: {name} {lead}", square.reads)
    });
    words.collect::<Vec<_>>().join("; ")
}

fn threads(count: usize) -> String {
    match count {
        1 => String::from("1 thread"),
        _ => format!("{count} threads"),
    }
}

/// All squares below `top`, and where they end.
fn squares(sweep: &Sweep, top: f64) -> (Group, f64) {
    let upper = top + 2.0 * SMALL;
    let left = |column: usize| LEFT + SQUARE.0 * column as f64;
    let mut group = Group::new();
    for (column, reads) in sweep.reads.iter().enumerate() {
        let middle = (left(column) + SQUARE.0 / 2.0, top + SMALL);
        group = group.add(aside(&format!("{reads} % reads"), middle, Anchor::Middle));
    }
    let rows = sweep.threads.iter().zip(sweep.cells.chunks(READS.len()));
    for (row, (count, cells)) in rows.enumerate() {
        let y = upper + SQUARE.1 * row as f64;
        let beside = (LEFT - MARGIN, y + SQUARE.1 / 2.0 + 4.0);
        group = group.add(aside(&threads(*count), beside, Anchor::End));
        for (column, square) in cells.iter().enumerate() {
            group = group.add(drawn(square, (left(column), y)));
        }
    }
    (group, upper + SQUARE.1 * sweep.threads.len() as f64)
}

/// The map's name tells it; its colour and its marker help to see where it is again.
fn drawn(square: &Square, (x, y): (f64, f64)) -> Group {
    let (name, place) = (square.name(), place(square.name()));
    let middle = x + SQUARE.0 / 2.0;
    let tint = Rectangle::new()
        .set("class", "tint")
        .set("x", x + 2.0)
        .set("y", y + 2.0)
        .set("width", SQUARE.0 - 4.0)
        .set("height", SQUARE.1 - 4.0);
    Group::new()
        .set("class", format!("map{place}"))
        .set("data-map", name)
        .add(tint)
        .add(marker(place, (x + 12.0, y + SQUARE.1 - 15.0)))
        .add(bold(name, (middle, y + 22.0), NORMAL, Anchor::Middle))
        .add(text(
            &square.lead(ROOM),
            (middle + 6.0, y + SQUARE.1 - 11.0),
            SMALL,
            Anchor::Middle,
        ))
}

/// What the signs in the squares mean.
fn legend(top: f64) -> (Group, f64) {
    let mut y = top;
    let mut group = Group::new().set("class", "legend");
    for (sign, meaning) in LEGEND {
        y += 1.5 * NORMAL;
        group = group
            .add(bold(sign, (MARGIN, y), NORMAL, Anchor::Start))
            .add(text(meaning, (LEFT, y), NORMAL, Anchor::Start));
    }
    (group, y)
}
