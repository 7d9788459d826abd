//! The command line: what it may say, and within which limits.

use crate::metric::Metric;
use crate::numbers::{real, whole};
use crate::preset::Preset;
use crate::skew::Skew;
use crate::workload::Workload;
use clap::{Args, CommandFactory, Parser, error::ErrorKind};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;

const KEYS: RangeInclusive<u32> = 1..=50_000_000;
const THREADS: RangeInclusive<usize> = 1..=128;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const VALUE_BYTES: RangeInclusive<usize> = 1..=1 << 20;
const SECONDS: RangeInclusive<f64> = 0.1..=86_400.0;
const ROUNDS: RangeInclusive<usize> = 5..=1_001;
const OPERATIONS: RangeInclusive<u64> = 1_000..=1_000_000_000;

/// Which concurrent map a workload needs, measured on this machine
///
/// Puts the five maps of readmostly, and papaya, dashmap, scc and a HashMap in
/// an ArcSwap, under one and the same load, by turns, and says which to take,
/// by which figure, and how sure that is. The load is described by flags, named
/// by a preset, or replayed from a trace of a running program.
#[derive(Clone, Debug, Parser)]
#[command(name = "choose", version, verbatim_doc_comment)]
#[command(after_help = EXAMPLES, after_long_help = format!("{READING}\n\n{EXAMPLES}"))]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) load: Load,

    /// How long all measurements take, about, beside the filling of the maps
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    #[arg(value_parser = real(SECONDS), allow_hyphen_values = true)]
    pub(crate) seconds: f64,

    /// How many operations each map gets in a round, in place of --seconds
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    #[arg(value_parser = whole(OPERATIONS), allow_hyphen_values = true)]
    pub(crate) operations: Option<u64>,

    /// How often each map has its turn
    #[arg(long, value_name = "N", default_value_t = 45)]
    #[arg(value_parser = whole(ROUNDS), allow_hyphen_values = true)]
    pub(crate) rounds: usize,

    /// What decides
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Metric::Throughput)]
    pub(crate) by: Metric,

    /// Measure these alone; names as in the table
    #[arg(long, value_name = "MAP", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Chooses the order of the operations
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Measure every combination of shares of reads and of threads: 1, 2, 4 and so on up to
    /// --threads [default: twice the processors]
    #[arg(long, conflicts_with_all = ["trace", "operations", "reads"])]
    pub(crate) sweep: bool,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Draw a picture: throughput over threads and latencies, or the sweep
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Load")]
pub(crate) struct Load {
    /// A load by its name; the other flags change it
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) preset: Option<Preset>,

    /// Replay a recorded program: lines of `operation,key`
    #[arg(long, value_name = "FILE")]
    #[arg(conflicts_with_all = [
        "preset", "keys", "reads", "misses", "new_keys", "removes", "skew",
    ])]
    pub(crate) trace: Option<PathBuf>,

    /// Keys that are there at the beginning [default: 10000]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(KEYS), allow_hyphen_values = true)]
    pub(crate) keys: Option<u32>,

    /// Threads that all do the same [default: as many as processors]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(THREADS), allow_hyphen_values = true)]
    pub(crate) threads: Option<usize>,

    /// How many of all operations are look-ups [default: 99]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) reads: Option<f64>,

    /// How many look-ups are of keys that are never there [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) misses: Option<f64>,

    /// How many writes insert a key that was never there [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) new_keys: Option<f64>,

    /// How many writes remove a key: the oldest new one, or any [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) removes: Option<f64>,

    /// Which keys: uniform, zipf:EXPONENT or hot:KEYS/OPERATIONS in percent
    /// [default: uniform]
    #[arg(long, value_name = "HOW")]
    pub(crate) skew: Option<Skew>,

    /// The size of a value; up to 8 it stands in the map itself [default: 8]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(VALUE_BYTES), allow_hyphen_values = true)]
    pub(crate) value_bytes: Option<usize>,

    /// Keys are strings of 24 bytes, not numbers
    #[arg(long)]
    pub(crate) string_keys: bool,
}

impl Arguments {
    /// The load that flags and preset describe. Of a trace: but for what the trace
    /// says.
    pub(crate) fn workload(&self) -> Result<Workload, clap::Error> {
        let load = &self.load;
        let base = load.preset.map_or_else(Workload::default, Preset::workload);
        let workload = Workload {
            keys: load.keys.unwrap_or(base.keys),
            threads: load.threads.unwrap_or(base.threads),
            reads: load.reads.unwrap_or(base.reads),
            misses: load.misses.unwrap_or(base.misses),
            new_keys: load.new_keys.unwrap_or(base.new_keys),
            removes: load.removes.unwrap_or(base.removes),
            skew: load.skew.unwrap_or(base.skew),
            value_bytes: load.value_bytes.unwrap_or(base.value_bytes),
            string_keys: load.string_keys || base.string_keys,
        };
        let (new_keys, removes) = (workload.new_keys, workload.removes);
        if new_keys + removes > 100.0 {
            return Err(refusal(format!(
                "--new-keys {new_keys} and --removes {removes} are more than 100 percent of \
                 the writes together"
            )));
        }
        Ok(workload)
    }
}

/// An error of the command line as a whole.
pub(crate) fn refusal(problem: impl Display) -> clap::Error {
    Arguments::command().error(ErrorKind::ValueValidation, problem)
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release --example choose
  cargo run --release --example choose -- --reads 50 --threads 16 --skew hot:10/90
  cargo run --release --example choose -- --preset balanced --plot balanced.svg
  cargo run --release --example choose -- --sweep --keys 1000
  cargo run --release --features lock-stats --example choose -- --preset hot-keys";

const READING: &str = "\
How it measures:
  Every map has the same hasher (foldhash), is filled anew for each round, and
  does the same operations in the same order, which the threads share out among
  them in pieces of 256. The maps take turns, and who begins changes from round
  to round; the threads stay each on its processor. One operation in 61 is timed;
  a latency is as seen by the caller.
  A map that takes more than three times its share of the time is stopped.
  Bytes per entry are those the allocator was asked for, keys and values too.
  HybridMap is built with promote_after(64); the others have their defaults.

The verdict:
  How far one map is ahead of another is the median of the ratios of the rounds,
  between bounds that hold it with 95 % certainty: what slows one map down in a
  round slows the others too, so short rounds and many of them tell most. The
  best is the map that even its closest rival is furthest behind. Of maps that
  are within 5 % of it the simplest is to be taken.

A trace:
  One operation a line, `get,KEY`, `miss,KEY`, `insert,KEY`, `overwrite,KEY`,
  `remove,KEY`, `clear` or `walk`; `#` begins a comment. A key whose first line
  is a get, an overwrite or a remove is there at the beginning. At the end what it
  changed is put back, and it is repeated, with new names for the keys that came.
  See readmostly::primitives::Recorded for recording one.

Exit codes:
  0  all is well
  2  the command line or the trace was refused, or the output failed";
