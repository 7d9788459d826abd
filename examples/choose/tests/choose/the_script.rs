use crate::script::{Operation, Script};
use crate::skew::Skew;
use crate::workload::Workload;
use std::collections::HashSet;

fn share(script: &Script, operation: Operation) -> f64 {
    let steps = script.steps.iter();
    let such = steps.filter(|step| step.operation == operation).count();
    100.0 * such as f64 / script.steps.len() as f64
}

fn is_near(share: f64, expected: f64) {
    assert!((share - expected).abs() < 0.5, "{share} is not {expected}");
}

#[test]
fn the_shares_are_those_that_were_asked_for() {
    let workload = Workload {
        reads: 60.0,
        new_keys: 25.0,
        removes: 25.0,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    is_near(share(&script, Operation::Get), 60.0);
    is_near(share(&script, Operation::Insert), 10.0);
    is_near(share(&script, Operation::Remove), 10.0);
    is_near(share(&script, Operation::Overwrite), 20.0);
}

#[test]
fn absent_keys_are_never_there() {
    let workload = Workload {
        keys: 100,
        reads: 50.0,
        misses: 20.0,
        new_keys: 50.0,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    let present = |key: u32| key < script.present;
    let put: HashSet<_> = script
        .steps
        .iter()
        .filter(|step| matches!(step.operation, Operation::Insert | Operation::Overwrite))
        .map(|step| step.key)
        .collect();
    let gets: Vec<_> = script
        .steps
        .iter()
        .filter(|step| step.operation == Operation::Get)
        .map(|step| step.key)
        .collect();
    let absent = gets
        .iter()
        .filter(|key| !present(**key) && !put.contains(key));
    is_near(100.0 * absent.count() as f64 / gets.len() as f64, 20.0);
    assert!(gets.iter().all(|key| present(*key) || !put.contains(key)));
}

#[test]
fn a_new_key_is_new_in_each_repetition_and_an_old_one_the_same() {
    let workload = Workload {
        keys: 10,
        reads: 0.0,
        new_keys: 50.0,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    let mut seen = HashSet::new();
    for position in 0..3 * script.steps.len() as u64 {
        match script.step(position) {
            (Operation::Insert, number) => assert!(number >= 10 && seen.insert(number)),
            (_, number) => assert!(number < 10),
        }
    }
}

#[test]
fn removals_take_the_oldest_new_key_while_there_is_one() {
    let workload = Workload {
        keys: 10,
        reads: 0.0,
        new_keys: 60.0,
        removes: 40.0,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    let (mut next, mut oldest) = (10, 10);
    for step in &script.steps {
        match step.operation {
            Operation::Insert => next += 1,
            _ if oldest < next => {
                assert_eq!(step.key, oldest);
                oldest += 1;
            }
            _ => assert!(step.key < 10),
        }
    }
    assert!(oldest > 1_000);
}

/// The share of the operations that the most popular tenth of the keys gets.
fn of_a_tenth(skew: Skew) -> f64 {
    let workload = Workload {
        keys: 1_000,
        reads: 100.0,
        skew,
        ..Workload::default()
    };
    let script = Script::of(&workload, 1);
    let mut counts = vec![0; 1_000];
    for step in &script.steps {
        counts[step.key as usize] += 1;
    }
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let popular: u32 = counts[..100].iter().sum();
    100.0 * f64::from(popular) / script.steps.len() as f64
}

#[test]
fn popularity_is_as_it_was_asked_for() {
    is_near(of_a_tenth("hot:10/90".parse().unwrap()), 90.0);
    // The sums of the first 100 and of all 1,000 of 1/n.
    is_near(of_a_tenth("zipf:1".parse().unwrap()), 100.0 * 5.187 / 7.485);
    let uniform = of_a_tenth(Skew::Uniform);
    assert!((10.0..11.5).contains(&uniform), "{uniform}");
}

#[test]
fn what_is_no_popularity_is_refused() {
    for text in [
        "",
        "zipf",
        "zipf:0",
        "zipf:inf",
        "hot:10",
        "hot:0/90",
        "hot:10/101",
        "even",
    ] {
        assert!(text.parse::<Skew>().is_err(), "{text}");
    }
}
