//! One run of the load: one map, some readers and one writer, for a while.

use crate::arguments;
use crate::load::{Load, Time};
use crate::names::Names;
use crate::random::Random;
use crate::reader::{Reader, Readings};
use crate::stand_in::StandIn;
use crate::table::{Registry, Table};
use crate::writer::{Writer, Writings};
use indicatif::{ProgressBar, ProgressStyle};
use readmostly::Stats;
use std::error::Error;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// A run that is over.
pub(crate) struct Run<'r> {
    pub(crate) source: String,
    pub(crate) keys: usize,
    pub(crate) options: &'r arguments::Load,
    pub(crate) elapsed: Duration,
    pub(crate) violation: Option<String>,
    pub(crate) readings: Vec<Readings>,
    pub(crate) scheduled: u64,
    pub(crate) writings: Writings,
    /// The map's counts before the first look-up.
    pub(crate) before: Stats,
    /// The map's counts after the last look-up.
    pub(crate) after: Stats,
}

impl<'r> Run<'r> {
    /// Fills a map with the table, and runs the load.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started.
    pub(crate) fn of(table: Table, options: &'r arguments::Load) -> Result<Self, Box<dyn Error>> {
        let keys = table.pairs.len();
        let mut random = Random::new(options.seed, 0);
        let names = Names::new(table.pairs, options.absent, &mut random);
        let map: Registry = names.pairs_at_first().collect();
        let stand_in = StandIn::new(&names, options.scheduled());
        let before = map.stats();
        let load = Load::new(&map, &names, &stand_in, options);
        let (readings, writings) = threads(&load)?;
        let elapsed = load.time().begin.elapsed();
        let after = map.stats();
        let violation = readings.iter().find_map(|seen| seen.violation.clone());
        Ok(Self {
            source: table.source,
            keys,
            options,
            elapsed,
            violation: violation.or_else(|| compare(&load, &writings).err()),
            readings,
            scheduled: options.scheduled(),
            writings,
            before,
            after,
        })
    }
}

/// Runs the readers and the writer until the load ends.
fn threads(load: &Load<'_>) -> Result<(Vec<Readings>, Writings), Box<dyn Error>> {
    let random = |stream| Random::new(load.options.seed, stream);
    thread::scope(|scope| {
        let mut time = load.hold();
        // If one thread cannot be started, the threads already started must end.
        let refused = |problem| {
            load.give_up();
            format!("--readers: a thread cannot be started: {problem}")
        };
        let writer = Writer::new(load, random(1));
        let writer = Builder::new().spawn_scoped(scope, || writer.run());
        let writer = writer.map_err(refused)?;
        let mut readers = Vec::new();
        for nth in 0..load.options.readers {
            let reader = Reader::new(load, random(2 + nth as u64));
            let reader = Builder::new().spawn_scoped(scope, || reader.run());
            readers.push(reader.map_err(refused)?);
        }
        *time = Time::from_now(load.options);
        drop(time);
        watch(load);
        let joined = readers.into_iter().map(|reader| reader.join());
        let readings = joined.collect::<thread::Result<_>>();
        let readings = readings.expect("readers do not panic");
        Ok((readings, writer.join().expect("the writer does not panic")))
    })
}

/// Waits for the end. Shows a progress bar if standard error is a terminal.
fn watch(load: &Load<'_>) {
    let Time { begin, end } = load.time();
    let total = end - begin;
    let bar = ProgressBar::new(total.as_millis() as u64);
    let style = ProgressStyle::with_template("{bar:40} {msg}");
    bar.set_style(style.expect("the template is well formed"));
    while !load.is_given_up() && Instant::now() < end {
        let elapsed = begin.elapsed();
        let (now, all) = (elapsed.as_secs_f64(), total.as_secs_f64());
        bar.set_message(format!("{now:.1} of {all:.1} s"));
        bar.set_position(elapsed.as_millis() as u64);
        let left = end.saturating_duration_since(Instant::now());
        thread::sleep(left.min(Duration::from_millis(100)));
    }
    bar.finish_and_clear();
}

/// Whether the map holds exactly what the writer left.
fn compare(load: &Load<'_>, writings: &Writings) -> Result<(), String> {
    let map = load.map.pin();
    let get = |key: &str| map.get(key).map(String::as_str);
    writings.ledger.compare(load.names.iter(), get)
}
