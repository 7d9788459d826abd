//! The command line: its options, their limits and defaults.

use crate::numbers::{real, whole};
use clap::{Args, Parser};
use std::ops::RangeInclusive;
use std::path::PathBuf;

const READERS: RangeInclusive<usize> = 1..=1_024;
const SECONDS: RangeInclusive<f64> = 0.01..=86_400.0;
const WRITES_PER_SECOND: RangeInclusive<u32> = 0..=1_000_000;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;

/// A registry that is looked up all the time and changed now and then
///
/// Fills a readmostly::SyncMap with a table of keys and values. With --query it
/// prints the values of some keys. Without, it puts the map under load: readers
/// look keys up, the popular keys far more often than the others. One writer
/// overwrites, adds and removes keys on a schedule. The readers check every value.
/// The report says how fast the look-ups were and what the map did inside.
#[derive(Debug, Parser)]
#[command(name = "registry", version, verbatim_doc_comment)]
#[command(after_help = EXAMPLES, after_long_help = format!("{FORMATS}\n\n{EXAMPLES}"))]
pub(crate) struct Arguments {
    /// File with the table; `-` is standard input
    ///
    /// Without it: a table of file extensions and their media types.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,

    /// Print the values of these keys, and run no load
    #[arg(long, value_name = "KEY", num_args = 1.., conflicts_with = "Load")]
    pub(crate) query: Option<Vec<String>>,

    #[command(flatten)]
    pub(crate) load: Load,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub(crate) struct Load {
    /// Threads that look keys up
    #[arg(long, value_name = "N", default_value_t = 2)]
    #[arg(value_parser = whole(READERS), allow_hyphen_values = true)]
    pub(crate) readers: usize,

    /// How long to run; fractions are fine
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    #[arg(value_parser = real(SECONDS), allow_hyphen_values = true)]
    pub(crate) seconds: f64,

    /// Writes per second; 0: none
    ///
    /// Of ten writes, eight overwrite a key of the table, one adds a key and
    /// one removes a key that was added.
    #[arg(long, value_name = "N", default_value_t = 1_000, verbatim_doc_comment)]
    #[arg(value_parser = whole(WRITES_PER_SECOND), allow_hyphen_values = true)]
    pub(crate) writes_per_second: u32,

    /// How many look-ups are of absent keys
    #[arg(long, value_name = "PERCENT", default_value_t = 3.0)]
    #[arg(value_parser = real(PERCENT), allow_hyphen_values = true)]
    pub(crate) absent: f64,

    /// Pin the map for 64 look-ups at a time
    ///
    /// Without it, each look-up pins the map by itself.
    #[arg(long)]
    pub(crate) pinned: bool,

    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = whole(0..=u64::MAX), allow_hyphen_values = true)]
    pub(crate) seed: u64,

    /// Print the report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

impl Load {
    /// How many writes are due before the end.
    pub(crate) fn scheduled(&self) -> u64 {
        (f64::from(self.writes_per_second) * self.seconds).ceil() as u64
    }
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p registry
  cargo run --release -p registry -- --query png html
  cargo run --release -p registry -- --readers 8 --seconds 0.5 --json
  printf 'one\\t1\\n' | cargo run -p registry -- --input - --query one";

const FORMATS: &str = "\
The table:
  UTF-8 text, at most 256 MiB. Each line is a key, one tab and a value, neither
  of them empty, and no key comes twice. Empty lines are skipped; there are no
  comments. If a table has anything else in it, the whole table is refused.

The JSON object, whose field names end in their units:
  source, keys, readers, pinned, seed, absent_percent: what was run
  elapsed_seconds: from the start to the end of all threads
  lookup_seconds: the part of it in which the readers looked keys up; in the
    rest they ran the driver alone: the same loop without the map, which
    chooses a key and checks a value
  lookups, found, not_found: counts; the first is the sum of the others
  driver_steps: a count: passes of the driver's loop
  driver_percent: the driver's part of the measured time of a look-up;
    driver_percent_error: half its interval of 95 % certainty, from chance
    alone; null in a run that is too short
  lookups_per_second: measured: lookups / lookup_seconds; net: without the
    driver, or null if driver_percent is too uncertain; driver: as fast as the
    readers would be if a look-up took no time; measured_by_reader: a list
  lookup_timed_every: one look-up in so many is timed
  lookup_latency: measured: from the call to the reference in hand, with the
    clock; driver: the clock alone; net: measured, less the driver's p50
  writes: wanted_per_second, made_per_second; scheduled, made: counts;
    overwrite_latency, add_latency, remove_latency: from the call to its end,
    with the clock; schedule_latency: from when any write was due to its end
  each latency: samples: a count; p50_ns, p99_ns, p999_ns, max_ns; or null if
    there are no samples
  map: counts, named as in readmostly::Stats; keys and tombstones: at the end;
    the others: while the load ran; locks: calls that took the mutex; misses:
    calls that searched behind the mutex and count towards a promotion, not
    look-ups that found no key; promotions, rebuilds, copied_entries,
    expunges, unexpunges
  violation: null, or what was wrong with a value that was read
  summary: what the counts of the map mean, in sentences

Exit codes:
  0  all is well
  1  a queried key is absent from the table
  2  the command line or the table was refused, or the output failed
  3  a reader saw a value that nobody put there";
