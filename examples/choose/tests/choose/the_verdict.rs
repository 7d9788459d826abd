use crate::comparison::Tally;
use crate::demands;
use crate::latency::{Kind, Latencies};
use crate::machine::{Machine, Spent};
use crate::metric::Metric;
use crate::roster::NAMES;
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

/// Others had so much of its time, in percent.
fn machine(others: u64) -> Machine {
    Machine::of(Some(Spent {
        all: 1_000,
        others: 10 * others,
        stolen: 0,
    }))
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

/// At the bounds themselves: 1.05 is a lead, and 1.25 is a clear one.
#[test]
fn a_twentieth_is_a_lead_and_a_quarter_is_clear() {
    let certainty = |pace| {
        let verdict = verdict(&[paces("MutexMap", [100; 9]), paces("papaya", [pace; 9])]);
        (verdict.level.len(), verdict.certainty)
    };
    assert_eq!(certainty(104), (2, Certainty::Tie));
    assert_eq!(certainty(105), (1, Certainty::Likely));
    assert_eq!(certainty(124), (1, Certainty::Likely));
    assert_eq!(certainty(125), (1, Certainty::Clear));
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
fn of_equals_the_one_with_the_fewest_demands_is_to_be_taken() {
    let verdict = verdict(&[
        paces("MutexMap", [90; 9]),
        paces("SyncMap", [104; 9]),
        paces("papaya", [100; 9]),
    ]);
    assert_eq!(
        (verdict.take, verdict.certainty),
        ("papaya", Certainty::Tie)
    );
    assert_eq!(verdict.level, ["SyncMap", "papaya"]);
    assert_eq!(
        (verdict.figure, &verdict.either[..]),
        (100.0, &["papaya"][..])
    );
    let (compared, lead) = verdict.lead.expect("there are others");
    assert_eq!((compared, lead.ratio), ("papaya", 1.04));
    for part in [
        "Take papaya: ",
        "papaya and SyncMap are as good as each other here (within 5 %).",
        "papaya asks less of its user: 3 demands; SyncMap has 5.",
    ] {
        assert!(verdict.words.contains(part), "{}", verdict.words);
    }
    let ranking = verdict.ranking.expect("there are equals");
    assert!(ranking.contains("SyncMap: a look-up may wait"), "{ranking}");
}

#[test]
fn of_equals_with_as_many_demands_each_is_named() {
    let verdict = verdict(&[
        paces("ShardedMap", [104; 9]),
        paces("scc", [100; 9]),
        paces("SyncMap", [103; 9]),
        paces("dashmap", [102; 9]),
    ]);
    assert_eq!(verdict.either, ["dashmap", "scc", "ShardedMap"]);
    for part in [
        "Take dashmap, scc or ShardedMap: ",
        "dashmap, scc, ShardedMap and SyncMap are as good as each other",
        "dashmap, scc and ShardedMap ask as little of their user",
    ] {
        assert!(verdict.words.contains(part), "{}", verdict.words);
    }
}

/// Every pair of maps, with the same figures, and with a difference that is none.
#[test]
fn a_choice_between_two_equals_follows_from_their_demands() {
    for (nth, one) in NAMES.into_iter().enumerate() {
        for other in NAMES.into_iter().skip(nth + 1) {
            for (pace, close) in [(100, 100), (100, 104), (104, 100)] {
                let equal = verdict(&[paces(one, [pace; 9]), paces(other, [close; 9])]);
                let count = |name: &str| demands::of(name).len();
                let least = count(one).min(count(other));
                let mut fewest = vec![one, other];
                fewest.retain(|name| count(name) == least);
                let mut either = equal.either.clone();
                either.sort_by_key(|name| NAMES.into_iter().position(|known| known == *name));
                assert_eq!(either, fewest, "{one}, {other}");
                assert_eq!(equal.take, equal.either[0]);
                assert_eq!(equal.level.len(), 2, "{one}, {other}");
                for name in [one, other] {
                    assert!(equal.level.contains(&name), "{:?}", equal.level);
                    assert!(equal.words.contains(name), "{}", equal.words);
                }
            }
        }
    }
}

const OURS: [&str; 5] = [
    "MutexMap",
    "RwLockMap",
    "ShardedMap",
    "SyncMap",
    "HybridMap",
];

#[test]
fn no_map_of_this_crate_comes_before_another_with_as_many_demands() {
    let ranked = demands::ranked(&NAMES);
    for pair in ranked.windows(2) {
        let [one, other] = [pair[0], pair[1]];
        let (few, more) = (demands::of(one).len(), demands::of(other).len());
        let ours_first = OURS.contains(&one) && !OURS.contains(&other);
        assert!(few < more || few == more && !ours_first, "{ranked:?}");
    }
}

#[test]
fn the_order_of_the_roster_decides_nothing() {
    let mut names = NAMES;
    let equal = |names: &[&'static str]| {
        let tallies: Vec<_> = names.iter().map(|name| paces(name, [100; 9])).collect();
        let verdict = verdict(&tallies);
        (verdict.take, verdict.either, verdict.ranking)
    };
    let first = equal(&names);
    for _ in 0..NAMES.len() {
        names.rotate_left(1);
        assert_eq!(equal(&names), first);
        names.reverse();
        assert_eq!(equal(&names), first);
        names.swap(0, NAMES.len() / 2);
        assert_eq!(equal(&names), first);
    }
}

#[test]
fn the_help_lists_the_demands_of_every_map_in_80_columns() {
    let table = demands::table();
    for name in NAMES {
        let row = format!("\n  {name:<10}  {}  ", demands::of(name).len());
        assert!(table.contains(&row), "{name}: {table}");
    }
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
}

/// The lists of the program go by map, this one goes by demand: a demand that is in the
/// wrong list, or in none, differs here. What changes a list must change this too.
#[test]
fn each_demand_is_made_by_the_maps_that_state_it() {
    use demands::Demand::*;
    let locked = ["MutexMap", "RwLockMap", "ShardedMap", "HybridMap"];
    let locked = [&locked[..], &["dashmap", "scc"]].concat();
    let later = ["HybridMap", "SyncMap", "kovan-map", "papaya"];
    let expected = [
        (LookUpsWait, [&locked[..], &["SyncMap"]].concat()),
        (WritesWait, [&locked[..], &later[1..]].concat()),
        (Deadlock, locked.clone()),
        (DroppedLater, [&later[..], &["ArcSwap"]].concat()),
        (Static, later[..3].to_vec()),
        (Cloned, vec!["ArcSwap", "kovan-map"]),
        (Copied, vec!["ArcSwap"]),
        (
            Moving,
            [&later[..], &["ShardedMap", "dashmap", "scc"]].concat(),
        ),
        (Stopped, vec!["MutexMap", "RwLockMap"]),
        (Tuned, vec!["HybridMap"]),
    ];
    assert_eq!(
        expected.each_ref().map(|(demand, _)| *demand),
        demands::Demand::ALL
    );
    for (demand, maps) in expected {
        for name in NAMES {
            let asked = demands::of(name).contains(&demand);
            assert_eq!(asked, maps.contains(&name), "{name}: {demand:?}");
        }
    }
}

#[test]
fn without_equals_there_is_nothing_to_rank() {
    let verdict = verdict(&[paces("MutexMap", [100; 9]), paces("papaya", [110; 9])]);
    assert_eq!((verdict.ranking, verdict.either), (None, vec!["papaya"]));
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

/// Each percentile is another figure, and each kind of write has a part in it.
#[test]
fn each_metric_has_a_figure_of_its_own() {
    let mut latencies = Latencies::new();
    let mut record = |kind, count, ns| {
        (0..count).for_each(|_| latencies.record(kind, Duration::from_nanos(ns)));
    };
    record(Kind::Get, 985, 100);
    record(Kind::Get, 10, 200);
    record(Kind::Get, 5, 300);
    record(Kind::Insert, 985, 400);
    record(Kind::Overwrite, 10, 500);
    record(Kind::Remove, 5, 600);
    let round = Measured {
        latencies,
        ..round(7, 1)
    };
    for (metric, figure) in [
        (Metric::Throughput, 7.0),
        (Metric::GetP99, 200.0),
        (Metric::GetP999, 300.0),
        (Metric::WriteP99, 500.0),
        (Metric::WriteP999, 600.0),
    ] {
        assert_eq!(metric.of(&round), Some(figure), "{metric:?}");
    }
}

#[test]
fn one_map_is_taken_for_want_of_another() {
    let verdict = verdict(&[paces("scc", [100; 9])]);
    assert_eq!((verdict.take, verdict.certainty), ("scc", Certainty::Alone));
}

#[test]
fn on_a_busy_machine_nothing_is_sure() {
    let busy = |tallies: &[Tally]| verdict(tallies).on(&machine(6));
    let clear = busy(&[paces("MutexMap", [100; 9]), paces("papaya", [200; 9])]);
    let tie = busy(&[paces("MutexMap", [100; 9]), paces("papaya", [100; 9])]);
    for verdict in [clear, tie] {
        assert_eq!(verdict.certainty, Certainty::Unsure);
        let doubt = "not sure, because other programs used the machine";
        assert!(verdict.words.contains(doubt), "{}", verdict.words);
    }
    let calm = verdict(&[paces("MutexMap", [100; 9]), paces("papaya", [200; 9])]);
    assert_eq!(calm.on(&machine(5)).certainty, Certainty::Clear);
    let alone = busy(&[paces("papaya", [100; 9])]);
    assert_eq!(alone.certainty, Certainty::Alone);
}
