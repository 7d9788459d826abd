//! The load: one map, some readers, one writer, for a while.

use crate::Registry;
use crate::arguments;
use crate::latency::clock_cost_ns;
use crate::names::Names;
use crate::random::Random;
use crate::reader::{Reader, Readings};
use crate::report::{Report, Run};
use crate::table::Table;
use crate::writer::{Writer, Writings};
use indicatif::{ProgressBar, ProgressStyle};
use std::error::Error;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// What the threads share.
#[derive(Debug)]
pub(crate) struct Load<'l> {
    pub(crate) map: &'l Registry,
    pub(crate) names: &'l Names,
    pub(crate) options: &'l arguments::Load,
    /// Locked until every thread is there, so that none begins before.
    time: RwLock<Time>,
    given_up: AtomicBool,
}

/// When the load runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

/// Loads the table, runs the load, and reports on it.
///
/// # Errors
///
/// If a thread cannot be started.
pub(crate) fn run(table: Table, options: &arguments::Load) -> Result<Report, Box<dyn Error>> {
    let keys = table.pairs.len();
    let mut random = Random::new(options.seed, 0);
    let names = Names::new(table.pairs, options.unknown, &mut random);
    let map = names.registry();
    let clock_cost_ns = clock_cost_ns();
    let before = map.stats();
    let load = Load {
        map: &map,
        names: &names,
        options,
        time: RwLock::new(Time::from_now(options)),
        given_up: AtomicBool::new(false),
    };
    let (readings, writings) = load.threads()?;
    let elapsed = load.time().begin.elapsed();
    let after = map.stats();
    let violation = readings.iter().find_map(|seen| seen.violation.clone());
    Ok(Report::new(Run {
        source: table.source,
        keys,
        options,
        clock_cost_ns,
        elapsed,
        violation: violation.or_else(|| load.compare(&writings).err()),
        readings,
        scheduled: load.scheduled(),
        writings,
        before,
        after,
    }))
}

impl Load<'_> {
    /// When the load runs. Waits until that is known.
    pub(crate) fn time(&self) -> Time {
        *self.time.read().expect("whoever holds it does not panic")
    }

    /// Whether the load ends before its time.
    pub(crate) fn is_given_up(&self) -> bool {
        // Relaxed: nothing but the flag travels with it; whoever wants the
        // threads' findings joins them.
        self.given_up.load(Ordering::Relaxed)
    }

    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// How many writes are due before the end.
    pub(crate) fn scheduled(&self) -> u64 {
        (f64::from(self.options.writes_per_second) * self.options.seconds).ceil() as u64
    }

    fn threads(&self) -> Result<(Vec<Readings>, Writings), Box<dyn Error>> {
        let random = |stream| Random::new(self.options.seed, stream);
        thread::scope(|scope| {
            let mut time = self.time.write().expect("nobody has it yet");
            // Those that did start must not wait in vain for those that did not.
            let refused = |problem| {
                self.give_up();
                format!("--readers: a thread cannot be started: {problem}")
            };
            let writer = Writer::new(self, random(1));
            let writer = Builder::new().spawn_scoped(scope, || writer.run());
            let writer = writer.map_err(refused)?;
            let mut readers = Vec::new();
            for nth in 0..self.options.readers {
                let reader = Reader::new(self, random(2 + nth as u64));
                let reader = Builder::new().spawn_scoped(scope, || reader.run());
                readers.push(reader.map_err(refused)?);
            }
            *time = Time::from_now(self.options);
            drop(time);
            self.watch();
            let joined = readers.into_iter().map(|reader| reader.join());
            let readings = joined.collect::<thread::Result<_>>();
            let readings = readings.expect("readers do not panic");
            Ok((readings, writer.join().expect("the writer does not panic")))
        })
    }

    /// Waits for the end, and shows on a terminal how far it is.
    fn watch(&self) {
        let Time { begin, end } = self.time();
        let total = end - begin;
        let bar = ProgressBar::new(total.as_millis() as u64);
        let style = ProgressStyle::with_template("{bar:40} {msg}");
        bar.set_style(style.expect("the template is well formed"));
        while !self.is_given_up() && Instant::now() < end {
            let elapsed = begin.elapsed();
            let (now, all) = (elapsed.as_secs_f64(), total.as_secs_f64());
            bar.set_message(format!("{now:.1} of {all:.1} s"));
            bar.set_position(elapsed.as_millis() as u64);
            let left = end.saturating_duration_since(Instant::now());
            thread::sleep(left.min(Duration::from_millis(100)));
        }
        bar.finish_and_clear();
    }

    /// Whether the map now is what the writer left.
    fn compare(&self, writings: &Writings) -> Result<(), String> {
        let map = self.map.pin();
        for (index, name) in self.names.iter().enumerate() {
            let found = map.get(&name.key).map(String::as_str);
            writings.ledger.check(index, name, found)?;
        }
        Ok(())
    }
}

impl Time {
    fn from_now(options: &arguments::Load) -> Self {
        let begin = Instant::now();
        let end = begin + Duration::from_secs_f64(options.seconds);
        Self { begin, end }
    }
}
