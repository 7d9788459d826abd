//! Figure 6. Misses and copies over time, of a real run. Above: the misses rise to the number
//! of keys in dirty, and start at 0 again after the promotion. Below: all entries that were
//! copied so far are never more than all misses so far. That is the bound.

use crate::canvas::{Align, Canvas, Font, Line, THIN, line};
use crate::colour::{BLUE, INK, VERMILLION};
use crate::geometry::{Point, at};
use crate::picture::Picture;
use crate::run::Map;

/// The keys of the run. Each round inserts two of them.
const KEYS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// The map after one more call.
#[derive(Clone, Copy)]
struct Sample {
    misses: usize,
    /// 0: there is no dirty map.
    dirty: usize,
    promotions: u64,
    all_misses: u64,
    all_copied: u64,
}

pub(super) fn draw() -> Picture {
    let samples = run();
    let last = samples[samples.len() - 1];
    let mut picture = Picture::new("misses-over-time", "Misses pay for copies", 574);
    let calls = samples.len() - 1;

    let above = Chart::new(270.0, 190.0, calls, KEYS.len());
    above.axes(&mut picture, &[0, 5, 10]);
    above.steps(&mut picture, KEYS_IN_DIRTY, &samples, |at| at.dirty);
    above.steps(&mut picture, MISSES, &samples, |at| at.misses);
    above.promotions(&mut picture, &samples);
    key(&mut picture, at(14, 50), KEYS_IN_DIRTY, "keys in dirty");
    key(&mut picture, at(200, 50), MISSES, "misses");
    picture.disc(at(32, 296), 4.5, INK);
    picture.label(at(58, 296), "promotion: misses = keys");

    let below = Chart::new(496.0, 130.0, calls, last.all_misses as usize);
    below.axes(&mut picture, &[0, 10, 20, 30]);
    below.steps(&mut picture, MISSES, &samples, |at| at.all_misses as usize);
    below.steps(&mut picture, COPIED, &samples, |at| at.all_copied as usize);
    key(&mut picture, at(14, 332), MISSES, "all misses");
    key(&mut picture, at(200, 332), COPIED, "all copies");
    let told = format!("{calls} calls");
    picture.text(at(346, 514), Align::Right, Font::Plain, &told);
    picture.label(at(14, 536), "Each round: two inserts, then look-ups.");
    picture.label(at(14, 554), "Never more copies than misses.");

    picture.describe(
        format!(
            "Misses and copies of a real run of {calls} calls. Each round inserts two new keys \
             and then looks up the newest. The misses rise to the number of keys in dirty: 2, \
             4, 6, 8, 10. There dirty is promoted, and the misses are 0 again. In the end {} \
             misses were counted, and {} entries were copied, in {} promotions. At no time are \
             there more copies than misses.",
            last.all_misses, last.all_copied, last.promotions
        ),
        &["misses", "keys in dirty", "promot", "copie"],
    );
    picture
}

const KEYS_IN_DIRTY: Line = line(INK, 1.5).dashed();
const MISSES: Line = line(BLUE, 3.0);
const COPIED: Line = line(VERMILLION, 2.0).dashed();

/// The run: in each round two new keys, and then look-ups of the newest until it is promoted.
fn run() -> Vec<Sample> {
    let map = Map::new();
    let mut samples = vec![sample(&map)];
    for new in KEYS.chunks(2) {
        for key in new {
            map.insert(key, 1);
            samples.push(sample(&map));
        }
        while map.inspect().dirty.is_some() {
            map.get(new[1]);
            samples.push(sample(&map));
        }
    }
    samples
}

fn sample(map: &Map) -> Sample {
    let (inside, stats) = (map.inspect(), map.stats());
    Sample {
        misses: inside.misses,
        dirty: inside.dirty.map_or(0, |dirty| dirty.len()),
        promotions: stats.promotions,
        all_misses: stats.misses,
        all_copied: stats.copied_entries,
    }
}

/// A line and its name.
fn key(canvas: &mut Canvas, place: Point, line: Line, name: &str) {
    canvas.path(&[place, place.moved(36, 0)], line);
    canvas.label(place.moved(44, 0), name);
}

/// Where calls and counts stand on the page.
struct Chart {
    bottom: f64,
    call: f64,
    unit: f64,
}

const LEFT: f64 = 44.0;
const RIGHT: f64 = 346.0;

impl Chart {
    fn new(bottom: f64, height: f64, calls: usize, highest: usize) -> Chart {
        Chart {
            bottom,
            call: (RIGHT - LEFT) / calls as f64,
            unit: height / highest as f64,
        }
    }

    fn place(&self, call: usize, count: usize) -> Point {
        let (right, up) = (self.call * call as f64, self.unit * count as f64);
        at(LEFT + right, self.bottom - up)
    }

    fn axes(&self, canvas: &mut Canvas, marks: &[usize]) {
        let highest = self.place(0, marks[marks.len() - 1]);
        canvas.path(
            &[highest, at(LEFT, self.bottom), at(RIGHT, self.bottom)],
            THIN,
        );
        for mark in marks {
            let place = self.place(0, *mark);
            canvas.path(&[place.moved(-4, 0), place], THIN);
            let left = place.moved(-8, 0);
            canvas.text(left, Align::Right, Font::Plain, &mark.to_string());
        }
    }

    /// The miss that promotes: the misses are as many as the keys, and are 0 at once.
    fn promotions(&self, canvas: &mut Canvas, samples: &[Sample]) {
        for (call, pair) in samples.windows(2).enumerate() {
            if pair[1].promotions > pair[0].promotions {
                let before = self.place(call + 1, pair[0].misses);
                let top = self.place(call + 1, pair[0].dirty);
                canvas.path(&[before, top], MISSES);
                canvas.disc(top, 4.5, INK);
            }
        }
    }

    /// The count after each call: it stays until the next call.
    fn steps(
        &self,
        canvas: &mut Canvas,
        line: Line,
        samples: &[Sample],
        count: impl Fn(Sample) -> usize,
    ) {
        let mut points = vec![self.place(0, count(samples[0]))];
        for (call, pair) in samples.windows(2).enumerate() {
            let (before, after) = (count(pair[0]), count(pair[1]));
            if before != after {
                points.extend([self.place(call + 1, before), self.place(call + 1, after)]);
            }
        }
        let last = samples[samples.len() - 1];
        points.push(self.place(samples.len() - 1, count(last)));
        canvas.path(&points, line);
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn at_no_time_are_there_more_copies_than_misses() {
        let samples = run();
        assert!(samples.iter().all(|at| at.all_copied <= at.all_misses));
        assert_eq!(samples[samples.len() - 1].promotions, 5);
    }
}
