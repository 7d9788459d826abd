//! The command line: its options, their limits and defaults.

use crate::demands;
use crate::lines::COLUMNS;
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
/// Puts the five maps of readmostly, and papaya, dashmap, scc, kovan-map and a
/// HashMap in an ArcSwap, under the same load, in turn. Says which map to take, by
/// which figure, and how sure that is. The load is described by flags, named by a
/// preset, or replayed from a trace of a running program.
#[derive(Clone, Debug, Parser)]
#[command(name = "choose", version, verbatim_doc_comment, max_term_width = COLUMNS)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) load: Load,

    /// About how long all measurements take, with their warm-ups
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    #[arg(value_parser = real(SECONDS), allow_hyphen_values = true)]
    pub(crate) seconds: f64,

    /// How many operations each map does in a round, instead of --seconds
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    #[arg(value_parser = whole(OPERATIONS), allow_hyphen_values = true)]
    pub(crate) operations: Option<u64>,

    /// How many rounds; each map is measured once in each
    #[arg(long, value_name = "N", default_value_t = 45)]
    #[arg(value_parser = whole(ROUNDS), allow_hyphen_values = true)]
    pub(crate) rounds: usize,

    /// The figure that decides
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Metric::Throughput)]
    pub(crate) by: Metric,

    /// Measure only these maps; names as in the table
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

    /// Keys that are present at the start [default: 10000]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(KEYS), allow_hyphen_values = true)]
    pub(crate) keys: Option<u32>,

    /// Threads, all under the same load [default: as many as processors]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(THREADS), allow_hyphen_values = true)]
    pub(crate) threads: Option<usize>,

    /// Share of look-ups among all operations [default: 99]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) reads: Option<f64>,

    /// Share of look-ups that are of absent keys [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) misses: Option<f64>,

    /// Share of writes that insert a new key [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) new_keys: Option<f64>,

    /// Share of writes that remove a key: the oldest new one, or else any [default: 0]
    #[arg(long, value_name = "PERCENT")]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) removes: Option<f64>,

    /// Which keys: uniform, zipf:EXPONENT or hot:KEYS/OPERATIONS in percent
    /// [default: uniform]
    #[arg(long, value_name = "HOW")]
    pub(crate) skew: Option<Skew>,

    /// The size of a value; up to 8 bytes it is stored in the map itself [default: 8]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole(VALUE_BYTES), allow_hyphen_values = true)]
    pub(crate) value_bytes: Option<usize>,

    /// Keys are strings of 24 bytes, not numbers
    #[arg(long)]
    pub(crate) string_keys: bool,
}

impl Arguments {
    /// The load that flags and preset describe. A trace replaces its keys and
    /// operations.
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

fn long_help() -> String {
    let demands = demands::table();
    format!("{READING}\n\n{demands}\n\n{END}\n\n{EXAMPLES}")
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p choose
  cargo run --release -p choose -- --reads 50 --threads 16 --skew hot:10/90
  cargo run --release -p choose -- --preset balanced --plot balanced.svg
  cargo run --release -p choose -- --sweep --keys 1000
  cargo run --release -p choose --features lock-stats -- --preset hot-keys";

const READING: &str = "\
How it measures:
  Every map has the same hasher (foldhash) and does the same operations in the
  same order. The threads take the operations in pieces of 256, and each
  thread stays on one processor. The maps take turns, and each round starts
  with another map. One operation in 61 is timed, from the call to its return.
  Only a warm map is measured. Each map is filled once. Then it does a fifth
  as many operations as all its measurements have, untimed. So it is in the
  state in which the load keeps it. Each of its turns starts with a further
  fifth, untimed, because the other maps had the caches. A load with new keys
  has no such state. For such a load, and if all maps together need more than
  1 GiB, each map is filled anew for each turn, before the untimed fifth.
  A map that takes more than three times its share of the time is stopped.
  Bytes per entry are what the allocator was asked for, with keys and values.
  HybridMap is built with promote_after(64). The others have their defaults.

The verdict:
  The lead of one map over another is the median of their ratios in the
  rounds, with bounds that contain it with 95 % certainty. What slows one map
  down in a round slows the others too, so many short rounds tell most. The
  best map is the one with the largest lead over its closest rival.
  The bounds are those of one run. In another run a map lies elsewhere in
  memory. So a lead of less than a quarter is never called clear.
  The maps that are within 5 % of the best are its equals. Of equals, the
  verdict takes the map with the fewest demands on its user. Demands are
  counted, not weighed. If the numbers of demands are equal too, the verdict
  names all of these maps: other crates' maps first, then in alphabetical
  order. The report ends with the demands of the equals.
  If other programs and the host of a virtual machine together had more than
  5 % of the processors' time, the report says so, and no verdict is better
  than unsure. Only Linux tells these times.";

const END: &str = "\
A trace:
  One operation a line, `get,KEY`, `miss,KEY`, `insert,KEY`, `overwrite,KEY`,
  `remove,KEY`, `clear` or `walk`; `#` begins a comment. A key whose first line
  is a get, an overwrite or a remove is present at the start. After its last
  line the changes of the trace are undone. Then the trace is repeated, with new
  names for all keys that are absent at the start.
  readmostly::primitives::Recorded records a trace.

Exit codes:
  0  all is well
  2  the command line or the trace was refused, or the output failed";
