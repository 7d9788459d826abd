//! The report as text: what ran, how fast, what the map did, what it means.

use crate::figures::{count, duration, percent, rate};
use crate::latency::Summary;
use crate::report::Report;
use crate::width::wrapped;
use std::fmt::{self, Display, Formatter};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", wrapped(&self.what_ran(), 0))?;
        self.figures(f)?;
        writeln!(f, "{}", wrapped(&self.about_the_driver(), 2))?;
        writeln!(f, "\ninside the map")?;
        self.inside(f)?;
        writeln!(f, "\nwhat it means\n{}", wrapped(&self.meaning(), 2))?;
        writeln!(f, "\nnext\n{NEXT}")
    }
}

const NEXT: &str = "  \
  your own table:    cargo run --release -p registry -- --input FILE
  which map to use:  cargo run --release -p choose";

impl Report {
    fn what_ran(&self) -> String {
        let readers = match self.readers {
            1 => "1 reader".into(),
            readers => format!("{} readers", count(readers as u64)),
        };
        let (lookups, time) = (count(self.lookups), seconds(self.elapsed_seconds));
        let pinned = match self.pinned {
            true => ", 64 to each pin",
            false => "",
        };
        let part = |steps| percent(100.0 * steps as f64 / self.lookups.max(1) as f64);
        let (found, not_found) = (part(self.found), part(self.not_found));
        let writes = match self.writes.made {
            0 => "Nobody wrote.".into(),
            made => format!("One writer made {} writes.", count(made)),
        };
        let (keys, source) = (count(self.keys as u64), &self.source);
        format!(
            "{readers} did {lookups} look-ups in {time}{pinned}: {found} found their key, \
             {not_found} did not. {writes} The table has {keys} keys: {source}"
        )
    }

    fn figures(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (rates, latencies) = (&self.lookups_per_second, &self.lookup_latency);
        let writes = &self.writes;
        let heads = ["per second", "p50", "p99", "p99.9", "max"].map(String::from);
        table_row(f, "look-ups", heads)?;
        let net = rates.net.map_or_else(|| "uncertain".into(), rate);
        figures_row(f, "  net of the driver", net, &latencies.net)?;
        let (measured, driver) = (
            rate(rates.measured),
            rates.driver.map_or_else(|| "-".into(), rate),
        );
        figures_row(f, "  as measured", measured, &latencies.measured)?;
        figures_row(f, "  the driver alone", driver, &latencies.driver)?;
        writeln!(f, "writes, as measured")?;
        let mut row = |what, latency: &Option<Summary>| {
            let samples = latency.as_ref().map_or(0, |latency| latency.samples);
            figures_row(
                f,
                what,
                rate(samples as f64 / self.elapsed_seconds),
                latency,
            )
        };
        row("  overwrite", &writes.overwrite_latency)?;
        row("  add", &writes.add_latency)?;
        row("  remove", &writes.remove_latency)?;
        row("  any, from when due", &writes.schedule_latency)
    }

    fn about_the_driver(&self) -> String {
        let part = self.driver_percent.map(percent);
        let part = part.unwrap_or_else(|| "an unknown part".into());
        let net = match self.lookups_per_second.net {
            Some(_) => "Net is what the look-ups add to the driver.",
            None => "That is too uncertain for a net rate: run for longer.",
        };
        format!(
            "The driver is the readers' loop without the map. It chooses a key and checks a \
             value: {part} of the measured time. {net} The driver of a latency is the clock: its \
             p50 is subtracted."
        )
    }

    fn inside(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let map = &self.map;
        let copied = match map.copied_entries.checked_div(map.rebuilds) {
            None => "copies of all pointers".into(),
            Some(each) => format!("copies of {} pointers", count(each)),
        };
        let rows = [
            ("mutex taken", map.locks, "by new keys and by misses".into()),
            (
                "misses",
                map.misses,
                "calls that searched behind the mutex".into(),
            ),
            (
                "promotions",
                map.promotions,
                "new keys readable without the mutex".into(),
            ),
            ("rebuilds", map.rebuilds, copied),
        ];
        for (what, number, remark) in rows {
            writeln!(f, "  {what:<12}{:>18}  {remark}", count(number))?;
        }
        Ok(())
    }

    fn meaning(&self) -> String {
        let readers = self.summary.first().map_or("", String::as_str);
        format!("{readers} {}{}", self.writer(), self.checked())
    }

    /// Whether the writer kept its schedule.
    fn writer(&self) -> String {
        let writes = &self.writes;
        let wanted = count(writes.wanted_per_second.into());
        let made = count(writes.made_per_second.round() as u64);
        match writes.scheduled - writes.made {
            0 => String::new(),
            late => format!(
                "The writer fell behind: it made {made} writes per second instead of {wanted}, \
                 and left out {}. ",
                count(late)
            ),
        }
    }

    fn checked(&self) -> String {
        match &self.violation {
            Some(violation) => format!("FAILED: {violation}"),
            None => "Every look-up was checked: none found a value that its key never had, and \
                     none an older value after a newer one. The map ended with exactly what the \
                     writer left."
                .into(),
        }
    }
}

fn seconds(seconds: f64) -> String {
    duration((seconds * 1e9) as u64)
}

fn figures_row(
    f: &mut Formatter<'_>,
    what: &str,
    rate: String,
    latency: &Option<Summary>,
) -> fmt::Result {
    let [p50, p99, p999, max] = match latency {
        None => ["-"; 4].map(String::from),
        Some(latency) => [
            duration(latency.p50_ns),
            duration(latency.p99_ns),
            duration(latency.p999_ns),
            duration(latency.max_ns),
        ],
    };
    table_row(f, what, [rate, p50, p99, p999, max])
}

fn table_row(f: &mut Formatter<'_>, what: &str, columns: [String; 5]) -> fmt::Result {
    let [rate, rest @ ..] = columns;
    write!(f, "{what:<22}{rate:>16}")?;
    for column in rest {
        write!(f, "{column:>10}")?;
    }
    writeln!(f)
}
