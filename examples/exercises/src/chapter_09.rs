//! Chapter 9: a model runs every schedule.

/// Returns every schedule of two threads. Thread 0 has `steps[0]` steps, and thread 1 has
/// `steps[1]`. A schedule says which thread runs each step. The schedules of one step each are
/// `[0, 1]` and `[1, 0]`.
pub fn every_schedule(steps: [usize; 2]) -> Vec<Vec<usize>> {
    todo!()
}

/// Returns the outcomes of a model in which two threads increment a counter, which is 0 before:
/// the values of the counter at the end, in ascending order, each once. A model names all of
/// its outcomes, and no other.
///
/// ```text
/// each thread: loads the counter
///              stores one more than it has loaded
/// ```
pub fn outcomes_of_two_increments() -> Vec<u32> {
    todo!()
}
