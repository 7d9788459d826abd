//! Medians and quartiles.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) upper_quartile: f64,
}

impl Summary {
    /// `numbers` must not be empty.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: quantile(&sorted, 0.5),
            lower_quartile: quantile(&sorted, 0.25),
            upper_quartile: quantile(&sorted, 0.75),
        }
    }

    /// Half the distance between the quartiles, in percent of the median.
    pub(crate) fn spread(&self) -> f64 {
        50.0 * (self.upper_quartile - self.lower_quartile) / self.median
    }
}

/// By linear interpolation between two numbers.
fn quantile(sorted: &[f64], quantile: f64) -> f64 {
    let at = quantile * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

pub(crate) fn ratios(numbers: &[f64], others: &[f64]) -> Vec<f64> {
    let pairs = numbers.iter().zip(others);
    pairs.map(|(number, other)| number / other).collect()
}
