//! Random schedules, each compared with the truth.

use super::schedule::Schedule;
use super::world::{Counts, run};
use std::env;
use std::str::FromStr;

/// What each run of the suite must have reached.
const REACHED: [&str; 12] = [
    "Contradiction",
    "RemovedSilently",
    "Replaced",
    "TooManyTombstones",
    "answers",
    "late messages refused",
    "lost messages",
    "memory lost",
    "old messages",
    "quiet points",
    "writes of another epoch",
    "writes seen",
];

fn setting<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

fn report(seed: u64, problem: &str) -> String {
    let mut schedule = Schedule::of(seed);
    schedule.shorten(|shorter| run(shorter, &mut Counts::new()).is_err());
    let short = run(&schedule, &mut Counts::new()).unwrap_err();
    let events: Vec<_> = schedule.steps.iter().map(|step| step.event).collect();
    format!(
        "seed {seed}: {problem}\nshortened to {} steps, history {}: {short}\n{events:?}",
        events.len(),
        schedule.history,
    )
}

#[test]
fn no_random_schedule_diverges() {
    let schedules = setting("SCHEDULES").unwrap_or(5_000);
    let mut counts = Counts::new();
    let mut steps = 0;
    for seed in 0..schedules {
        let schedule = Schedule::of(seed);
        steps += schedule.steps.len();
        if let Err(problem) = run(&schedule, &mut counts) {
            panic!("{}", report(seed, &problem));
        }
    }
    println!("{schedules} schedules, {steps} steps, 0 divergences: {counts:?}");
    for what in REACHED {
        assert!(counts.contains_key(what), "no schedule reached: {what}");
    }
}

/// `SEED=17` runs that schedule alone.
#[test]
fn one_seed_does_not_diverge() {
    let seed = setting("SEED").unwrap_or_default();
    if let Err(problem) = run(&Schedule::of(seed), &mut Counts::new()) {
        panic!("{}", report(seed, &problem));
    }
}
