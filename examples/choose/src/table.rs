//! The tables: the results of each map, with the best of each column marked.

use crate::comparison::Tally;
use crate::latency::{Kind, Summary, summary};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::cmp::Ordering;

/// One table for all operations together, and one for each kind that occurred.
pub(crate) fn tables(tallies: &[Tally]) -> String {
    let mut text = whole(tallies);
    for kind in Kind::ALL {
        if let Some(table) = latencies(tallies, kind) {
            text += &format!("\n\n{} (ns, one call in 61 timed)\n{table}", kind.name());
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

fn whole(tallies: &[Tally]) -> String {
    let best = tallies.iter().map(Tally::per_second).fold(0.0, f64::max);
    let column = |head, show, order, cell: &dyn Fn(&Tally) -> Option<f64>| Column {
        head,
        cells: tallies.iter().map(cell).collect(),
        order,
        show,
    };
    let most: fn(&f64, &f64) -> Ordering = |one, other| other.total_cmp(one);
    let least: fn(&f64, &f64) -> Ordering = f64::total_cmp;
    let two: fn(f64) -> String = |figure| format!("{figure:.2}");
    let one: fn(f64) -> String = |figure| format!("{figure:.1}");
    let mut columns = vec![
        column("million op/s", two, most, &|tally| {
            Some(tally.per_second() / 1e6)
        }),
        column("of the best", two, most, &|tally| {
            Some(tally.per_second() / best)
        }),
        column("slowest thread", two, most, &|tally| {
            Some(tally.slowest_thread() / 1e6)
        }),
        column("fastest thread", two, most, &|tally| {
            Some(tally.fastest_thread() / 1e6)
        }),
        column("bytes per entry", one, least, &|tally| {
            tally.bytes_per_entry
        }),
    ];
    if tallies.iter().any(|tally| tally.contention.is_some()) {
        let contended = |tally: &Tally| tally.contended_percent();
        let waited = |tally: &Tally| tally.waited_percent();
        columns.push(column("% of locks contended", two, least, &contended));
        columns.push(column("% of time waiting", two, least, &waited));
    }
    drawn(tallies, &columns)
}

/// None if there are no such operations.
fn latencies(tallies: &[Tally], kind: Kind) -> Option<String> {
    let summaries = tallies
        .iter()
        .map(|tally| summary(tally.latencies.of(kind)));
    let summaries: Vec<_> = summaries.collect();
    summaries.iter().find(|summary| summary.is_some())?;
    let column = |head, figure: fn(&Summary) -> u64| Column {
        head,
        cells: summaries
            .iter()
            .map(|summary| summary.as_ref().map(|summary| figure(summary) as f64))
            .collect(),
        order: f64::total_cmp,
        show: |figure| format!("{figure:.0}"),
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
    let heads = columns.iter().map(|column| column.head);
    table.set_header(["map"].into_iter().chain(heads));
    for (nth, tally) in tallies.iter().enumerate() {
        let stopped = if tally.stopped() > 0 { " †" } else { "" };
        let name = Cell::new(format!("{}{stopped}", tally.name));
        let figures = columns
            .iter()
            .map(|column| Cell::new(column.shown(nth)).set_alignment(CellAlignment::Right));
        table.add_row([name].into_iter().chain(figures));
    }
    table.to_string()
}

impl Column {
    /// The cell as text, marked if it is the best or has the same text as the best.
    fn shown(&self, nth: usize) -> String {
        let Some(figure) = self.cells[nth] else {
            return String::from("–");
        };
        let best = self
            .cells
            .iter()
            .flatten()
            .min_by(|a, b| (self.order)(a, b));
        let text = (self.show)(figure);
        match best {
            Some(&best) if (self.show)(best) == text => format!("* {text}"),
            _ => text,
        }
    }
}
