use crate::contender::Contender;
use crate::peers::Copied;
use crate::roster;
use crate::round::{Keys, Round, measure};
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
        let measured = (entrant.measure)(&keys, round(&script, 100, 1_000));
        assert_eq!(measured.operations, 1_000, "{}", entrant.name);
        entrant.name
    });
    assert_eq!(names, roster::NAMES);
}
