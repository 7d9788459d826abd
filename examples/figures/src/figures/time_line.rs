//! Figure 11. The time line, from the proposal to today, to scale. The left bar shows for how
//! long Go had the design with two maps: as its default, and then behind a flag. The right bar
//! shows the trie that came after it.

use crate::canvas::{Align, Canvas, THIN, line};
use crate::colour::{GREEN, INK, PANEL, SKY};
use crate::geometry::{Area, area, at};
use crate::picture::Picture;
use crate::symbols::HATCH;

/// A year and a month.
#[derive(Clone, Copy)]
struct Date(u16, u8);

struct Event {
    date: Date,
    lines: &'static [&'static str],
}

const fn event(year: u16, month: u8, lines: &'static [&'static str]) -> Event {
    Event {
        date: Date(year, month),
        lines,
    }
}

const PROPOSED: Date = Date(2016, 12);
const DEFAULT: Date = Date(2017, 8);
const BEHIND_A_FLAG: Date = Date(2025, 2);
const GONE: Date = Date(2026, 2);
const TODAY: Date = Date(2026, 11);

const EVENTS: [Event; 9] = [
    event(
        2016,
        12,
        &["Issue #18177, and then", "a first version in x/sync"],
    ),
    event(
        2017,
        8,
        &["Go 1.9: Load, Store,", "LoadOrStore, Delete,", "Range"],
    ),
    event(2020, 8, &["Go 1.15: LoadAndDelete,", "with a leak, #40999"]),
    event(
        2023,
        2,
        &["Go 1.20: Swap,", "CompareAndSwap,", "CompareAndDelete"],
    ),
    event(2024, 8, &["Go 1.23: Clear"]),
    event(
        2025,
        2,
        &["Go 1.24: a trie by default,", "two maps behind a flag"],
    ),
    event(2025, 8, &["Go 1.25: the same"]),
    event(2026, 2, &["Go 1.26: the trie alone"]),
    event(
        2026,
        11,
        &["This crate: the two maps", "of Go 1.23.9, in Rust"],
    ),
];

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("time-line", "Two maps, 2016 to 2026", 960);
    for year in 2017..=2026 {
        let y = height(Date(year, 1));
        picture.label(at(14, y), &year.to_string());
        picture.path(&[at(52, y), at(60, y)], THIN);
    }
    let today = height(TODAY);
    picture.path(&[at(60, height(PROPOSED)), at(60, today)], line(INK, 2.0));
    for event in &EVENTS {
        let y = height(event.date);
        picture.path(&[at(60, y), at(114, y)], THIN);
    }
    two_maps(&mut picture, bar(66, DEFAULT, BEHIND_A_FLAG));
    flag(&mut picture, bar(66, BEHIND_A_FLAG, GONE));
    trie(&mut picture, bar(88, BEHIND_A_FLAG, TODAY));
    for event in &EVENTS {
        let y = height(event.date);
        picture.disc(at(60, y), 5.0, INK);
        picture.lines(at(120, y), Align::Left, event.lines);
    }

    picture.rule(today + 44.0, THIN);
    two_maps(&mut picture, area(14, today + 58.0, 16, 20));
    picture.label(at(38, today + 68.0), "two maps");
    flag(&mut picture, area(126, today + 58.0, 16, 20));
    picture.label(at(150, today + 68.0), "behind a flag");
    trie(&mut picture, area(268, today + 58.0, 16, 20));
    picture.label(at(292, today + 68.0), "trie");

    let told: Vec<_> = (EVENTS.iter())
        .map(|event| {
            format!(
                "{}: {}.",
                event.date.0,
                event.lines.join(" ").trim_end_matches('.')
            )
        })
        .collect();
    picture.describe(
        format!(
            "The time line of sync.Map. {} Two maps are the default from Go 1.9 to 1.23, and \
             stay behind a flag in 1.24 and 1.25.",
            told.join(" ")
        ),
        &["2016", "1.9", "1.24", "2026"],
    );
    picture
}

/// Where a date stands: 80 units a year.
fn height(Date(year, month): Date) -> f64 {
    let months = f64::from(year - 2016) * 12.0 + f64::from(month) - f64::from(PROPOSED.1);
    60.0 + months * 80.0 / 12.0
}

fn bar(x: u16, from: Date, to: Date) -> Area {
    area(x, height(from), 16, height(to) - height(from))
}

fn two_maps(canvas: &mut Canvas, area: Area) {
    canvas.rectangle(area, SKY, line(INK, 2.0), 0);
}

fn flag(canvas: &mut Canvas, area: Area) {
    canvas.rectangle(area, HATCH, line(INK, 2.0), 0);
}

fn trie(canvas: &mut Canvas, area: Area) {
    canvas.rectangle(area, PANEL, line(GREEN, 3.0), 8);
}
