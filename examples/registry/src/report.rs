//! The report of a run. As JSON it has the fields of [`Report`], which the help text
//! explains. `prose.rs` prints it as text.

use crate::inside::Inside;
use crate::latency::{Latencies, Summary};
use crate::reader::{BATCH, Readings};
use crate::run::Run;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) source: String,
    pub(crate) keys: usize,
    pub(crate) readers: usize,
    pub(crate) pinned: bool,
    pub(crate) seed: u64,
    pub(crate) absent_percent: f64,
    pub(crate) elapsed_seconds: f64,
    pub(crate) lookups: u64,
    pub(crate) found: u64,
    pub(crate) not_found: u64,
    pub(crate) lookups_per_second: f64,
    pub(crate) lookups_per_second_by_reader: Vec<f64>,
    pub(crate) clock_cost_ns: u64,
    pub(crate) lookup_timed_every: usize,
    pub(crate) lookup_latency: Option<Summary>,
    pub(crate) writes: Writes,
    pub(crate) map: Inside,
    pub(crate) violation: Option<String>,
    pub(crate) summary: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Writes {
    pub(crate) wanted_per_second: u32,
    pub(crate) made_per_second: f64,
    pub(crate) scheduled: u64,
    pub(crate) made: u64,
    pub(crate) overwrite_latency: Option<Summary>,
    pub(crate) add_latency: Option<Summary>,
    pub(crate) remove_latency: Option<Summary>,
    pub(crate) schedule_latency: Option<Summary>,
}

impl Report {
    pub(crate) fn new(run: Run<'_>) -> Self {
        let seconds = run.elapsed.as_secs_f64();
        let found: u64 = run.readings.iter().map(|seen| seen.found).sum();
        let not_found: u64 = run.readings.iter().map(|seen| seen.not_found).sum();
        let lookups = found + not_found;
        let mut latencies = Latencies::new();
        for seen in &run.readings {
            latencies.add(&seen.latencies);
        }
        let map = Inside::between(run.before, run.after);
        Self {
            source: run.source,
            keys: run.keys,
            readers: run.options.readers,
            pinned: run.options.pinned,
            seed: run.options.seed,
            absent_percent: run.options.absent,
            elapsed_seconds: seconds,
            lookups,
            found,
            not_found,
            lookups_per_second: lookups as f64 / seconds,
            lookups_per_second_by_reader: run.readings.iter().map(per_second).collect(),
            clock_cost_ns: run.clock_cost_ns,
            lookup_timed_every: BATCH,
            lookup_latency: latencies.summary(),
            writes: Writes {
                wanted_per_second: run.options.writes_per_second,
                made_per_second: run.writings.made as f64 / seconds,
                scheduled: run.scheduled,
                made: run.writings.made,
                overwrite_latency: run.writings.overwrites.summary(),
                add_latency: run.writings.adds.summary(),
                remove_latency: run.writings.removes.summary(),
                schedule_latency: run.writings.from_schedule.summary(),
            },
            summary: map.in_words(lookups),
            map,
            violation: run.violation,
        }
    }
}

/// The look-ups of one reader, divided by its own time. Zero if it started too late to
/// do any.
fn per_second(seen: &Readings) -> f64 {
    match seen.found + seen.not_found {
        0 => 0.0,
        lookups => lookups as f64 / seen.elapsed.as_secs_f64(),
    }
}
