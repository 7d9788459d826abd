//! The tables: the results of each map, with the best of each column marked.

use crate::comparison::Tally;
use crate::latency::{Kind, Summary, summary};
use crate::units::{at_the_point, duration, per_second, three_digits};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::cmp::Ordering;

/// A table for all operations together, one for the locks if they were watched, and one
/// for each kind of operation that occurred. Each has its own, so that none is wider
/// than a terminal.
pub(crate) fn tables(tallies: &[Tally]) -> String {
    let mut text = whole(tallies);
    if let Some(table) = locks(tallies) {
        text += &format!(
            "\n\nLocks: the share of acquisitions that waited, and of the time spent waiting\n{table}"
        );
    }
    for kind in Kind::ALL {
        if let Some(table) = latencies(tallies, kind) {
            let name = kind.name();
            text +=
                &format!("\n\nTime that one {name} takes (one call in 61 is measured)\n{table}");
        }
    }
    text
}

/// A column: its head, and one cell for each map.
struct Column {
    head: &'static str,
    cells: Vec<Option<f64>>,
    /// The best figure is the least in this order.
    order: fn(&f64, &f64) -> Ordering,
    show: fn(f64) -> String,
}

impl Column {
    /// Where the largest figure is the best.
    fn more(head: &'static str, cells: impl Iterator<Item = Option<f64>>) -> Self {
        Self {
            order: |one, other| other.total_cmp(one),
            ..Self::less(head, cells)
        }
    }

    /// Where the least figure is the best.
    fn less(head: &'static str, cells: impl Iterator<Item = Option<f64>>) -> Self {
        Self {
            head,
            cells: cells.collect(),
            order: f64::total_cmp,
            show: three_digits,
        }
    }

    fn shown_by(self, show: fn(f64) -> String) -> Self {
        Self { show, ..self }
    }
}

fn whole(tallies: &[Tally]) -> String {
    let best = tallies.iter().map(Tally::per_second).fold(0.0, f64::max);
    let (unit, name) = per_second(best);
    let all = || tallies.iter();
    let columns = [
        Column::more("all", all().map(|tally| Some(tally.per_second() / unit))),
        Column::more(
            "of best",
            all().map(|tally| Some(tally.per_second() / best)),
        )
        .shown_by(percent),
        Column::more(
            "slowest",
            all().map(|tally| Some(tally.slowest_thread() / unit)),
        ),
        Column::more(
            "fastest",
            all().map(|tally| Some(tally.fastest_thread() / unit)),
        ),
        Column::less("bytes/entry", all().map(|tally| tally.bytes_per_entry)),
    ];
    format!(
        "Throughput in {name} operations/s: all threads, the slowest, the fastest\n{}",
        drawn(tallies, &columns)
    )
}

/// None if no map tells.
fn locks(tallies: &[Tally]) -> Option<String> {
    let all = || tallies.iter();
    all().find(|tally| tally.contention.is_some())?;
    let share = |of_hundred: Option<f64>| Some(of_hundred? / 100.0);
    let columns = [
        Column::less(
            "waited",
            all().map(|tally| share(tally.contended_percent())),
        )
        .shown_by(percent),
        Column::less(
            "time waiting",
            all().map(|tally| share(tally.waited_percent())),
        )
        .shown_by(percent),
    ];
    Some(drawn(tallies, &columns))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// None if there are no such operations.
fn latencies(tallies: &[Tally], kind: Kind) -> Option<String> {
    let all = tallies.iter();
    let summaries = all.map(|tally| summary(tally.latencies.of(kind)));
    let summaries: Vec<_> = summaries.collect();
    summaries.iter().find(|summary| summary.is_some())?;
    let column = |head, figure: fn(&Summary) -> u64| {
        let all = summaries.iter();
        let figures = all.map(|summary| Some(figure(summary.as_ref()?) as f64));
        Column::less(head, figures).shown_by(duration)
    };
    let columns = [
        column("p50", |summary| summary.p50_ns),
        column("p99", |summary| summary.p99_ns),
        column("p99.9", |summary| summary.p999_ns),
        column("max", |summary| summary.max_ns),
    ];
    Some(drawn(tallies, &columns))
}

fn drawn(tallies: &[Tally], columns: &[Column]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    let heads = columns
        .iter()
        .map(|column| figure(format!("{} ", column.head)));
    table.set_header([Cell::new("map")].into_iter().chain(heads));
    let columns: Vec<_> = columns.iter().map(Column::shown).collect();
    for (nth, tally) in tallies.iter().enumerate() {
        let stopped = if tally.stopped() > 0 { " †" } else { "" };
        let name = Cell::new(format!("{}{stopped}", tally.name));
        let figures = columns.iter().map(|cells| figure(&cells[nth]));
        table.add_row([name].into_iter().chain(figures));
    }
    table.to_string()
}

/// A cell that is aligned as figures are.
fn figure(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

impl Column {
    /// The cells as text. A star stands behind the best figure, and behind those that
    /// have the same text: nobody can see a difference between them.
    fn shown(&self) -> Vec<String> {
        let figures = self.cells.iter().flatten();
        let best = figures.min_by(|a, b| (self.order)(a, b));
        let best = best.map(|&best| (self.show)(best));
        let texts: Vec<_> = self.cells.iter().map(|cell| cell.map(self.show)).collect();
        let is_best: Vec<_> = texts.iter().map(|text| *text == best).collect();
        let marked = at_the_point(texts).into_iter().zip(is_best);
        let marked = marked.map(|(text, is_best)| match (text, is_best) {
            (None, _) => String::from("– "),
            (Some(text), true) => format!("{text}*"),
            (Some(text), false) => format!("{text} "),
        });
        marked.collect()
    }
}
