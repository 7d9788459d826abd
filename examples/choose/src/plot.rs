//! The pictures: throughput over threads beside the latencies, or the best map of each
//! combination.

use crate::comparison::Tally;
use crate::sweep::{READS, Sweep};
use hdrhistogram::Histogram;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

const PANEL: (u32, u32) = (560, 440);
const LEGEND: u32 = 130;
const FONT: &str = "sans-serif";

/// A colour for each map, the same in all pictures. These are the colours of Okabe and
/// Ito, which colour-blind readers can tell apart, with a darker yellow, a grey and a brown.
fn colour(name: &str) -> RGBColor {
    match name {
        "MutexMap" => RGBColor(150, 150, 150),
        "RwLockMap" => RGBColor(0, 0, 0),
        "ShardedMap" => RGBColor(230, 159, 0),
        "dashmap" => RGBColor(86, 180, 233),
        "scc" => RGBColor(0, 158, 115),
        "SyncMap" => RGBColor(213, 94, 0),
        "papaya" => RGBColor(0, 114, 178),
        "HybridMap" => RGBColor(204, 121, 167),
        "kovan-map" => RGBColor(110, 70, 30),
        _ => RGBColor(190, 175, 40),
    }
}

/// Throughput over threads, and the latencies with all threads.
pub(crate) fn comparison(path: &Path, load: &str, by_threads: &[(usize, Vec<Tally>)]) -> Drawn {
    let Some((_, tallies)) = by_threads.first() else {
        return Ok(());
    };
    let panels: Vec<_> = [
        ("look-ups", tallies.iter().map(gets).collect::<Vec<_>>()),
        ("writes", tallies.iter().map(writes).collect()),
    ]
    .into_iter()
    .filter(|(_, curves)| curves.iter().any(|(_, latencies)| !latencies.is_empty()))
    .collect();
    let width = PANEL.0 * (1 + panels.len() as u32);
    let root = SVGBackend::new(path, (width + LEGEND, PANEL.1 + 30)).into_drawing_area();
    root.fill(&WHITE)?;
    let (charts, names) = root.titled(load, (FONT, 16))?.split_horizontally(width);
    legend(&names, tallies)?;
    let areas = charts.split_evenly((1, 1 + panels.len()));
    throughput(&areas[0], by_threads)?;
    for (area, (what, curves)) in areas[1..].iter().zip(&panels) {
        latencies(area, what, curves)?;
    }
    root.present().map_err(|problem| unwritable(path, &problem))
}

/// The maps' names, each beside its colour.
fn legend(area: &Area<'_>, tallies: &[Tally]) -> Drawn {
    for (nth, tally) in (0..).zip(tallies) {
        let y = 60 + 22 * nth;
        let line = vec![(4, y), (26, y)];
        area.draw(&PathElement::new(line, colour(tally.name).stroke_width(3)))?;
        let name = Text::new(tally.name, (32, y - 6), (FONT, 14));
        area.draw(&name)?;
    }
    Ok(())
}

fn gets(tally: &Tally) -> (&'static str, Histogram<u64>) {
    use crate::latency::Kind;
    (tally.name, tally.latencies.of(Kind::Get).clone())
}

fn writes(tally: &Tally) -> (&'static str, Histogram<u64>) {
    (tally.name, tally.latencies.writes())
}

fn throughput(area: &Area<'_>, by_threads: &[(usize, Vec<Tally>)]) -> Drawn {
    let most_threads = by_threads
        .iter()
        .map(|(threads, _)| *threads)
        .max()
        .unwrap_or(1);
    let all = || by_threads.iter().flat_map(|(_, tallies)| tallies);
    let most = all().map(Tally::per_second).fold(1.0, f64::max) / 1e6;
    let mut chart = ChartBuilder::on(area)
        .caption("throughput over threads", (FONT, 18))
        .margin(12)
        .margin_right(30)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..doublings(most_threads.max(2)), 0.0..most * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("threads")
        .y_desc("million operations a second")
        .x_labels(1 + doublings(most_threads.max(2)) as usize)
        .x_label_formatter(&|doublings| format!("{:.0}", doublings.exp2()))
        .light_line_style(TRANSPARENT)
        .draw()?;
    let Some((_, tallies)) = by_threads.first() else {
        return Ok(());
    };
    for (nth, tally) in tallies.iter().enumerate() {
        let points: Vec<_> = by_threads
            .iter()
            .map(|(threads, tallies)| (doublings(*threads), tallies[nth].per_second() / 1e6))
            .collect();
        let style = colour(tally.name).stroke_width(2);
        let dots = points.iter().map(|&at| Circle::new(at, 3, style.filled()));
        chart.draw_series(dots.collect::<Vec<_>>())?;
        chart.draw_series(LineSeries::new(points, style))?;
    }
    Ok(())
}

