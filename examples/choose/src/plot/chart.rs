//! A chart: axes, lines, and a label at the end of each line.
//!
//! Lines with the same figures lie on each other, so no line is known by its course
//! alone. Each has its markers at places of its own along the axis, where those of no
//! other line are. Lines drawn later have wider gaps, in which the earlier ones show.
//! And each has a label at its end, with its figure: the labels are the legend, and in
//! the order of the lines' ends. Small pictures with one line each would show every line
//! as well, but not the difference between two maps, which is what the reader wants to
//! see; and lines moved apart would show figures that were not measured.

use crate::plot::axis::Tick;
use crate::plot::canvas::{
    Anchor, LARGE, MARGIN, NORMAL, SMALL, WIDTH, aside, bold, marker, path, straight, text,
};
use crate::plot::labels::places;
use crate::plot::look::{LOOKS, place};
use svg::node::element::Group;

/// A place in a chart: both figures are between 0 and 1, from the left and from below.
pub(crate) type Place = (f64, f64);

/// One map's line. It has a point at least.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<Place>,
    pub(crate) markers: Vec<Place>,
    /// What stands behind its name.
    pub(crate) figure: String,
}

#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) below: &'static str,
    /// What the figures behind the names are.
    pub(crate) figures: String,
    pub(crate) across: Vec<Tick>,
    pub(crate) up: Vec<Tick>,
    pub(crate) series: Vec<Series>,
}

const LEFT: f64 = 76.0;
const RIGHT: f64 = 560.0;
/// Where the labels begin.
const LABELS: f64 = 586.0;
const NAMES: f64 = 640.0;
/// From one label to the next.
const GAP: f64 = 19.0;
const HEIGHT: f64 = 250.0;

impl Chart {
    /// The chart below `top`, and where it ends.
    pub(crate) fn drawn(&self, top: f64) -> (Group, f64) {
        let title = (MARGIN, top + LARGE);
        let upper = top + 2.5 * LARGE;
        let frame = Frame { upper };
        let figures = (WIDTH - MARGIN, top + LARGE);
        let group = Group::new()
            .set("class", "chart")
            .add(bold(&self.title, title, LARGE, Anchor::Start))
            .add(aside(&self.figures, figures, Anchor::End))
            .add(self.axes(frame))
            .add(self.lines(frame))
            .add(self.labels(frame));
        (group, frame.lower() + 3.5 * SMALL)
    }

    fn axes(&self, frame: Frame) -> Group {
        let mut group = Group::new();
        for (up, name) in &self.up {
            let (left, y) = frame.at((0.0, *up));
            group = group
                .add(straight("grid", (left, y), (RIGHT, y)))
                .add(aside(name, (LEFT - 8.0, y + 4.0), Anchor::End));
        }
        for (across, name) in &self.across {
            let (x, y) = frame.at((*across, 0.0));
            group = group.add(straight("axis", (x, y), (x, y + 4.0))).add(aside(
                name,
                (x, y + 1.5 * SMALL),
                Anchor::Middle,
            ));
        }
        let middle = ((LEFT + RIGHT) / 2.0, frame.lower() + 3.0 * SMALL);
        group
            .add(straight("axis", frame.at((0.0, 0.0)), frame.at((1.0, 0.0))))
            .add(aside(self.below, middle, Anchor::Middle))
    }

    /// All markers are above all lines.
    fn lines(&self, frame: Frame) -> Group {
        let mut lines = Group::new();
        let mut markers = Group::new();
        for series in &self.series {
            let place = place(series.name);
            let points: Vec<_> = series.points.iter().map(|&at| frame.at(at)).collect();
            let line = path("line", &points).set("stroke-dasharray", LOOKS[place].dashes);
            lines = lines.add(of_map(series.name).add(line));
            let mut group = of_map(series.name);
            for &at in &series.markers {
                group = group.add(marker(place, frame.at(at)));
            }
            markers = markers.add(group);
        }
        Group::new()
            .add(lines.set("class", "lines"))
            .add(markers.set("class", "markers"))
    }

    fn labels(&self, frame: Frame) -> Group {
        let ends = self.series.iter().filter_map(|series| series.points.last());
        let ends: Vec<_> = ends.map(|&end| frame.at(end)).collect();
        let wanted: Vec<_> = ends.iter().map(|&(_, y)| y).collect();
        let places = places(&wanted, GAP, frame.upper, frame.lower());
        let mut group = Group::new().set("class", "legend");
        for ((series, end), y) in self.series.iter().zip(ends).zip(places) {
            let place = place(series.name);
            let leader = [end, (RIGHT + 4.0, end.1), (LABELS - 4.0, y)];
            let sample = [(LABELS, y), (NAMES - 6.0, y)];
            let sample = path("line", &sample).set("stroke-dasharray", LOOKS[place].dashes);
            let middle = ((LABELS + NAMES - 6.0) / 2.0, y);
            let name = (NAMES, y + 4.5);
            let figure = (WIDTH - MARGIN, y + 4.5);
            group = group.add(
                of_map(series.name)
                    .add(path("leader", &leader))
                    .add(sample)
                    .add(marker(place, middle))
                    .add(text(series.name, name, NORMAL, Anchor::Start))
                    .add(text(&series.figure, figure, NORMAL, Anchor::End)),
            );
        }
        group
    }
}

/// A group in the colour of this map.
fn of_map(name: &str) -> Group {
    Group::new()
        .set("class", format!("map{}", place(name)))
        .set("data-map", name)
}

/// Where in the picture the chart is.
#[derive(Clone, Copy, Debug)]
struct Frame {
    upper: f64,
}

impl Frame {
    fn lower(self) -> f64 {
        self.upper + HEIGHT
    }

    fn at(self, (across, up): Place) -> (f64, f64) {
        (LEFT + (RIGHT - LEFT) * across, self.lower() - HEIGHT * up)
    }
}
