use crate::comparison::{Length, Plan, Tally, turns};
use crate::contender::Contender;
use crate::keys::Keys;
use crate::latency::{Kind, Latencies};
use crate::peers::Copied;
use crate::roster;
use crate::round::{Round, measure};
use crate::script::Script;
use crate::workload::Workload;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

/// Counts what is done to each key.
struct Counting(Mutex<HashMap<u64, [u32; 3]>>);

impl Counting {
    fn count(&self, key: u64, what: usize) {
        self.0.lock().unwrap().entry(key).or_default()[what] += 1;
    }
}

impl Contender<u64, u64> for Counting {
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn get(&self, key: &u64) {
        self.count(*key, 0);
    }

    fn insert(&self, key: u64, _value: u64) {
        self.count(key, 1);
    }

    fn remove(&self, key: &u64) {
        self.count(*key, 2);
    }

    fn clear(&self) {}

    fn walk(&self) {}
}

fn round(script: &Script, warm_up: u64, operations: u64) -> Round<'_> {
    Round {
        script,
        threads: 3,
        value_bytes: 8,
        from: 0,
        warm_up,
        operations,
        patience: Duration::from_secs(600),
    }
}

#[test]
fn every_step_is_done_once_whatever_thread_does_it() {
    let workload = Workload {
        keys: 50,
        reads: 40.0,
        new_keys: 30.0,
        removes: 30.0,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    let keys = Keys::<u64>::of(&script);
    let (one, two) = (Counting::new(), Counting::new());
    // No multiple of a piece.
    let measured = measure::<u64, u64, _>(&one, &keys, round(&script, 1_001, 9_002));
    assert_eq!((measured.operations, measured.stopped), (9_002, false));
    let alone = Round {
        threads: 1,
        ..round(&script, 0, 1_001 + 9_002)
    };
    measure::<u64, u64, _>(&two, &keys, alone);
    assert_eq!(*one.0.lock().unwrap(), *two.0.lock().unwrap());
}

/// One thread times each 61st operation, from the first of the measurement on.
#[test]
fn the_latencies_are_of_the_measurement_and_not_of_the_warm_up() {
    let script = Script::of(&Workload::default(), 1);
    let keys = Keys::<u64>::of(&script);
    let map: Copied<u64, u64> = Contender::new();
    let alone = Round {
        threads: 1,
        ..round(&script, 61 * 5, 61 * 20)
    };
    let measured = measure::<u64, u64, _>(&map, &keys, alone);
    let samples = Kind::ALL.map(|kind| measured.latencies.of(kind).len());
    assert_eq!(samples.iter().sum::<u64>(), 20, "{samples:?}");
}

#[test]
fn a_map_that_takes_too_long_is_stopped() {
    let script = Script::of(&Workload::default(), 1);
    let keys = Keys::<u64>::of(&script);
    let map: Copied<u64, u64> = Contender::new();
    let impatient = Round {
        patience: Duration::ZERO,
        ..round(&script, 0, 1 << 30)
    };
    let measured = measure::<u64, u64, _>(&map, &keys, impatient);
    assert!(measured.stopped && measured.operations < 1 << 30);
}

#[test]
fn all_maps_are_measured_under_their_names() {
    let script = Script::of(&Workload::default(), 1);
    let keys = Keys::<u64>::of(&script);
    let names = roster::all::<u64, u64>().map(|entrant| {
        let map = (entrant.filled)(&keys, &script, 8);
        let measured = map.measure(&keys, round(&script, 100, 1_000));
        assert_eq!(measured.operations, 1_000, "{}", entrant.name);
        entrant.name
    });
    assert_eq!(names, roster::NAMES);
}

#[test]
fn a_map_that_is_kept_goes_on_where_its_last_turn_ended() {
    let script = Script::of(&Workload::default(), 1);
    let keys = Keys::<u64>::of(&script);
    let (one, two) = (Counting::new(), Counting::new());
    for turn in 0..3 {
        let turn = round(&script, 1_001, 9_002).after(turn);
        measure::<u64, u64, _>(&one, &keys, turn);
    }
    measure::<u64, u64, _>(&two, &keys, round(&script, 0, 3 * (1_001 + 9_002)));
    assert_eq!(*one.0.lock().unwrap(), *two.0.lock().unwrap());
}

fn plan(script: &Script, length: Length) -> Plan<'_> {
    Plan {
        script,
        threads: 1,
        value_bytes: 8,
        rounds: 45,
        length,
        contenders: &[],
    }
}

/// A map that needs so many bytes for each of 10,000 entries.
fn tally(bytes_per_entry: f64) -> Tally {
    Tally {
        name: "scc",
        rounds: Vec::new(),
        latencies: Latencies::new(),
        contention: None,
        bytes_per_entry: Some(bytes_per_entry),
    }
}

#[test]
fn maps_are_kept_unless_keys_are_new_or_memory_is_short() {
    let can_keep = |workload: Workload, bytes| {
        let script = Script::of(&workload, 1);
        plan(&script, Length::Operations(1)).can_keep(&[tally(bytes), tally(bytes)])
    };
    let stable = Workload {
        misses: 10.0,
        removes: 10.0,
        ..Workload::default()
    };
    let new = Workload {
        new_keys: 10.0,
        ..stable
    };
    assert!(can_keep(stable, 50_000.0));
    assert!(!can_keep(stable, 55_000.0), "that is more than 1 GiB");
    assert!(!can_keep(new, 50.0));
}

#[test]
fn in_as_many_rounds_as_maps_each_map_has_each_turn_once() {
    let rounds: Vec<Vec<_>> = (0..7).map(|round| turns(round, 7).collect()).collect();
    for turn in 0..7 {
        let mut maps: Vec<usize> = rounds.iter().map(|round| round[turn]).collect();
        maps.sort_unstable();
        assert_eq!(maps, [0, 1, 2, 3, 4, 5, 6], "turn {turn}");
        let mut maps = rounds[turn].clone();
        maps.sort_unstable();
        assert_eq!(maps, [0, 1, 2, 3, 4, 5, 6], "round {turn}");
    }
}

#[test]
fn before_its_first_turn_a_map_does_a_fifth_of_all_operations() {
    let script = Script::of(&Workload::default(), 1);
    let turn = round(&script, 200, 1_000);
    let before = plan(&script, Length::Operations(1_000)).before_the_first(turn);
    assert_eq!((before.warm_up, before.operations), (0, 45 * 1_000 / 5));
    // A turn may take 600 s, which is three times its share.
    let before = plan(&script, Length::Time(Duration::ZERO)).before_the_first(turn);
    assert_eq!(before.operations, 45 * 1_000 / 5);
    assert_eq!(before.patience, Duration::from_secs(200 * 45 / 5));
}
