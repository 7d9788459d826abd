//! Figures as people read them: three digits, with a unit that suits them.

use indicatif::HumanCount;

/// The units of a duration, each with its length in nanoseconds. All are two columns
/// wide, so that figures in a column stand below each other.
const UNITS: [(f64, &str); 4] = [(1e9, " s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];

/// A duration of so many nanoseconds: `48 ns`, `1.86 µs`, `10.6 ms`.
pub(crate) fn duration(ns: f64) -> String {
    let rounded = rounded(ns);
    let suits = |unit: &&(f64, &str)| rounded >= unit.0;
    let &(length, unit) = UNITS.iter().find(suits).unwrap_or(&UNITS[3]);
    match unit {
        // The clock counts whole nanoseconds.
        "ns" => format!("{rounded:.0} ns"),
        _ => format!("{} {unit}", three_digits(rounded / length)),
    }
}

/// The unit for figures of operations a second of which this is the largest: one for
/// all, so that they can be compared.
pub(crate) fn per_second(most: f64) -> (f64, &'static str) {
    match most {
        1e6.. => (1e6, "million"),
        _ => (1e3, "thousand"),
    }
}

/// `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `0.036`, `0.358`, `3.58`, `35.8`, `358` or `3,580`: three digits, as long as the last
/// is not behind the thousandths.
pub(crate) fn three_digits(figure: f64) -> String {
    let rounded = rounded(figure);
    match decimals(rounded) {
        0 => count(rounded as u64),
        decimals => format!("{rounded:.decimals$}"),
    }
}

/// To three digits.
fn rounded(figure: f64) -> f64 {
    let text = format!("{figure:.2e}");
    text.parse().expect("Rust reads the numbers that it writes")
}

/// How many digits after the point make three in all.
fn decimals(rounded: f64) -> usize {
    match rounded {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    }
}

/// Pads figures without units on the right, so that their points stand below each other
/// if the figures are aligned to the right.
pub(crate) fn at_the_point(figures: Vec<Option<String>>) -> Vec<Option<String>> {
    let behind = |figure: &String| match figure.find('.') {
        Some(point) if figure.ends_with(|last: char| last.is_ascii_digit()) => figure.len() - point,
        _ => 0,
    };
    let most = figures.iter().flatten().map(behind).max().unwrap_or(0);
    let padded = |figure: String| {
        let missing = most - behind(&figure);
        figure + &" ".repeat(missing)
    };
    let padded = |figure: Option<String>| figure.map(padded);
    figures.into_iter().map(padded).collect()
}
