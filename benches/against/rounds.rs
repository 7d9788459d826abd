//! The rounds: each workload on each side, in turn.

use crate::against::calibrate::calibrated;
use crate::against::go::Go;
use crate::against::numbers::Quartiles;
use crate::against::options::Effort;
use crate::workloads::{OneShot, PinnedMap, Workload};
use std::error::Error;

/// One workload, and the nanoseconds per iteration of each side in each round.
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) go: Vec<f64>,
    pub(crate) one_shot: Vec<f64>,
    pub(crate) pinned: Vec<f64>,
}

impl Row {
    fn new(workload: Workload) -> Self {
        Self {
            workload,
            go: Vec::new(),
            one_shot: Vec::new(),
            pinned: Vec::new(),
        }
    }

    /// Ours over Go's, round by round.
    pub(crate) fn ratio(&self, ours: &[f64]) -> Quartiles {
        let ratios = ours.iter().zip(&self.go).map(|(ours, go)| ours / go);
        Quartiles::of(&ratios.collect::<Vec<_>>())
    }
}

pub(crate) fn play(
    go: &Go,
    workloads: &[Workload],
    effort: &Effort,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows: Vec<_> = workloads.iter().map(|&each| Row::new(each)).collect();
    for round in 0..effort.rounds {
        for (index, row) in rows.iter_mut().enumerate() {
            // The order rotates, because a later side may find a warmer machine.
            for turn in 0..3 {
                match (round + index + turn) % 3 {
                    0 => row.go.push(go.workload(row.workload, effort)?),
                    1 => row
                        .one_shot
                        .push(calibrated::<OneShot>(row.workload, effort)),
                    _ => row
                        .pinned
                        .push(calibrated::<PinnedMap>(row.workload, effort)),
                }
            }
        }
        if !effort.smoke {
            eprintln!("round {} of {}", round + 1, effort.rounds);
        }
    }
    Ok(rows)
}
