//! The report of a comparison, as text and as JSON.

use crate::comparison::Tally;
use crate::contender::Contention;
use crate::latency::{Kind, Summary, summary};
use crate::lines::wrapped;
use crate::machine::Machine;
use crate::round::Measured;
use crate::statistics::{bounds, median};
use crate::table;
use crate::units::{count, duration};
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
        writeln!(f, "{}\n", wrapped(&self.load))?;
        writeln!(f, "{}\n", table::tables(self.tallies))?;
        let mut notes = self.notes();
        notes.push(self.machine.words.clone());
        writeln!(f, "{}", wrapped(&notes.join("\n")))?;
        // Last, where a reader of a terminal looks first.
        match &self.verdict {
            Some(Verdict { words, ranking, .. }) => {
                writeln!(f, "\n{}", wrapped(words))?;
                (ranking.iter()).try_for_each(|ranking| writeln!(f, "\n{}", wrapped(ranking)))
            }
            None => writeln!(
                f,
                "\nNo verdict: there were no operations that --by measures."
            ),
        }
    }
}

impl Report<'_> {
    /// What a reader of the tables has to know, in sentences.
    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            String::from("* The best of its column."),
            format!(
                "Each map ran {} rounds of {} operations; there are {} processors.",
                count(self.rounds as u64),
                count(self.operations_per_round),
                self.processors
            ),
            format!(
                "Each time includes {} to read the clock.",
                duration(self.clock_cost_ns as f64)
            ),
        ];
        if self.maps.iter().any(|map| map.stopped_rounds > 0) {
            notes.insert(1, String::from(STOPPED));
        }
        if self.threads > self.processors {
            notes.push(String::from(MANY_THREADS));
        }
        notes
    }
}

const STOPPED: &str = "† Too slow: in some rounds the map was stopped before it had done as much \
     as the others.";

const MANY_THREADS: &str = "There are more threads than processors, so the high percentiles \
     include times in which a thread waits for a processor.";
