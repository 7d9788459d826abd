//! The picture of a comparison: throughput over threads above the latencies.

use crate::comparison::Tally;
use crate::latency::Kind;
use crate::plot::axis::{Decades, Linear, Nines};
use crate::plot::canvas::{MARGIN, document};
use crate::plot::chart::{Chart, Series};
use crate::units::{duration, per_second, three_digits};
use hdrhistogram::Histogram;
use svg::Document;
use svg::node::element::Group;

/// The first of `by_threads` is that of all threads, which the latencies are of.
pub(crate) fn picture(load: &str, by_threads: &[(usize, Vec<Tally>)]) -> Document {
    let charts = charts(by_threads);
    let title = "Throughput and latency of concurrent maps";
    document(title, load, in_words(&charts), |mut y| {
        let mut body = Group::new();
        for chart in &charts {
            let (drawn, bottom) = chart.drawn(y + MARGIN);
            body = body.add(drawn);
            y = bottom;
        }
        (body, y)
    })
}

fn charts(by_threads: &[(usize, Vec<Tally>)]) -> Vec<Chart> {
    let Some((_, tallies)) = by_threads.first() else {
        return Vec::new();
    };
    let gets = |tally: &Tally| (tally.name, tally.latencies.of(Kind::Get).clone());
    let writes = |tally: &Tally| (tally.name, tally.latencies.writes());
    let gets: Vec<_> = tallies.iter().map(gets).collect();
    let writes: Vec<_> = tallies.iter().map(writes).collect();
    let throughput = Some(throughput(by_threads));
    let all = [
        throughput,
        latencies("look-ups", gets),
        latencies("writes", writes),
    ];
    all.into_iter().flatten().collect()
}

/// The picture for readers who do not see it.
fn in_words(charts: &[Chart]) -> String {
    let words = charts.iter().map(|chart| {
        let series = chart.series.iter();
        let figures = series.map(|series| format!("{} {}", series.name, series.figure));
        let figures: Vec<_> = figures.collect();
        format!(
            "{}, {}: {}.",
            chart.title,
            chart.figures,
            figures.join(", ")
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

/// How far the markers of two maps are apart at most, as a share of the chart's width.
const APART: f64 = 0.02;

fn throughput(by_threads: &[(usize, Vec<Tally>)]) -> Chart {
    let mut columns: Vec<_> = by_threads.iter().collect();
    columns.sort_by_key(|(threads, _)| *threads);
    let all = columns.iter().flat_map(|(_, tallies)| tallies);
    let most = all.map(Tally::per_second).fold(1.0, f64::max);
    let (unit, name) = per_second(most);
    let axis = Linear::to(most / unit);
    let width = 1.0 / columns.len() as f64;
    let middle = |column: usize| width * (column as f64 + 0.5);
    let tallies = columns.last().map_or(&[][..], |(_, tallies)| tallies);
    let apart = (0.8 * width / tallies.len() as f64).min(APART);
    let series = tallies.iter().enumerate().map(|(nth, tally)| {
        let aside = apart * (nth as f64 - (tallies.len() - 1) as f64 / 2.0);
        let figure = |tally: &Tally| tally.per_second() / unit;
        let at = |(column, (_, tallies)): (usize, &&(usize, Vec<Tally>))| {
            (middle(column) + aside, axis.place(figure(&tallies[nth])))
        };
        let points: Vec<_> = columns.iter().enumerate().map(at).collect();
        Series {
            name: tally.name,
            markers: points.clone(),
            points,
            figure: three_digits(figure(tally)),
        }
    });
    let threads = columns.iter().enumerate();
    let threads = threads.map(|(column, (threads, _))| (middle(column), threads.to_string()));
    Chart {
        title: format!("Throughput in {name} operations/s"),
        below: "threads; at each number, the maps stand side by side",
        figures: match columns.last() {
            Some((1, _)) => String::from("with 1 thread"),
            Some((threads, _)) => format!("with {threads} threads"),
            None => String::new(),
        },
        across: threads.collect(),
        up: axis.ticks(),
        series: series.collect(),
    }
}

/// The points of a curve.
const STEPS: u32 = 200;

/// None if there are no such operations.
fn latencies(what: &str, curves: Vec<(&'static str, Histogram<u64>)>) -> Option<Chart> {
    let filled = curves.iter().filter(|(_, latencies)| !latencies.is_empty());
    let filled: Vec<_> = filled.collect();
    let samples = filled.iter().map(|(_, latencies)| latencies.len()).max()?;
    let across = Nines::of(samples);
    let end = |latencies: &Histogram<u64>| across.most().min((latencies.len() as f64).log10());
    let slowest = |(_, latencies): &&_| quantile(latencies, end(latencies));
    let least = filled.iter().map(|(_, latencies)| latencies.min()).min()?;
    let up = Decades::around(least, filled.iter().map(slowest).max()?);
    let series = filled.iter().enumerate().map(|(nth, (name, latencies))| {
        let end = end(latencies);
        let ns = |nines: f64| quantile(latencies, nines) as f64;
        let at = |nines: f64| (across.place(nines), up.place(ns(nines)));
        let steps = (0..=STEPS).map(|step| end * f64::from(step) / f64::from(STEPS));
        // One to each nine.
        let first = (nth as f64 + 0.5) / filled.len() as f64;
        let markers = (0..).map(|nines| f64::from(nines) + first);
        let markers = markers.take_while(|nines| *nines <= end);
        Series {
            name,
            points: steps.map(at).collect(),
            markers: markers.map(at).collect(),
            figure: duration(ns(end)),
        }
    });
    Some(Chart {
        title: format!("Latency of {what}"),
        below: "this share of the calls took no longer",
        figures: String::from("at the end of the line"),
        across: across.ticks(),
        up: up.ticks(),
        series: series.collect(),
    })
}

/// The latency that a share of the calls with so many nines did not exceed.
fn quantile(latencies: &Histogram<u64>, nines: f64) -> u64 {
    latencies.value_at_quantile(1.0 - 10.0_f64.powf(-nines))
}
