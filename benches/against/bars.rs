//! The bars: the ratios that the comparison must reach.

use crate::against::numbers::geometric_mean;
use crate::against::rounds::Row;
use crate::against::stall::Stall;
use crate::workloads::Workload;
use serde::Serialize;

/// Upper bounds for the geometric means of the ratios ours / Go's, over all workloads.
const MEAN_PINNED: f64 = 0.5;
const MEAN_ONE_SHOT: f64 = 0.6;
/// Upper bound for the ratio of each workload that is nearly all hits.
const HITS: f64 = 0.6;
/// Upper bound for the ratio of each other workload.
const ANY: f64 = 1.0;

/// A bar, and what was measured.
#[derive(Serialize)]
pub(crate) struct Verdict {
    pub(crate) claim: String,
    pub(crate) bar: f64,
    pub(crate) measured: f64,
    pub(crate) held: bool,
}

impl Verdict {
    fn at_most(claim: String, bar: f64, measured: f64) -> Self {
        Self {
            claim,
            bar,
            measured,
            held: measured <= bar,
        }
    }

    fn at_least(claim: String, bar: f64, measured: f64) -> Self {
        Self {
            claim,
            bar,
            measured,
            held: measured >= bar,
        }
    }
}

pub(crate) fn judge(rows: &[Row], stalls: &[Stall]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if rows.len() == Workload::ALL.len() {
        verdicts.extend(means(rows));
    }
    for row in rows {
        let hits = nearly_all_hits(row.workload);
        let bar = if hits { HITS } else { ANY };
        for (name, ours) in [("one-shot", &row.one_shot), ("pinned", &row.pinned)] {
            let claim = format!("{}, {name}", row.workload.name());
            verdicts.push(Verdict::at_most(claim, bar, row.ratio(ours).median));
        }
    }
    verdicts.extend(stalls.iter().map(|stall| {
        let claim = format!(
            "rebuild of {} keys, {} % deleted: times faster",
            stall.keys, stall.deleted_percent
        );
        Verdict::at_least(claim, stall.bar, stall.times_faster())
    }));
    verdicts
}

fn means(rows: &[Row]) -> [Verdict; 2] {
    let (one_shot, pinned) = mean_ratios(rows);
    [
        Verdict::at_most("geometric mean, one-shot".into(), MEAN_ONE_SHOT, one_shot),
        Verdict::at_most("geometric mean, pinned".into(), MEAN_PINNED, pinned),
    ]
}

/// Geometric means of the ratios: one-shot, pinned.
pub(crate) fn mean_ratios(rows: &[Row]) -> (f64, f64) {
    let mean = |ours: fn(&Row) -> &[f64]| {
        geometric_mean(rows.iter().map(|row| row.ratio(ours(row)).median))
    };
    (mean(|row| &row.one_shot), mean(|row| &row.pinned))
}

/// Whether all but a few of a thousand calls find a value in the read snapshot, and
/// the threads do not contend for one key.
///
/// `SwapMostlyHits` inserts one new key in 1,024 calls and still counts.
/// `LoadAndDeleteBalanced` and `DeleteCollision` do not count: once their keys are
/// deleted, every call misses. The other collision workloads that write do not count
/// either: their cost is one cache line that moves between cores, in any language.
pub(crate) fn nearly_all_hits(workload: Workload) -> bool {
    matches!(
        workload,
        Workload::LoadMostlyHits
            | Workload::LoadOrStoreCollision
            | Workload::Range
            | Workload::SwapMostlyHits
            | Workload::CompareAndSwapValueNotEqual
            | Workload::CompareAndSwapMostlyHits
            | Workload::CompareAndDeleteMostlyHits
    )
}
