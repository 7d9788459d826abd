//! No row is wider than a terminal of 80 columns, whatever it has to show.

use super::*;
use crate::inside::Inside;
use crate::latency::Summary;
use crate::report::{LookupLatency, Rates, Report, Writes};
use crate::width::{lines_wrapped, pair, wrapped};
use unicode_width::UnicodeWidthStr;

fn assert_fits(text: &str) {
    assert!(!text.is_empty());
    for row in text.lines() {
        assert!(row.width() <= 80, "{}: {row}\nin\n{text}", row.width());
        assert!(!row.contains(char::is_control), "{row:?}");
    }
}

/// The rows of a report's table: each must have its columns where the head has them.
fn assert_aligned(report: &str) {
    let rows = || {
        report
            .lines()
            .skip_while(|row| !row.starts_with("look-ups  "))
    };
    let width = rows().next().expect("there is a table").width();
    for row in rows().take(9).filter(|row| !row.starts_with("writes")) {
        assert_eq!(row.width(), width, "{row}\nin\n{report}");
        let columns = row.split("  ").filter(|column| !column.is_empty());
        assert_eq!(columns.count(), 6, "{row}");
    }
}

#[test]
fn the_help_fits() {
    for flag in ["-h", "--help", "-V"] {
        let run = run(&[flag]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
        assert_fits(&run.out);
    }
}

#[test]
fn a_report_fits() {
    let directory = "a-directory-with-a-long-name/".repeat(3);
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory);
    std::fs::create_dir_all(directory.join("目录")).expect("the test can make its directory");
    let path = directory.join("目录").join("表".repeat(60) + ".tsv");
    let key = "k".repeat(500);
    std::fs::write(&path, format!("{key}\t{key}\n")).expect("the test can write its file");
    let path = path.to_str().expect("its path is UTF-8");
    for flags in [
        &["--readers", "1024", "--seconds", "0.5"][..],
        &["--input", path, "--seconds", "0.01"],
        &[
            "--absent",
            "100",
            "--writes-per-second",
            "0",
            "--seconds",
            "0.1",
        ],
        &[
            "--writes-per-second",
            "1000000",
            "--seconds",
            "0.1",
            "--pinned",
        ],
    ] {
        let run = run(flags);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
        assert_fits(&run.out);
        assert_aligned(&run.out);
    }
}

#[test]
fn a_refusal_fits() {
    let long = ["x".repeat(300), "wörter und ".repeat(30), "长".repeat(100)];
    for word in &long {
        for arguments in [
            &["--input", word.as_str()][..],
            &["--input", "-", word],
            &["--query", word],
            &["--readers", word],
            &["--seed", "1", word],
            &[&format!("--{word}")],
            &["--query", "a", "--seconds", "1", "--readers", "1"],
        ] {
            let run = run(arguments);
            assert_ne!(run.code, Some(0), "{arguments:?}");
            assert_eq!(run.out, "");
            assert_fits(&run.err);
        }
        let again = format!("{word}\t1\n{word}\t2\n");
        assert_fits(&query_in(again.as_bytes()).err);
    }
    assert_fits(&run(&["--query", "a\u{1b}[31m\nb", "\u{7}"]).err);
    assert_fits(&run(&["--input", "no\nsuch\u{1b}[31mfile"]).err);
}

