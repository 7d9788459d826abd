//! Pictures of results that were not measured: of equals, of extremes, of the widest texts.

use crate::comparison::Tally;
use crate::latency::{Kind, Latencies};
use crate::machine::Machine;
use crate::metric::Metric;
use crate::plot;
use crate::program::file;
use crate::roster::NAMES;
use crate::round::Measured;
use crate::sweep::{READS, Square, Sweep, thread_counts};
use crate::verdict::{Certainty, Lead, Verdict};
use std::fs::read_to_string;
use std::path::Path;
use std::time::Duration;

const LOAD: &str = "128 threads, 99.9 % reads; 50,000,000 string keys, 12.5 % of them in \
    87.5 % of the operations, values of 1,048,576 bytes; 12.5 % of the reads are of absent \
    keys; 12.5 % of the writes insert new keys, 12.5 % remove";

/// A map with so many operations a second, and latencies of so many nanoseconds.
pub(crate) fn tally(name: &'static str, operations: u64, ns: u64) -> Tally {
    let mut latencies = Latencies::new();
    for nth in 0..20_000 {
        let latency = Duration::from_nanos(ns + nth);
        latencies.record(Kind::Get, latency);
        latencies.record(Kind::Insert, latency);
    }
    let round = Measured {
        operations,
        time: Duration::from_secs(1),
        threads: 1,
        slowest_thread: 0.0,
        fastest_thread: 0.0,
        stopped: false,
        latencies: Latencies::new(),
        contention: None,
    };
    Tally {
        name,
        rounds: vec![round],
        latencies,
        contention: None,
        bytes_per_entry: None,
    }
}

/// The picture of a comparison with up to so many threads: of the most first.
fn comparison(name: &str, threads: usize, tally: impl Fn(usize, &'static str) -> Tally) -> String {
    let path = file(name, b"");
    let names = || NAMES.into_iter().enumerate();
    let tallies = || names().map(|(nth, name)| tally(nth, name)).collect();
    let counts = thread_counts(threads).into_iter().rev();
    let by_threads: Vec<_> = counts.map(|threads| (threads, tallies())).collect();
    plot::comparison(Path::new(&path), LOAD, &by_threads).expect("the picture is drawn");
    read_to_string(path).expect("the picture is there")
}

/// All maps have the same figures.
pub(crate) fn equals(name: &str, threads: usize) -> String {
    comparison(name, threads, |_, name| tally(name, 48_200_000, 110))
}

/// All maps have other figures, some much larger than others.
pub(crate) fn differing(name: &str, threads: usize) -> String {
    comparison(name, threads, |nth, name| {
        tally(name, 10_u64.pow(nth as u32), 10_u64.pow(nth as u32))
    })
}

/// The picture of a sweep.
pub(crate) fn sweep(name: &str, threads: usize, level: &[&'static str]) -> String {
    let path = file(name, b"");
    plot::sweep(Path::new(&path), &swept(threads, level)).expect("the picture is drawn");
    read_to_string(path).expect("the picture is there")
}

/// A sweep with the same verdict everywhere: these maps are as good as each other.
pub(crate) fn swept(threads: usize, level: &[&'static str]) -> Sweep {
    let lead = Lead {
        ratio: 99.9,
        at_least: 1.0,
        at_most: 2.0,
        ahead: 5,
        rounds: 5,
    };
    let verdict = Verdict {
        by: Metric::Throughput,
        take: "ShardedMap",
        figure: 1.0,
        certainty: match level.len() {
            1 => Certainty::Unsure,
            _ => Certainty::Tie,
        },
        either: vec!["ShardedMap"],
        level: level.into(),
        lead: Some(("HybridMap", lead)),
        words: String::new(),
        ranking: None,
    };
    let square = |threads, reads| Square {
        threads,
        reads,
        verdict: Some(verdict.clone()),
    };
    let row = |&threads: &usize| READS.map(|reads| square(threads, reads));
    let threads = thread_counts(threads);
    Sweep {
        load: LOAD.into(),
        processors: 128,
        rounds: 1_001,
        cells: threads.iter().flat_map(row).collect(),
        threads,
        reads: READS,
        machine: Machine::of(None),
    }
}

/// The longest text of a square, and longer ones that do not fit.
pub(crate) const LEVELS: [&[&str]; 3] = [
    &["ShardedMap"],
    &["ShardedMap", "HybridMap"],
    &[
        "ShardedMap",
        "MutexMap",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
    ],
];

/// Pictures of all kinds.
pub(crate) fn all(test: &str) -> Vec<String> {
    let named = |kind: &str| format!("{test}-{kind}.svg");
    vec![
        equals(&named("equals-1"), 1),
        equals(&named("equals-128"), 128),
        differing(&named("differing-2"), 2),
        differing(&named("differing-128"), 128),
        sweep(&named("sweep-1"), 1, LEVELS[0]),
        sweep(&named("sweep-4"), 4, LEVELS[1]),
        sweep(&named("sweep-128"), 128, LEVELS[2]),
    ]
}
