//! Each figure has the unit that suits it, and the number in that unit.

use crate::figures::{duration, rate};

#[test]
fn a_rate_is_in_millions_from_a_million_on() {
    let rates = [0.0, 0.004, 2.5, 10.4, 999_999.0, 1e6, 23_456_789.0].map(rate);
    let expected = [
        "0",
        "< 0.01",
        "2.50",
        "10",
        "999,999",
        "1.00 million",
        "23.5 million",
    ];
    assert_eq!(rates, expected);
}

#[test]
fn a_duration_has_the_unit_that_suits_it() {
    let durations = [
        999,
        1_000,
        999_000,
        1_000_000,
        1_000_000_000,
        3_600_000_000_000,
    ];
    let expected = ["999 ns", "1.00 µs", "999 µs", "1.00 ms", "1.00 s", "1.00 h"];
    assert_eq!(durations.map(duration), expected);
}
