//! From a run to its report: sums over the readers, and the driver subtracted.

use crate::cycles::{Cycles, Share};
use crate::inside::Inside;
use crate::latency::Latencies;
use crate::reader::Readings;
use crate::report::{LookupLatency, Rates, Report, Writes};
use crate::run::Run;
use crate::steps::{BATCH, Steps};

impl From<Run<'_>> for Report {
    fn from(run: Run<'_>) -> Self {
        let seconds = run.elapsed.as_secs_f64();
        let mut cycles = Cycles::default();
        for seen in &run.readings {
            cycles.add(&seen.cycles);
        }
        let share = cycles.share();
        let with_map = run.readings.iter().map(|seen| &seen.with_map);
        let lookups = with_map.clone().map(Steps::count).sum();
        let map = Inside::between(run.before, run.after);
        let writes = Writes::of(&run, seconds);
        Self {
            source: run.source,
            keys: run.keys,
            readers: run.options.readers,
            pinned: run.options.pinned,
            seed: run.options.seed,
            absent_percent: run.options.absent,
            elapsed_seconds: seconds,
            lookup_seconds: seconds * time_with_map(share),
            lookups,
            found: with_map.clone().map(|steps| steps.found).sum(),
            not_found: with_map.map(|steps| steps.not_found).sum(),
            driver_steps: run.readings.iter().map(|seen| seen.driver.count()).sum(),
            driver_percent: share.map(|share| 100.0 * share.driver),
            driver_percent_error: share.map(|share| 100.0 * share.error),
            lookups_per_second: Rates::of(&run.readings, share, seconds),
            lookup_timed_every: BATCH,
            lookup_latency: LookupLatency::of(&run.readings),
            writes,
            summary: map.in_words(lookups),
            map,
            violation: run.violation,
        }
    }
}

/// All of the time if there is no share: then there was no step either.
fn time_with_map(share: Option<Share>) -> f64 {
    share.map_or(1.0, Share::time_with_map)
}

impl Rates {
    /// The look-ups are divided by the part of the run in which the readers looked up. If
    /// they wait for a processor, that is in each of the rates.
    fn of(readings: &[Readings], share: Option<Share>, seconds: f64) -> Self {
        // A reader that started too late has done nothing.
        let rate = |lookups: u64, seconds: f64| match lookups {
            0 => 0.0,
            _ => lookups as f64 / (seconds * time_with_map(share)),
        };
        let by_reader = readings.iter().map(|seen| {
            let seconds = seen.elapsed.as_secs_f64();
            rate(seen.with_map.count(), seconds)
        });
        let lookups = readings.iter().map(|seen| seen.with_map.count()).sum();
        let measured = rate(lookups, seconds);
        Self {
            net: share.and_then(|share| share.net(measured)),
            measured,
            driver: share.map(|share| measured / share.driver),
            measured_by_reader: by_reader.collect(),
        }
    }
}

impl LookupLatency {
    /// A percentile of a difference is no difference of percentiles. But the clock takes
    /// nearly the same time whenever nothing interrupts it, so its median is subtracted
    /// from each latency.
    fn of(readings: &[Readings]) -> Self {
        let (mut measured, mut driver) = (Latencies::new(), Latencies::new());
        for seen in readings {
            measured.add(&seen.with_map.latencies);
            driver.add(&seen.driver.latencies);
        }
        let (measured, driver) = (measured.summary(), driver.summary());
        let both = measured.clone().zip(driver.as_ref());
        Self {
            net: both.map(|(measured, driver)| measured.less(driver.p50_ns)),
            measured,
            driver,
        }
    }
}

impl Writes {
    fn of(run: &Run<'_>, seconds: f64) -> Self {
        let done = &run.writings;
        Self {
            wanted_per_second: run.options.writes_per_second,
            made_per_second: done.made as f64 / seconds,
            scheduled: run.scheduled,
            made: done.made,
            overwrite_latency: done.overwrites.summary(),
            add_latency: done.adds.summary(),
            remove_latency: done.removes.summary(),
            schedule_latency: done.from_schedule.summary(),
        }
    }
}
