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

/// Three digits of a number per second.
pub(crate) fn rate(number: f64) -> String {
    match number {
        1e6.. => format!("{} million", three_digits(number / 1e6)),
        _ => count(number.round() as u64),
    }
}

pub(crate) fn duration(ns: u64) -> String {
    let number = ns as f64;
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{} µs", three_digits(number / 1e3)),
        1_000_000..1_000_000_000 => format!("{} ms", three_digits(number / 1e6)),
        _ => format!("{} s", three_digits(number / 1e9)),
    }
}

fn three_digits(number: f64) -> String {
    match number {
        ..10.0 => format!("{number:.2}"),
        ..100.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}
