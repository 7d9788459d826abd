//! What was measured: for each case and contender one number from each round.

use crate::settings::Group;
use crate::statistics::{Summary, ratios};
use hdrhistogram::Histogram;
use serde::Serialize;

/// What is measured. The figures of two contenders in the same round of a case were
/// measured close together in time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Case {
    pub(crate) group: Group,
    pub(crate) what: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) size: usize,
    pub(crate) threads: usize,
    pub(crate) unit: &'static str,
}

#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) contender: &'static str,
    pub(crate) rounds: Vec<f64>,
}

#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) case: Case,
    pub(crate) series: Vec<Series>,
}

/// The latencies of one contender in one case, from all rounds.
#[derive(Debug)]
pub(crate) struct Latencies {
    pub(crate) case: Case,
    pub(crate) contender: &'static str,
    pub(crate) histogram: Histogram<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) cases: Vec<Measured>,
    pub(crate) latencies: Vec<Latencies>,
    /// What a reader of the numbers should know.
    pub(crate) notes: Vec<String>,
}

impl Results {
    pub(crate) fn add(&mut self, case: &Case, contender: &'static str, number: f64) {
        let known = self.cases.iter().position(|known| known.case == *case);
        let at = known.unwrap_or_else(|| {
            self.cases.push(Measured {
                case: case.clone(),
                series: Vec::new(),
            });
            self.cases.len() - 1
        });
        self.cases[at].add(contender, number);
    }

    pub(crate) fn add_latencies(
        &mut self,
        case: &Case,
        contender: &'static str,
        histogram: &Histogram<u64>,
    ) {
        let mut known = self.latencies.iter_mut();
        match known.find(|known| known.case == *case && known.contender == contender) {
            Some(known) => {
                let sum = known.histogram.add(histogram);
                sum.expect("a histogram that resizes itself holds what another one does");
            }
            None => self.latencies.push(Latencies {
                case: case.clone(),
                contender,
                histogram: histogram.clone(),
            }),
        }
    }

    pub(crate) fn series(&self, case: &Case, contender: &str) -> Option<&Series> {
        let measured = self.cases.iter().find(|measured| measured.case == *case)?;
        measured.of(contender)
    }
}

impl Measured {
    fn add(&mut self, contender: &'static str, number: f64) {
        let mut series = self.series.iter_mut();
        match series.find(|series| series.contender == contender) {
            Some(series) => series.rounds.push(number),
            None => self.series.push(Series {
                contender,
                rounds: vec![number],
            }),
        }
    }

    pub(crate) fn of(&self, contender: &str) -> Option<&Series> {
        let mut series = self.series.iter();
        series.find(|series| series.contender == contender)
    }
}

impl Series {
    pub(crate) fn summary(&self) -> Summary {
        Summary::of(&self.rounds)
    }

    /// This contender's numbers divided by the other's, round by round.
    pub(crate) fn against(&self, other: &Self) -> Summary {
        Summary::of(&ratios(&self.rounds, &other.rounds))
    }
}
