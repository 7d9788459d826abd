//! Latencies by kind of operation.

use crate::script::Operation;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::{Duration, Instant};

/// The kinds of operations that have latencies of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Get,
    Insert,
    Overwrite,
    Remove,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::Insert, Self::Overwrite, Self::Remove];

    /// None for operations that are too rare to be timed.
    pub(crate) fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::Get => Some(Self::Get),
            Operation::Insert => Some(Self::Insert),
            Operation::Overwrite => Some(Self::Overwrite),
            Operation::Remove => Some(Self::Remove),
            Operation::Clear | Operation::Walk => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Insert => "insert",
            Self::Overwrite => "overwrite",
            Self::Remove => "remove",
        }
    }
}

/// A histogram for each kind.
#[derive(Clone, Debug)]
pub(crate) struct Latencies([Histogram<u64>; Kind::ALL.len()]);

/// The percentiles that a report shows, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) samples: u64,
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p999_ns: u64,
    pub(crate) max_ns: u64,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| histogram()))
    }

    pub(crate) fn record(&mut self, kind: Kind, latency: Duration) {
        record(&mut self.0[kind as usize], latency);
    }

    pub(crate) fn reset(&mut self) {
        self.0.iter_mut().for_each(Histogram::reset);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            add(own, other);
        }
    }

    pub(crate) fn of(&self, kind: Kind) -> &Histogram<u64> {
        &self.0[kind as usize]
    }

    /// Inserts, overwrites and removals together.
    pub(crate) fn writes(&self) -> Histogram<u64> {
        let mut all = histogram();
        for kind in [Kind::Insert, Kind::Overwrite, Kind::Remove] {
            add(&mut all, self.of(kind));
        }
        all
    }
}

/// None if there are no samples.
pub(crate) fn summary(histogram: &Histogram<u64>) -> Option<Summary> {
    (!histogram.is_empty()).then(|| Summary {
        samples: histogram.len(),
        p50_ns: histogram.value_at_quantile(0.5),
        p99_ns: histogram.value_at_quantile(0.99),
        p999_ns: histogram.value_at_quantile(0.999),
        max_ns: histogram.max(),
    })
}

/// What reading the clock adds to a latency: the median of many empty measurements.
pub(crate) fn clock_cost_ns() -> u64 {
    let mut empty = histogram();
    for _ in 0..10_000 {
        let before = Instant::now();
        record(&mut empty, before.elapsed());
    }
    empty.value_at_quantile(0.5)
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("a histogram may have three digits")
}

fn record(histogram: &mut Histogram<u64>, latency: Duration) {
    let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
    let recorded = histogram.record(ns);
    recorded.expect("a histogram that resizes itself holds any number");
}

fn add(own: &mut Histogram<u64>, other: &Histogram<u64>) {
    let sum = own.add(other);
    sum.expect("a histogram that resizes itself holds what another one does");
}
