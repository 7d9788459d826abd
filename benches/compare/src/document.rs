//! The results as one JSON document.

use crate::claims::Verdict;
use crate::results::{Case, Latencies, Measured, Results, Series};
use crate::settings::Settings;
use crate::statistics::Summary;
use serde::Serialize;
use serde_json::{Value, json};

/// Everything that a run reports.
pub(crate) struct Document<'r> {
    pub(crate) settings: &'r Settings,
    pub(crate) processors: usize,
    /// What reading the clock adds to a latency.
    pub(crate) clock_cost_ns: u64,
    pub(crate) results: &'r Results,
    pub(crate) claims: Vec<Verdict>,
}

impl Document<'_> {
    pub(crate) fn json(&self) -> Value {
        let reference = self.settings.reference;
        let cases = self.results.cases.iter();
        let latencies = self.results.latencies.iter();
        json!({
            "settings": self.settings,
            "processors": self.processors,
            "clock_cost_ns": self.clock_cost_ns,
            "cases": cases.map(|case| measured(case, reference)).collect::<Vec<_>>(),
            "latencies": latencies.map(LatencyRow::from).collect::<Vec<_>>(),
            "claims": self.claims,
            "notes": self.results.notes,
        })
    }
}

#[derive(Serialize)]
struct SeriesRow<'r> {
    contender: &'static str,
    #[serde(flatten)]
    summary: Summary,
    /// To the settings' reference, round by round.
    ratio: Option<Summary>,
    rounds: &'r [f64],
}

#[derive(Serialize)]
struct LatencyRow<'r> {
    #[serde(flatten)]
    case: &'r Case,
    contender: &'static str,
    samples: u64,
    p50_ns: u64,
    p99_ns: u64,
    p999_ns: u64,
    max_ns: u64,
}

fn measured(measured: &Measured, reference: &str) -> Value {
    let reference = measured.of(reference);
    let row = |series| row(series, reference);
    let series: Vec<_> = measured.series.iter().map(row).collect();
    json!({ "case": measured.case, "series": series })
}

fn row<'r>(series: &'r Series, reference: Option<&Series>) -> SeriesRow<'r> {
    SeriesRow {
        contender: series.contender,
        summary: series.summary(),
        ratio: reference.map(|reference| series.against(reference)),
        rounds: &series.rounds,
    }
}

impl<'r> From<&'r Latencies> for LatencyRow<'r> {
    fn from(latencies: &'r Latencies) -> Self {
        let histogram = &latencies.histogram;
        Self {
            case: &latencies.case,
            contender: latencies.contender,
            samples: histogram.len(),
            p50_ns: histogram.value_at_quantile(0.5),
            p99_ns: histogram.value_at_quantile(0.99),
            p999_ns: histogram.value_at_quantile(0.999),
            max_ns: histogram.max(),
        }
    }
}
