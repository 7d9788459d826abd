//! How many iterations to run: the rule of Go's `testing`, and of
//! `benches/go/measure.go`.

use crate::against::options::Effort;
use crate::workloads::{Grain, Map, Workload, run};
use std::time::Duration;

const MOST_ITERATIONS: u64 = 1_000_000_000;

/// Runs the workload with more and more iterations, until two runs in a row take at
/// least as long as the target. One run is not enough, because another program may have
/// delayed it. Returns the nanoseconds per iteration of the shorter run.
pub(crate) fn calibrated<M: Map>(workload: Workload, effort: &Effort) -> f64 {
    let (mut iterations, mut grain) = (1, Grain::FIRST);
    loop {
        let once = || run::<M>(workload, iterations, grain, effort.threads);
        let mut took = once();
        if took >= effort.target {
            took = took.min(once());
        }
        if took >= effort.target || iterations == MOST_ITERATIONS {
            return took.as_nanos() as f64 / iterations as f64;
        }
        grain = Grain::after(iterations, took);
        iterations = more(iterations, took, effort.target);
    }
}

/// Aims 20 % above the target. Grows at most a hundredfold, because a short run is a
/// poor estimate.
fn more(iterations: u64, took: Duration, target: Duration) -> u64 {
    let took = took.as_nanos().max(1) as f64;
    let aim = iterations as f64 * target.as_nanos() as f64 / took * 1.2;
    let most = (100 * iterations).min(MOST_ITERATIONS);
    (aim as u64).max(iterations + 1).min(most)
}
