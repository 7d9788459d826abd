use crate::comparison::Tally;
use crate::latency::{Kind, Latencies};
use crate::metric::Metric;
use crate::round::Measured;
use crate::verdict::{Certainty, Verdict};
use std::time::Duration;

/// A round of so many operations in a second, in which look-ups took so long.
fn round(operations: u64, get_ns: u64) -> Measured {
    let mut latencies = Latencies::new();
    latencies.record(Kind::Get, Duration::from_nanos(get_ns));
    Measured {
        operations,
        time: Duration::from_secs(1),
        threads: 1,
        slowest_thread: 0.0,
        fastest_thread: 0.0,
        stopped: false,
        latencies,
        contention: None,
    }
}

fn tally(name: &'static str, rounds: Vec<Measured>) -> Tally {
    Tally {
        name,
        latencies: Latencies::new(),
        rounds,
        contention: None,
        bytes_per_entry: None,
    }
}

/// Of nine rounds.
fn paces(name: &'static str, operations: [u64; 9]) -> Tally {
    let rounds = operations.map(|operations| round(operations, 1));
    tally(name, rounds.into())
}

fn verdict(tallies: &[Tally]) -> Verdict {
    Verdict::of(tallies, Metric::Throughput).expect("there are rounds")
}

#[test]
fn a_quarter_more_in_all_rounds_is_clear() {
    let verdict = verdict(&[
        paces("MutexMap", [100; 9]),
        paces("SyncMap", [140; 9]),
        paces("papaya", [90; 9]),
    ]);
    assert_eq!(verdict.take, "SyncMap");
    assert_eq!(verdict.certainty, Certainty::Clear);
    let (next, lead) = verdict.lead.expect("there are others");
    assert_eq!((next, lead.ratio, lead.ahead), ("MutexMap", 1.4, 9));
    assert!(verdict.words.contains("SyncMap"), "{}", verdict.words);
    assert!(verdict.words.contains("1.40 times"), "{}", verdict.words);
}

#[test]
fn a_tenth_more_in_all_rounds_is_likely() {
    let verdict = verdict(&[paces("MutexMap", [100; 9]), paces("papaya", [110; 9])]);
    assert_eq!(
        (verdict.take, verdict.certainty),
        ("papaya", Certainty::Likely)
    );
}

#[test]
fn a_lead_that_comes_and_goes_is_unsure() {
    let ups_and_downs = [50, 60, 70, 120, 130, 140, 150, 160, 170];
    let verdict = verdict(&[paces("MutexMap", [100; 9]), paces("dashmap", ups_and_downs)]);
    assert_eq!(
        (verdict.take, verdict.certainty),
        ("dashmap", Certainty::Unsure)
    );
    assert!(verdict.words.contains("not sure"), "{}", verdict.words);
}

#[test]
fn of_equals_the_simplest_is_to_be_taken() {
    let verdict = verdict(&[
        paces("MutexMap", [90; 9]),
        paces("papaya", [104; 9]),
        paces("ShardedMap", [100; 9]),
    ]);
    assert_eq!(
        (verdict.take, verdict.certainty),
        ("ShardedMap", Certainty::Tie)
    );
    assert_eq!(verdict.level, ["papaya", "ShardedMap"]);
    assert_eq!(verdict.figure, 100.0);
    let (compared, lead) = verdict.lead.expect("there are others");
    assert_eq!((compared, lead.ratio), ("ShardedMap", 1.04));
}

#[test]
fn rounds_are_compared_pair_by_pair() {
    // The machine was twice as slow in the later rounds, for both.
    let verdict = verdict(&[
        paces("MutexMap", [200, 200, 200, 200, 100, 100, 100, 100, 100]),
        paces("dashmap", [280, 280, 280, 280, 140, 140, 140, 140, 140]),
    ]);
    let (_, lead) = verdict.lead.expect("there are others");
    assert_eq!((lead.at_least, lead.at_most), (1.4, 1.4));
    assert_eq!(verdict.certainty, Certainty::Clear);
}

/// As medians go the other one would be ahead.
#[test]
fn the_best_is_ahead_in_most_rounds_not_in_the_middle_of_all() {
    let verdict = verdict(&[
        paces("dashmap", [10, 11, 12, 80, 90, 95, 96, 97, 98]),
        paces("scc", [20, 22, 24, 81, 85, 100, 101, 102, 103]),
        paces("papaya", [1; 9]),
    ]);
    assert_eq!(verdict.level, ["scc"]);
    let (next, lead) = verdict.lead.expect("there are others");
    assert_eq!((next, lead.ahead), ("dashmap", 8));
}

#[test]
fn of_latencies_less_is_better() {
    let rounds = |ns| (0..9).map(|_| round(1, ns)).collect();
    let tallies = [
        tally("MutexMap", rounds(200)),
        tally("SyncMap", rounds(100)),
    ];
    let verdict = Verdict::of(&tallies, Metric::GetP99).expect("there are look-ups");
    assert_eq!((verdict.take, verdict.figure), ("SyncMap", 100.0));
    assert_eq!(verdict.lead.expect("there is another").1.ratio, 2.0);
    let writes = Verdict::of(&tallies, Metric::WriteP99);
    assert!(writes.is_none(), "there are no writes");
}

#[test]
fn one_map_is_taken_for_want_of_another() {
    let verdict = verdict(&[paces("scc", [100; 9])]);
    assert_eq!((verdict.take, verdict.certainty), ("scc", Certainty::Alone));
}
