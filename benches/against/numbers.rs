//! Medians, quartiles and means.

use serde::Serialize;

/// The bounds of the middle half of some numbers, and their median.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Quartiles {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Quartiles {
    /// `numbers` must not be empty.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            lower: at(&sorted, 0.25),
            median: at(&sorted, 0.5),
            upper: at(&sorted, 0.75),
        }
    }
}

/// The quantile `share`, by linear interpolation.
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

pub(crate) fn geometric_mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0), |(sum, count), number| {
        (sum + f64::ln(number), count + 1)
    });
    f64::exp(sum / f64::from(count))
}
