//! Parsers of the numbers on a command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

pub(crate) fn whole<T>(allowed: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    number("a whole number", allowed)
}

pub(crate) fn real(allowed: RangeInclusive<f64>) -> impl Fn(&str) -> Result<f64, String> + Clone {
    number("a number", allowed)
}

/// A parser of numbers. Its error says what is expected. The error is the same for text
/// that is no number, for NaN, and for a number outside the range.
fn number<T>(
    what: &'static str,
    allowed: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.parse().ok();
        number.filter(|n| allowed.contains(n)).ok_or_else(|| {
            let (least, most) = (allowed.start(), allowed.end());
            format!("expected {what} from {least} to {most}")
        })
    }
}
