//! The figures that can decide.

use crate::latency::Kind;
use crate::round::Measured;
use crate::units::{duration, per_second, three_digits};
use clap::ValueEnum;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metric {
    /// Operations a second, of all threads together
    Throughput,
    /// The 99th percentile of look-ups
    GetP99,
    /// The 99.9th percentile of look-ups
    GetP999,
    /// The 99th percentile of inserts, overwrites and removals together
    WriteP99,
    /// The 99.9th percentile of inserts, overwrites and removals together
    WriteP999,
}

impl Metric {
    /// The figure of one round. None if the round has no samples for it.
    pub(crate) fn of(self, measured: &Measured) -> Option<f64> {
        let gets = || measured.latencies.of(Kind::Get).clone();
        let (latencies, quantile) = match self {
            Self::Throughput => return Some(measured.per_second()),
            Self::GetP99 => (gets(), 0.99),
            Self::GetP999 => (gets(), 0.999),
            Self::WriteP99 => (measured.latencies.writes(), 0.99),
            Self::WriteP999 => (measured.latencies.writes(), 0.999),
        };
        let ns = latencies.value_at_quantile(quantile);
        (!latencies.is_empty()).then_some(ns.max(1) as f64)
    }

    /// How many times as good `one` is as `other`: above 1 if it is better.
    pub(crate) fn advantage(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Throughput => one / other,
            _ => other / one,
        }
    }

    /// A figure, with its unit.
    pub(crate) fn show(self, figure: f64) -> String {
        let (percentile, what) = match self {
            Self::Throughput => {
                let (unit, name) = per_second(figure);
                return format!("{} {name} operations/s", three_digits(figure / unit));
            }
            Self::GetP99 => ("p99", "look-up"),
            Self::GetP999 => ("p99.9", "look-up"),
            Self::WriteP99 => ("p99", "write"),
            Self::WriteP999 => ("p99.9", "write"),
        };
        format!("a {percentile} of {} for a {what}", duration(figure))
    }
}
