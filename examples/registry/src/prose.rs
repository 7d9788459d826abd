//! The report as text: tables, and what they mean in words.

use crate::figures::{count, duration, rate};
use crate::latency::Summary;
use crate::report::Report;
use std::fmt::{self, Display, Formatter};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.throughput(f)?;
        self.latencies(f)?;
        self.inside(f)?;
        writeln!(f, "\nin words\n  {}", self.summary.join("\n  "))?;
        writeln!(f, "\nchecked\n  {}", self.checked())
    }
}

impl Report {
    fn throughput(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (keys, source) = (count(self.keys as u64), &self.source);
        let (readers, seconds) = (self.readers, self.elapsed_seconds);
        let pinned = if self.pinned { ", pinned" } else { "" };
        writeln!(
            f,
            "keys: {keys} ({source}); readers: {readers}{pinned}; {seconds:.2} s\n"
        )?;
        let percent = |part| format!("{:.2} %", 100.0 * part as f64 / self.lookups.max(1) as f64);
        let total = format!(
            "{} per second; {}",
            rate(self.lookups_per_second),
            self.by_reader()
        );
        let row = |f: &mut Formatter<'_>, what, number, remark| {
            writeln!(f, "{what:<22}{:>13}   {remark}", count(number))
        };
        row(f, "look-ups", self.lookups, total)?;
        row(f, "  found", self.found, percent(self.found))?;
        row(f, "  not found", self.not_found, percent(self.not_found))?;
        row(f, "writes", self.writes.made, self.schedule())
    }

    /// The range of the readers' rates.
    fn by_reader(&self) -> String {
        let rates = &self.lookups_per_second_by_reader;
        let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rates.iter().copied().fold(0.0, f64::max);
        match (rate(least), rate(most)) {
            (least, most) if least == most => format!("each reader {least}"),
            (least, most) => format!("each reader between {least} and {most}"),
        }
    }

    /// Whether the writer kept its schedule.
    fn schedule(&self) -> String {
        let writes = &self.writes;
        let wanted = count(writes.wanted_per_second.into());
        let made = count(writes.made_per_second.round() as u64);
        match writes.scheduled - writes.made {
            0 => format!("{wanted} per second, all that were scheduled"),
            late => format!(
                "{made} per second instead of {wanted}: {} were not made",
                count(late)
            ),
        }
    }

    fn latencies(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let heads = ["samples", "p50", "p99", "p99.9", "max"].map(String::from);
        table_row(f, "\nlatency", heads)?;
        latency_row(f, "look-up", &self.lookup_latency)?;
        latency_row(f, "overwrite", &self.writes.overwrite_latency)?;
        latency_row(f, "add", &self.writes.add_latency)?;
        latency_row(f, "remove", &self.writes.remove_latency)?;
        latency_row(f, "write, since it was due", &self.writes.schedule_latency)?;
        let (every, clock) = (self.lookup_timed_every, duration(self.clock_cost_ns));
        writeln!(
            f,
            "\
One look-up in {every} is timed, from the call to the reference in hand, and every
write, from the call to its end. Reading the clock is part of each figure and
takes about {clock}. The last line counts from the schedule instead: it holds the
time that the writer overslept or waited for a processor, too. The rates above
include choosing each key and checking each value."
        )
    }

    fn inside(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let map = &self.map;
        let rows = [
            ("keys present", map.keys as u64),
            ("tombstones", map.tombstones as u64),
            ("mutex taken", map.locks),
            ("misses", map.misses),
            ("promotions", map.promotions),
            ("rebuilds", map.rebuilds),
            ("entries copied", map.copied_entries),
            ("expunges", map.expunges),
            ("unexpunges", map.unexpunges),
        ];
        writeln!(f, "\ninside the map")?;
        for (what, number) in rows {
            writeln!(f, "  {what:<28}{:>13}", count(number))?;
        }
        Ok(())
    }

    fn checked(&self) -> String {
        let lookups = count(self.lookups);
        match &self.violation {
            Some(violation) => format!("FAILED: {violation}"),
            None => format!(
                "All {lookups} look-ups found what was put there, or nothing where nothing\n  \
                 had to be, and never an older value after a newer one. At the end the map\n  \
                 held exactly what the writer had left."
            ),
        }
    }
}

fn latency_row(f: &mut Formatter<'_>, what: &str, latency: &Option<Summary>) -> fmt::Result {
    let columns = match latency {
        None => ["0", "-", "-", "-", "-"].map(String::from),
        Some(latency) => [
            count(latency.samples),
            duration(latency.p50_ns),
            duration(latency.p99_ns),
            duration(latency.p999_ns),
            duration(latency.max_ns),
        ],
    };
    table_row(f, what, columns)
}

fn table_row(f: &mut Formatter<'_>, what: &str, columns: [String; 5]) -> fmt::Result {
    let [samples, rest @ ..] = columns;
    write!(f, "{what:<24}{samples:>11}")?;
    for column in rest {
        write!(f, "{column:>10}")?;
    }
    writeln!(f)
}
