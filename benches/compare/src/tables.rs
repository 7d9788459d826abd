//! The results as text, for people.

use crate::claims::Verdict;
use crate::document::Document;
use crate::results::{Case, Latencies, Measured, Results, Series};
use crate::settings::{Group, Settings};
use crate::writes::{MORE, WAITING};
use std::fmt::{self, Display, Write};

/// The limit: a map without synchronisation. It is never marked as the best.
const LIMIT: &str = "hashmap";

const NAME: usize = 20;
const CELL: usize = 24;

pub(crate) fn write(document: &Document<'_>, out: &mut String) -> fmt::Result {
    let (settings, results) = (document.settings, document.results);
    preamble(document, out)?;
    for cases in tables(results) {
        if cases[0].case.group != Group::Mixed {
            table(&cases, settings, out)?;
        }
    }
    latencies(document, out)?;
    claims(&document.claims, out)?;
    writeln!(out)?;
    let mut notes = results.notes.iter();
    notes.try_for_each(|note| writeln!(out, "note: {note}"))
}

fn preamble(document: &Document<'_>, out: &mut String) -> fmt::Result {
    let settings = document.settings;
    writeln!(
        out,
        "{} rounds of {} ms, {} processors. In each cell: the median, half the distance between\n\
         the quartiles in percent of it, and the ratio to {}, round by round.\n\
         Time in which other programs had the processor is subtracted, except from latencies.\n\
         * marks the best of a column, {LIMIT} excepted. {WAITING}: retired and not freed\n\
         at the end of a round; {MORE}: growth over all rounds, after all freeing.",
        settings.rounds, settings.milliseconds, document.processors, settings.reference
    )
}

/// The cases of one table.
type Columns<'r> = Vec<&'r Measured>;

fn tables(results: &Results) -> Vec<Columns<'_>> {
    let mut tables: Vec<Columns<'_>> = Vec::new();
    for measured in &results.cases {
        let mut known = tables.iter_mut();
        match known.find(|columns| together(&columns[0].case, &measured.case)) {
            Some(columns) => columns.push(measured),
            None => tables.push(vec![measured]),
        }
    }
    tables
}

/// Whether two cases share a table: only their sizes differ, or for writes their units.
fn together(one: &Case, other: &Case) -> bool {
    let mut other = other.clone();
    match one.group {
        Group::Overwrite => other.unit = one.unit,
        _ => other.size = one.size,
    }
    *one == other
}

fn title(case: &Case) -> String {
    let threads = match case.threads {
        1 => "1 thread".into(),
        several => format!("{several} threads"),
    };
    let rest = match case.group {
        Group::Overwrite => format!("{} of them", grouped(case.size)),
        _ => case.unit.into(),
    };
    format!("{}, {} keys, {threads}: {rest}", case.what, case.keys)
}

fn heading(case: &Case) -> String {
    match case.group {
        Group::Overwrite => case.unit.into(),
        _ => grouped(case.size),
    }
}

fn table(columns: &[&Measured], settings: &Settings, out: &mut String) -> fmt::Result {
    write!(out, "\n{}\n{:NAME$}", title(&columns[0].case), "")?;
    for column in columns {
        write!(out, "{:>CELL$}", heading(&column.case))?;
    }
    writeln!(out)?;
    for name in &settings.contenders {
        if columns.iter().all(|column| column.of(name).is_none()) {
            continue;
        }
        write!(out, "{name:NAME$}")?;
        for column in columns {
            let cell = column.of(name).map(|it| cell(it, column, settings));
            write!(out, "{:>CELL$}", cell.unwrap_or_default())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn cell(series: &Series, column: &Measured, settings: &Settings) -> String {
    // Zero and negative numbers occur here, so there is no ratio.
    if [WAITING, MORE].contains(&column.case.unit) {
        return grouped(series.summary().median as i64);
    }
    let summary = series.summary();
    let best = if is_best(series, column) { "*" } else { " " };
    let spread = match series.rounds.len() {
        1 => String::new(),
        _ => format!(" ±{:.0}%", summary.spread()),
    };
    let ratio = column
        .of(settings.reference)
        .map_or_else(String::new, |reference| {
            format!(" {:5.2}", series.against(reference).median)
        });
    format!("{best}{}{spread:>6}{ratio}", number(summary.median))
}

fn is_best(series: &Series, column: &Measured) -> bool {
    let others = column.series.iter();
    let mut others = others.filter(|other| other.contender != LIMIT);
    let median = series.summary().median;
    series.contender != LIMIT && others.all(|other| other.summary().median >= median)
}

/// Three digits or more.
fn number(number: f64) -> String {
    match number.abs() {
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

fn grouped(number: impl Display) -> String {
    let text = number.to_string();
    let digits = text.trim_start_matches('-');
    let mut grouped = String::from(&text[..text.len() - digits.len()]);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn latencies(document: &Document<'_>, out: &mut String) -> fmt::Result {
    let cases = mixed_cases(document.results);
    for case in &cases {
        latency_table(case, document.results, out)?;
    }
    if !cases.is_empty() {
        let ns = document.clock_cost_ns;
        writeln!(
            out,
            "Each of these latencies includes {ns} ns for reading the clock."
        )?;
    }
    Ok(())
}

fn mixed_cases(results: &Results) -> Vec<&Case> {
    let cases = results.cases.iter().map(|measured| &measured.case);
    cases.filter(|case| case.group == Group::Mixed).collect()
}

fn latency_table(case: &Case, results: &Results, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n{} {}, {} keys: one reader and one writer",
        case.what,
        case.unit,
        grouped(case.size)
    )?;
    let head = ["million/s", "p50 ns", "p99 ns", "p99.9 ns", "max ns"];
    write!(out, "{:NAME$}", "")?;
    head.iter().try_for_each(|head| write!(out, "{head:>14}"))?;
    writeln!(out)?;
    for latencies in results.latencies.iter().filter(|it| it.case == *case) {
        latency_row(latencies, results, out)?;
    }
    Ok(())
}

fn latency_row(latencies: &Latencies, results: &Results, out: &mut String) -> fmt::Result {
    let Latencies {
        case,
        contender,
        histogram,
    } = latencies;
    let series = results.series(case, contender);
    let ns = series.map_or(f64::NAN, |series| series.summary().median);
    write!(out, "{contender:NAME$}{:>14}", number(1_000.0 / ns))?;
    for quantile in [0.5, 0.99, 0.999, 1.0] {
        let ns = histogram.value_at_quantile(quantile);
        write!(out, "{:>14}", grouped(ns))?;
    }
    writeln!(out)
}

fn claims(verdicts: &[Verdict], out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\nclaims: the bound of each ratio; the median of the rounds' ratios [quartiles]"
    )?;
    for verdict in verdicts {
        let Verdict { claim, at_most, .. } = verdict;
        let ratio = verdict.ratio.map_or_else(String::new, |ratio| {
            let (lower, upper) = (ratio.lower_quartile, ratio.upper_quartile);
            format!("{:.3} [{lower:.3} {upper:.3}]", ratio.median)
        });
        let holds = match verdict.holds {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "not measured",
        };
        writeln!(out, "{claim:72} <= {at_most:<5} {ratio:21}  {holds}")?;
    }
    Ok(())
}
