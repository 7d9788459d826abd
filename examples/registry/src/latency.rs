//! Latencies: recorded while the load runs, and summed up for the report.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Digits that a recorded latency keeps.
const DIGITS: u8 = 3;

#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// The percentiles that a report shows.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) samples: u64,
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p999_ns: u64,
    pub(crate) max_ns: u64,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        Self(Histogram::new(DIGITS).expect("a histogram may have three digits"))
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        let recorded = self.0.record(ns);
        recorded.expect("a histogram that resizes itself holds any number");
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let sum = self.0.add(&other.0);
        sum.expect("a histogram that resizes itself holds what another one does");
    }

    /// None if there are no samples.
    pub(crate) fn summary(&self) -> Option<Summary> {
        (!self.0.is_empty()).then(|| Summary {
            samples: self.0.len(),
            p50_ns: self.0.value_at_quantile(0.5),
            p99_ns: self.0.value_at_quantile(0.99),
            p999_ns: self.0.value_at_quantile(0.999),
            max_ns: self.0.max(),
        })
    }
}

/// What reading the clock adds to a latency: the median of many empty measurements.
pub(crate) fn clock_cost_ns() -> u64 {
    let mut empty = Latencies::new();
    for _ in 0..10_000 {
        let before = Instant::now();
        empty.record(before.elapsed());
    }
    empty.0.value_at_quantile(0.5)
}
