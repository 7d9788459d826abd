//! Figures as people read them.

/// 1234567 as "1,234,567".
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub(crate) fn times(number: u64) -> String {
    match number {
        1 => "once".into(),
        _ => format!("{} times", count(number)),
    }
}

/// A number per second, rounded to three digits if it is large or small.
pub(crate) fn rate(number: f64) -> String {
    match number {
        1e6.. => format!("{} million", three_digits(number / 1e6)),
        10.0.. => count(number.round() as u64),
        0.01.. => three_digits(number),
        0.0 => "0".into(),
        _ => "< 0.01".into(),
    }
}

const HOUR: u64 = 3_600_000_000_000;

pub(crate) fn duration(ns: u64) -> String {
    let number = ns as f64;
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{} µs", three_digits(number / 1e3)),
        1_000_000..1_000_000_000 => format!("{} ms", three_digits(number / 1e6)),
        1_000_000_000..HOUR => format!("{} s", three_digits(number / 1e9)),
        _ => format!("{} h", three_digits(number / HOUR as f64)),
    }
}

pub(crate) fn percent(number: f64) -> String {
    format!("{number:.2} %")
}

fn three_digits(number: f64) -> String {
    match number {
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}
