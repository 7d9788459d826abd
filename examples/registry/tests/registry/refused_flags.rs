//! What the command line refuses, and what its help names.

use super::*;

/// Refused with the flag, the value and what was expected. The load is long
/// enough to be noticed if it runs.
fn assert_out_of_range(flag: &str, values: &[&str], expected: &str) {
    for value in values {
        let run = run(&[flag, value]);
        assert_eq!(
            (run.code, run.out.as_str()),
            (Some(2), ""),
            "{flag} {value}"
        );
        let first = squeezed(run.err.split("\n\n").next().unwrap_or_default());
        assert!(
            first.contains(&squeezed(&format!("'{value}' for '{flag} <"))),
            "{first}"
        );
        assert!(
            first.ends_with(&squeezed(&format!(": expected {expected}"))),
            "{first}"
        );
    }
}

#[test]
fn readers_are_a_few() {
    let values = [
        "0",
        "-1",
        "1025",
        "100000",
        "1e3",
        "2.5",
        "many",
        "99999999999999999999999",
    ];
    assert_out_of_range("--readers", &values, "a whole number from 1 to 1024");
}

#[test]
fn seconds_are_more_than_none_and_less_than_for_ever() {
    let values = [
        "0", "-0", "-1", "0.001", "NaN", "inf", "-inf", "1e300", "86401", "soon",
    ];
    assert_out_of_range("--seconds", &values, "a number from 0.01 to 86400");
}

#[test]
fn writes_per_second_are_what_a_thread_can_try() {
    let values = ["-1", "1000001", "0.5", "NaN", "all"];
    let expected = "a whole number from 0 to 1000000";
    assert_out_of_range("--writes-per-second", &values, expected);
}

#[test]
fn absent_is_a_percentage() {
    let values = ["-1", "100.1", "NaN", "inf", "5%"];
    assert_out_of_range("--absent", &values, "a number from 0 to 100");
}

#[test]
fn a_seed_is_a_word() {
    let expected = "a whole number from 0 to 18446744073709551615";
    assert_out_of_range("--seed", &["-1", "18446744073709551616", "x"], expected);
}

#[test]
fn a_query_runs_no_load() {
    let load = [
        &["--readers", "1"][..],
        &["--seconds", "1"],
        &["--writes-per-second", "1"],
        &["--absent", "1"],
        &["--seed", "1"],
        &["--pinned"],
        &["--json"],
    ];
    for flags in load {
        let run = run(&[&["--query", "png"], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flags:?}");
        assert!(
            run.err.contains("'--query <KEY>...' cannot be used with"),
            "{}",
            run.err
        );
    }
}

#[test]
fn a_query_asks_for_something() {
    let run = run(&["--query"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("'--query <KEY>...'"), "{}", run.err);
}

#[test]
fn an_unknown_flag_is_refused_by_name() {
    let run = run(&["--writers", "2"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("'--writers'"), "{}", run.err);
}

#[test]
fn the_help_names_every_flag_and_every_exit_code() {
    let run = run(&["--help"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let flags =
        "--input --query --readers --seconds --writes-per-second --absent --pinned --seed --json";
    for flag in flags.split(' ') {
        assert!(
            run.out.contains(&format!("      {flag}")),
            "{flag} in {}",
            run.out
        );
    }
    for code in 0..=3 {
        assert!(
            run.out.contains(&format!("\n  {code}  ")),
            "{code} in {}",
            run.out
        );
    }
}
