//! The program, run as its users run it: what it refuses, and whether its figures are there.

#[path = "../../../examples/common/program.rs"]
#[allow(dead_code, reason = "the rest is for the other programs")]
mod program;

use program::{Run, command, finish};
use serde_json::Value;

fn run(arguments: &[&str]) -> Run {
    finish(command(env!("CARGO_BIN_EXE_compare"), arguments), b"")
}

/// The shortest run of look-ups, as JSON.
fn report(arguments: &[&str]) -> Value {
    let short = [
        "--only",
        "read",
        "--keys",
        "u64",
        "--sizes",
        "100",
        "--threads",
        "1",
    ];
    let shorter = ["--rounds", "1", "--ms", "0.01", "--json"];
    let run = run(&[&short[..], &shorter, arguments].concat());
    assert_eq!(
        (run.code, run.err.contains("error")),
        (Some(0), false),
        "{}",
        run.err
    );
    serde_json::from_str(&run.out).expect("one JSON document")
}

#[test]
fn every_contender_of_the_help_has_figures() {
    let help = run(&["--help"]).out;
    let (_, list) = help.split_once("Contenders:\n").expect("it lists them");
    let listed: Vec<_> = (list.lines())
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_once("  ").map(|(name, _)| name.to_owned()))
        .collect();
    assert!(listed.len() > 10, "{listed:?}");
    let report = report(&[]);
    let cases = report["cases"].as_array().expect("there are cases");
    for name in &listed {
        let measured = cases.iter().any(|case| {
            let series = case["series"].as_array().into_iter().flatten();
            let its = series.filter(|series| series["contender"] == name.as_str());
            its.flat_map(|series| series["rounds"].as_array())
                .any(|rounds| {
                    rounds
                        .iter()
                        .all(|ns| ns.as_f64().is_some_and(|ns| ns > 0.0))
                })
        });
        assert!(measured, "{name} has no figures in {report:#}");
    }
}

/// What `cargo run` starts without a flag is the whole comparison.
#[test]
fn a_run_is_quick_only_if_it_is_asked_to_be() {
    assert_eq!(report(&[])["settings"]["quick"], false);
    assert_eq!(report(&["--quick"])["settings"]["quick"], true);
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    for (flag, value) in [
        ("--contenders", "nobody"),
        ("--sizes", "1"),
        ("--rounds", "0"),
    ] {
        let run = run(&[flag, value]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{flag}");
        assert!(
            run.err.contains(flag) && run.err.contains("expected"),
            "{}",
            run.err
        );
    }
}
