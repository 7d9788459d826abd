//! Figure 10. Who owns what: who owns a thing frees it. The tables own no key and no value, so
//! a table can be freed while readers use its entries.

use crate::canvas::{Align, Canvas, Font, Line, THIN, line};
use crate::colour::{BLUE, INK, ORANGE, PANEL, SKY};
use crate::geometry::{Area, area, at};
use crate::picture::Picture;

/// From an owner to what it owns.
const OWNS: Line = line(BLUE, 4.0);
/// From a thing to what it points to.
const REFERS: Line = line(INK, 1.5).dashed();

pub(super) fn draw() -> Picture {
    let mut picture = Picture::new("who-owns-what", "Who owns what", 640);
    let read = area(24, 62, 140, 30);
    let dirty = area(196, 62, 140, 30);
    picture.rectangle(area(12, 40, 336, 62), PANEL, THIN, 0);
    picture.text(at(180, 51), Align::Middle, Font::Bold, "the map");
    thing(&mut picture, read, PANEL, &["read: ArcSwap"]);
    thing(&mut picture, dirty, PANEL, &["mutex: dirty"]);

    let snapshot = area(24, 138, 140, 46);
    let table = area(196, 138, 140, 46);
    picture.arrow(&[read.bottom(), snapshot.top()], OWNS);
    picture.arrow(&[dirty.bottom(), table.top()], OWNS);
    thing(&mut picture, snapshot, PANEL, &["the snapshot:", "a table"]);
    thing(&mut picture, table, PANEL, &["the dirty map:", "a table"]);

    // What the epoch owns is inside its frame.
    let frame = area(12, 222, 336, 190);
    picture.rectangle(frame, PANEL, line(BLUE, 2.0), 8);
    let entries = [26, 137, 248].map(|x| area(x, 240, 86, 30));
    for (entry, name) in entries.into_iter().zip(["entry a", "entry b", "entry c"]) {
        thing(&mut picture, entry, PANEL, &[name]);
    }
    for entry in &entries[..2] {
        picture.arrow(&[snapshot.bottom(), entry.top().moved(-8, 0)], REFERS);
    }
    for entry in &entries {
        picture.arrow(&[table.bottom(), entry.top().moved(8, 0)], REFERS);
    }
    let values = [26, 137, 248].map(|x| area(x, 306, 86, 30));
    for (entry, value) in entries.into_iter().zip(values) {
        picture.arrow(&[entry.bottom(), value.top()], REFERS);
        thing(&mut picture, value, SKY, &["value"]);
        let beside = entry.bottom().moved(10, 15);
        picture.text(beside, Align::Left, Font::Code, "p");
    }
    let retired = area(137, 364, 197, 34);
    thing(&mut picture, retired, ORANGE, &["retired: old snapshots"]);

    let held = area(24, 450, 90, 46);
    let epoch = area(196, 450, 140, 46);
    picture.arrow(&[held.top(), values[0].bottom()], REFERS);
    thing(&mut picture, held, PANEL, &["a Ref has", "a guard"]);
    picture.arrow(&[epoch.top(), at(epoch.top().x, 412)], OWNS);
    thing(&mut picture, epoch, PANEL, &["the epoch"]);
    picture.arrow(&[held.right(), epoch.left()], THIN);
    picture.text(at(155, 460), Align::Middle, Font::Plain, "holds up");

    picture.rule(518.0, THIN);
    picture.arrow(&[at(14, 540), at(54, 540)], OWNS);
    picture.label(at(64, 540), "owns: the owner frees it");
    picture.arrow(&[at(14, 564), at(54, 564)], REFERS);
    picture.label(at(64, 564), "points to");
    picture.lines(
        at(14, 596),
        Align::Left,
        &[
            "The epoch owns all that is in its frame.",
            "No table owns a key or a value.",
        ],
    );
    picture.describe(
        "Who owns what. The map has an ArcSwap, read, which owns the snapshot, and a mutex with \
         the dirty map. Both are tables, and point to entries: the snapshot to a and b, the \
         dirty map to a, b and c. Each entry points by p to its value. The epoch owns all \
         entries, all values, and what is retired: old snapshots. A Ref points to a value. Its \
         guard holds up the epoch. No table owns a key or a value.",
        &["epoch", "owns", "entries", "values"],
    );
    picture
}

fn thing(canvas: &mut Canvas, area: Area, fill: &str, lines: &[&str]) {
    canvas.rectangle(area, fill, THIN, 0);
    canvas.lines_inside(area, lines);
}