/// How often one thread has to be doubled to get this number.
fn doublings(threads: usize) -> f64 {
    (threads as f64).log2()
}

/// The length of the axis, in nines of a quantile: 0.99 has two.
const NINES: f64 = 5.0;

fn latencies(area: &Area<'_>, what: &str, curves: &[(&'static str, Histogram<u64>)]) -> Drawn {
    let filled = || curves.iter().filter(|(_, latencies)| !latencies.is_empty());
    let least = filled()
        .map(|(_, latencies)| latencies.min().max(1))
        .min()
        .unwrap_or(1);
    let most = filled()
        .map(|(_, latencies)| latencies.max())
        .max()
        .unwrap_or(2);
    let mut chart = ChartBuilder::on(area)
        .caption(format!("latency of {what}"), (FONT, 18))
        .margin(12)
        .margin_right(30)
        .x_label_area_size(42)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..NINES, (least as f64..most as f64 * 1.2).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("this share of the calls took no longer")
        .y_desc("from the call to its end")
        .x_labels(6)
        .x_label_formatter(&|nines| share(*nines))
        .y_label_formatter(&|ns| time(*ns))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (name, latencies) in filled() {
        let points = (0..=100)
            .map(|step| NINES * f64::from(step) / 100.0)
            .filter(|nines| {
                // Beyond that, every quantile is the largest sample.
                10.0_f64.powf(*nines) <= latencies.len() as f64
            });
        let at = |nines: f64| {
            let quantile = 1.0 - 10.0_f64.powf(-nines);
            (nines, latencies.value_at_quantile(quantile).max(1) as f64)
        };
        let style = colour(name).stroke_width(2);
        chart.draw_series(LineSeries::new(points.map(at), style))?;
    }
    Ok(())
}

fn share(nines: f64) -> String {
    match nines.round() as u32 {
        0 => String::from("0"),
        1 => String::from("90 %"),
        2 => String::from("99 %"),
        nines => format!("99.{} %", "9".repeat(nines as usize - 2)),
    }
}

fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.0} ns"),
        ..1e6 => format!("{:.0} µs", ns / 1e3),
        ..1e9 => format!("{:.0} ms", ns / 1e6),
        _ => format!("{:.0} s", ns / 1e9),
    }
}

const SQUARE: (u32, u32) = (118, 62);
const EDGE: (u32, u32) = (90, 76);

/// The best map of each combination.
pub(crate) fn sweep(path: &Path, sweep: &Sweep) -> Drawn {
    let (columns, rows) = (READS.len() as u32, sweep.threads.len() as u32);
    let size = (
        EDGE.0 + SQUARE.0 * columns + 20,
        EDGE.1 + SQUARE.1 * rows + 20,
    );
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&WHITE)?;
    let text = |size: i32, colour: &RGBColor| {
        use plotters::style::text_anchor::{HPos, Pos, VPos};
        let centred = Pos::new(HPos::Center, VPos::Center);
        (FONT, size).into_font().color(colour).pos(centred)
    };
    let centre = |column: u32, row: u32| {
        let x = EDGE.0 + SQUARE.0 * column + SQUARE.0 / 2;
        let y = EDGE.1 + SQUARE.1 * row + SQUARE.1 / 2;
        (x as i32, y as i32)
    };
    root.draw_text(&sweep.load, &text(13, &BLACK), (size.0 as i32 / 2, 18))?;
    for (column, reads) in (0..).zip(sweep.reads) {
        let (x, _) = centre(column, 0);
        root.draw_text(&format!("{reads} % reads"), &text(14, &BLACK), (x, 56))?;
    }
    for (row, (threads, cells)) in
        (0..).zip(sweep.threads.iter().zip(sweep.cells.chunks(READS.len())))
    {
        let (_, y) = centre(0, row);
        root.draw_text(&format!("{threads} thr."), &text(14, &BLACK), (46, y))?;
        for (column, square) in (0..).zip(cells) {
            let (x, y) = centre(column, row);
            let (name, figure) = (square.name(), square.lead(1));
            let corner = (x - SQUARE.0 as i32 / 2 + 2, y - SQUARE.1 as i32 / 2 + 2);
            let opposite = (x + SQUARE.0 as i32 / 2 - 2, y + SQUARE.1 as i32 / 2 - 2);
            let fill = colour(name).mix(0.35).filled();
            root.draw(&Rectangle::new([corner, opposite], fill))?;
            root.draw_text(name, &text(15, &BLACK), (x, y - 10))?;
            root.draw_text(&figure, &text(12, &BLACK), (x, y + 12))?;
        }
    }
    root.present().map_err(|problem| unwritable(path, &problem))
}

fn unwritable(path: &Path, problem: &impl std::fmt::Display) -> Box<dyn Error> {
    format!("--plot: {} cannot be written: {problem}", path.display()).into()
}
