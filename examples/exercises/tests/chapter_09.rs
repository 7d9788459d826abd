//! All schedules of two threads, and a model that runs in each of them.

use exercises::chapter_09::{every_schedule, outcomes_of_two_increments};
use std::collections::BTreeSet;

#[test]
fn each_schedule_comes_once() {
    // As many as ways to choose the places of thread 0.
    for (steps, number) in [
        ([0, 0], 1),
        ([1, 1], 2),
        ([2, 1], 3),
        ([3, 3], 20),
        ([5, 4], 126),
    ] {
        let yours = every_schedule(steps);
        assert_eq!(yours.len(), number, "left: yours, of {steps:?} steps");
        for schedule in &yours {
            let runs = [0, 1].map(|thread| schedule.iter().filter(|it| **it == thread).count());
            assert_eq!(runs, steps, "{schedule:?}");
        }
        assert_eq!(
            BTreeSet::from_iter(&yours).len(),
            number,
            "of {steps:?} steps"
        );
    }
}

/// The counter after two increments in this schedule.
fn run(schedule: &[usize]) -> u32 {
    let (mut counter, mut loaded) = (0, [None; 2]);
    for &thread in schedule {
        match loaded[thread] {
            None => loaded[thread] = Some(counter),
            Some(value) => counter = value + 1,
        }
    }
    counter
}

#[test]
fn your_outcomes_are_those_of_all_schedules() {
    // Thread 0 runs in the steps whose bits are 0.
    let schedules = (0_usize..16).filter(|bits| bits.count_ones() == 2);
    let schedules = schedules.map(|bits| [0, 1, 2, 3].map(|step| bits >> step & 1));
    let outcomes = BTreeSet::from_iter(schedules.map(|schedule| run(&schedule)));
    assert_eq!(
        outcomes_of_two_increments(),
        Vec::from_iter(outcomes),
        "left: yours"
    );
}
