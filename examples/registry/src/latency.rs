//! Latencies: recorded while the load runs, and summed up for the report.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Duration;

/// Digits that a recorded latency keeps.
const DIGITS: u8 = 3;

#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// The percentiles that a report shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) samples: u64,
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p999_ns: u64,
    pub(crate) max_ns: u64,
}

impl Summary {
    /// The same latencies, each less by `ns`.
    pub(crate) fn less(self, ns: u64) -> Self {
        let less = |latency: u64| latency.saturating_sub(ns);
        Self {
            samples: self.samples,
            p50_ns: less(self.p50_ns),
            p99_ns: less(self.p99_ns),
            p999_ns: less(self.p999_ns),
            max_ns: less(self.max_ns),
        }
    }
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
