//! The report of a comparison, as text and as JSON.

use crate::comparison::Tally;
use crate::contender::Contention;
use crate::latency::{Kind, Summary, summary};
use crate::machine::Machine;
use crate::round::Measured;
use crate::statistics::{bounds, median};
use crate::table;
use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Serialize)]
pub(crate) struct Report<'r> {
    /// What was run, in words.
    pub(crate) load: String,
    pub(crate) threads: usize,
    pub(crate) processors: usize,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
    pub(crate) operations_per_round: u64,
    /// What reading the clock adds to each latency.
    pub(crate) clock_cost_ns: u64,
    pub(crate) maps: Vec<Outcome>,
    /// None if no map has the figure that `--by` names.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) machine: Machine,
    #[serde(skip)]
    pub(crate) tallies: &'r [Tally],
}

/// The results of one map.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    /// The median of the rounds, and its bounds.
    pub(crate) operations_per_second: f64,
    pub(crate) at_least: f64,
    pub(crate) at_most: f64,
    pub(crate) operations_per_second_by_round: Vec<f64>,
    pub(crate) slowest_thread_per_second: f64,
    pub(crate) fastest_thread_per_second: f64,
    /// In how many rounds the map was stopped before it had done all operations.
    pub(crate) stopped_rounds: usize,
    pub(crate) bytes_per_entry: Option<f64>,
    pub(crate) latencies: BTreeMap<Kind, Summary>,
    pub(crate) locks: Option<Locks>,
}

/// The statistics of its locks over all rounds.
#[derive(Debug, Serialize)]
pub(crate) struct Locks {
    pub(crate) acquisitions: u64,
    pub(crate) contended: u64,
    pub(crate) waited_ns: u128,
}

impl From<&Tally> for Outcome {
    fn from(tally: &Tally) -> Self {
        let rounds: Vec<_> = tally.rounds.iter().map(Measured::per_second).collect();
        let (at_least, at_most) = bounds(&rounds);
        let kinds = Kind::ALL.into_iter();
        let latencies = kinds.filter_map(|kind| Some((kind, summary(tally.latencies.of(kind))?)));
        Self {
            name: tally.name,
            operations_per_second: median(&rounds),
            at_least,
            at_most,
            operations_per_second_by_round: rounds,
            slowest_thread_per_second: tally.slowest_thread(),
            fastest_thread_per_second: tally.fastest_thread(),
            stopped_rounds: tally.stopped(),
            bytes_per_entry: tally.bytes_per_entry,
            latencies: latencies.collect(),
            locks: tally.contention.map(Locks::from),
        }
    }
}

impl From<Contention> for Locks {
    fn from(seen: Contention) -> Self {
        Self {
            acquisitions: seen.acquisitions,
            contended: seen.contended,
            waited_ns: seen.waited.as_nanos(),
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.load)?;
        writeln!(
            f,
            "{} rounds of {} operations for each map, {} processors; threads in million op/s; \
             best of a column: *\n",
            self.rounds, self.operations_per_round, self.processors
        )?;
        writeln!(f, "{}\n", table::tables(self.tallies))?;
        if self.maps.iter().any(|map| map.stopped_rounds > 0) {
            writeln!(
                f,
                "† stopped in some rounds: too slow to do as much as the others."
            )?;
        }
        writeln!(
            f,
            "Reading the clock is {} ns of each latency.",
            self.clock_cost_ns
        )?;
        if self.threads > self.processors {
            writeln!(
                f,
                "There are more threads than processors: the high percentiles are those of the \
                 scheduler too."
            )?;
        }
        writeln!(f, "{}", self.machine.words)?;
        match &self.verdict {
            Some(Verdict { words, ranking, .. }) => {
                writeln!(f, "\n{words}")?;
                (ranking.iter()).try_for_each(|ranking| writeln!(f, "\n{ranking}"))
            }
            None => writeln!(
                f,
                "\nNo verdict: there were no operations that --by measures."
            ),
        }
    }
}