/// A number for everything that a report shows.
fn report_of(ns: u64, number: u64, per_second: f64) -> Report {
    let summary = || {
        Some(Summary {
            samples: number,
            p50_ns: ns,
            p99_ns: ns,
            p999_ns: ns,
            max_ns: ns,
        })
    };
    Report {
        source: "a table with a name of its own ".repeat(9),
        keys: number as usize,
        readers: number as usize,
        pinned: true,
        seed: number,
        absent_percent: 3.0,
        elapsed_seconds: ns as f64 / 1e9,
        lookup_seconds: ns as f64 / 1e9,
        lookups: number,
        found: number,
        not_found: number,
        driver_steps: number,
        driver_percent: Some(per_second),
        driver_percent_error: Some(per_second),
        lookups_per_second: Rates {
            net: Some(per_second),
            measured: per_second,
            driver: Some(per_second),
            measured_by_reader: vec![per_second],
        },
        lookup_timed_every: 64,
        lookup_latency: LookupLatency {
            net: summary(),
            measured: summary(),
            driver: summary(),
        },
        writes: Writes {
            wanted_per_second: number as u32,
            made_per_second: per_second,
            scheduled: number,
            made: number / 2,
            overwrite_latency: summary(),
            add_latency: summary(),
            remove_latency: summary(),
            schedule_latency: summary(),
        },
        map: Inside {
            keys: number as usize,
            tombstones: number as usize,
            locks: number,
            misses: number,
            promotions: number,
            rebuilds: number.min(1),
            copied_entries: number,
            expunges: number,
            unexpunges: number,
        },
        violation: Some("\"a\" went back from write 12 to 3 ".repeat(9)),
        summary: vec!["At most one look-up in 118 took the mutex.".into(); 3],
    }
}

/// A day of 1,024 readers that each do a billion look-ups a second; nothing at all; and
/// numbers between which the units change.
#[test]
fn numbers_of_any_size_fit() {
    let day = 86_400_000_000_000;
    for (ns, number, per_second) in [
        (day, day, 1e12),
        (0, 0, 0.0),
        (1, 1, 1e-9),
        (999, 999, 9.999),
        (999_999, 999_999, 999_999.9),
        (999_999_999, 999_999_999, 999_999_999.9),
        (3_599_999_999_999, 1_024, 0.011),
    ] {
        let text = report_of(ns, number, per_second).to_string();
        assert_fits(&text);
        assert_aligned(&text);
    }
    assert_fits(&report_of(u64::MAX, u64::MAX, f64::from(u32::MAX)).to_string());
}

#[test]
fn rows_break_between_words() {
    let text = "one two three ".repeat(20);
    let rows = wrapped(text.trim(), 2);
    assert_fits(&rows);
    assert!(
        rows.lines()
            .all(|row| row.starts_with("  ") && !row.starts_with("   "))
    );
    assert!(
        rows.lines().rev().skip(1).all(|row| row.width() > 74),
        "{rows}"
    );
    assert_eq!(
        rows.split_whitespace().collect::<Vec<_>>().join(" "),
        text.trim()
    );
    assert_eq!(wrapped("a \"b  c\"", 0), "a \"b  c\"");
    assert_eq!(wrapped(&"w".repeat(80), 0), "w".repeat(80));
    assert_eq!(
        wrapped(&"w".repeat(81), 0),
        format!("{}\nw", "w".repeat(80))
    );
}

#[test]
fn lines_that_fit_stay_as_they_are() {
    let long = format!("    {}", "word ".repeat(20));
    let text = format!("a   b\n\n  c\n{long}\n");
    let rows = lines_wrapped(&text);
    assert_fits(&rows);
    let (short, rest) = rows.split_at("a   b\n\n  c\n".len());
    assert_eq!(short, "a   b\n\n  c\n");
    assert!(
        rest.lines().all(|row| row.starts_with("    word")),
        "{rest}"
    );
}

/// On a terminal. A pipe gets every pair as a table has it.
#[test]
fn a_pair_that_is_too_wide_is_two_paragraphs() {
    assert_eq!(pair("png", "image/png"), "png\timage/png\n");
    for (key, value, plain) in [
        ("seven77", 72, true),
        ("seven77", 73, false),
        ("eight888", 65, false),
    ] {
        let value = "v".repeat(value);
        let expected = match plain {
            true => format!("{key}\t{value}\n"),
            false => format!("{key}\n  {value}\n"),
        };
        assert_eq!(pair(key, &value), expected);
    }
    assert_fits(&pair(&"长".repeat(90), &"value ".repeat(90)));
    assert_fits(&pair("a\u{1b}[31m", "b\u{8}"));
}
