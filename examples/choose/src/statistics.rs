//! Medians, and bounds for them.

/// `numbers` must not be empty.
pub(crate) fn median(numbers: &[f64]) -> f64 {
    let sorted = sorted(numbers);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

/// Two of the numbers that contain the true median between them with 95 % certainty.
/// With fewer than six numbers: the least and the largest, with less certainty.
///
/// Each number is as likely above the true median as below it, so the count of the
/// numbers below it is binomial. There is no other assumption.
pub(crate) fn bounds(numbers: &[f64]) -> (f64, f64) {
    let sorted = sorted(numbers);
    let count = sorted.len();
    let mut outside = 0.5_f64.powi(count as i32);
    let mut cut = 0;
    let mut tail = outside;
    // `tail` becomes the chance that `cut + 1` or fewer are below the true median.
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
