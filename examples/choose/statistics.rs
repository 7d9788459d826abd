//! Medians, and bounds for them.

/// Of at least one number.
pub(crate) fn median(numbers: &[f64]) -> f64 {
    let sorted = sorted(numbers);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

/// Two of the numbers, between which the median of all that could be measured is
/// with 95 % certainty; with as much as there can be, if there are fewer than six.
///
/// Each number is as likely above that median as below it, so how many are below is
/// binomial. No other assumption.
pub(crate) fn bounds(numbers: &[f64]) -> (f64, f64) {
    let sorted = sorted(numbers);
    let count = sorted.len();
    let mut outside = 0.5_f64.powi(count as i32);
    let mut cut = 0;
    let mut tail = outside;
    // The chance that `cut + 1` or fewer are on one side, for both sides.
    while cut + 1 < count / 2 {
        outside *= (count - cut) as f64 / (cut + 1) as f64;
        tail += outside;
        if 2.0 * tail > 0.05 {
            break;
        }
        cut += 1;
    }
    (sorted[cut], sorted[count - 1 - cut])
}

fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
