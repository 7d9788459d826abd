//! The program, run as its users run it: what it refuses and how, and whether its
//! figures agree with one another.

use crate::program::{Run, command, file, finish, float, number};
use serde_json::Value;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_choose");

fn run(arguments: &[&str]) -> Run {
    finish(command(PROGRAM, arguments), b"")
}

/// A short comparison, as JSON.
fn report(arguments: &[&str]) -> Value {
    let short = ["--json", "--rounds", "5", "--operations", "2000"];
    let run = run(&[&short, arguments].concat());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    serde_json::from_str(&run.out).expect("it is JSON")
}

fn assert_refused(arguments: &[&str], named: &str) {
    let run = run(arguments);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
    assert!(in_one_line(&run.err).contains(named), "{}", run.err);
}

/// Undoes the breaks between lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_flag_that_makes_no_sense_is_named() {
    assert_refused(&["--reads", "101"], "--reads");
    assert_refused(&["--reads", "-1"], "--reads");
    assert_refused(&["--keys", "0"], "--keys");
    assert_refused(&["--threads", "none"], "--threads");
    assert_refused(&["--skew", "hot:10"], "--skew");
    assert_refused(&["--rounds", "4"], "--rounds");
    assert_refused(&["--value-bytes", "0"], "--value-bytes");
    assert_refused(&["--only", "BTreeMap"], "--only");
    assert_refused(&["--preset", "fast"], "--preset");
    assert_refused(&["--trace", "t", "--keys", "5"], "--keys");
    assert_refused(&["--sweep", "--reads", "50"], "--reads");
    let both = ["--new-keys", "60", "--removes", "41"];
    assert_refused(&both, "--new-keys 60 and --removes 41");
}

#[test]
fn a_trace_with_a_bad_line_is_refused_with_file_and_line() {
    let path = file("bad.trace", b"get,a\nget\n");
    assert_refused(&["--trace", &path], &format!("{path}: line 2"));
    assert_refused(&["--trace", "/no/such/file"], "/no/such/file");
}

/// Both of a load by flags and of one by a trace. Within limits of the system's, as
/// some systems promise memory that they do not have.
#[cfg(target_os = "linux")]
#[test]
fn a_load_that_there_is_no_memory_for_is_refused() {
    let refused = |arguments: &[&str], named: &str| {
        let choose = command(PROGRAM, arguments);
        let mut limited = Command::new("sh");
        limited.args(["-c", "ulimit -v 4000000 && exec \"$0\" \"$@\""]);
        limited.arg(choose.get_program()).args(choose.get_args());
        limited.stdin(Stdio::piped());
        limited.stdout(Stdio::piped());
        limited.stderr(Stdio::piped());
        let run = finish(limited, b"");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
        assert!(run.err.contains(named), "{}", run.err);
    };
    let large = [
        "--value-bytes",
        "1048576",
        "--threads",
        "1",
        "--only",
        "MutexMap",
    ];
    let keys: String = (0..5_000).map(|key| format!("get,{key}\n")).collect();
    let trace = file("large.trace", keys.as_bytes());
    let none = "no memory for 5000 keys with values of 1048576 bytes";
    refused(&[&large[..], &["--trace", &trace]].concat(), none);
    let none = "no memory for 50000000 keys with values of 1048576 bytes";
    refused(&[&large[..], &["--keys", "50000000"]].concat(), none);
    refused(
        &[&large[..], &["--keys", "50000000", "--sweep"]].concat(),
        none,
    );
}

#[test]
fn a_picture_that_cannot_be_written_is_an_error() {
    let arguments = [
        "--rounds",
        "5",
        "--operations",
        "1000",
        "--plot",
        "/no/such/place.svg",
    ];
    let run = run(&arguments);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("--plot"), "{}", run.err);
}

#[test]
fn the_figures_agree_with_one_another() {
    let report = report(&["--reads", "50", "--new-keys", "20", "--removes", "20"]);
    assert_eq!(number(&report, "/rounds"), 5);
    let maps = report["maps"].as_array().expect("there are maps");
    assert_eq!(maps.len(), 10);
    for map in maps {
        let median = float(map, "/operations_per_second");
        assert!(float(map, "/at_least") <= median && median <= float(map, "/at_most"));
        let by_round = &map["operations_per_second_by_round"];
        assert_eq!(by_round.as_array().map(Vec::len), Some(5));
        for kind in ["get", "insert", "overwrite", "remove"] {
            let latency = &map["latencies"][kind];
            assert!(number(latency, "/samples") > 0, "{map:#}");
            assert!(number(latency, "/p50_ns") <= number(latency, "/p99_ns"));
            assert!(number(latency, "/p999_ns") <= number(latency, "/max_ns"));
        }
        // A key and a value are 16 bytes.
        assert!(float(map, "/bytes_per_entry") >= 16.0, "{map:#}");
    }
    let take = report["verdict"]["take"]
        .as_str()
        .expect("there is a verdict");
    let words = report["verdict"]["words"].as_str().expect("it is in words");
    assert!(words.starts_with(&format!("Take {take}")), "{words}");
    let level = report["verdict"]["level"]
        .as_array()
        .expect("at least the best");
    assert!(level.iter().any(|name| name == take));
}

/// A picture needs other thread counts too, but the report is of the one that was asked
/// for: the slower of two threads does no more than half of the work.
#[test]
fn a_report_with_a_picture_is_of_all_threads() {
    let path = file("all-threads.svg", b"");
    let report = report(&["--threads", "2", "--only", "MutexMap,scc", "--plot", &path]);
    assert_eq!(number(&report, "/threads"), 2);
    for map in report["maps"].as_array().expect("there are maps") {
        let slowest = float(map, "/slowest_thread_per_second");
        let all = float(map, "/operations_per_second");
        assert!(slowest <= 0.51 * all, "{map:#}");
    }
}

#[test]
fn those_that_were_asked_for_are_measured_alone() {
    let report = report(&[
        "--only",
        "SyncMap,papaya",
        "--string-keys",
        "--value-bytes",
        "100",
    ]);
    let maps = report["maps"].as_array().expect("there are maps");
    let names: Vec<_> = maps.iter().map(|map| &map["name"]).collect();
    assert_eq!(names, ["SyncMap", "papaya"]);
    // A string, and a value on the heap.
    assert!(float(&maps[0], "/bytes_per_entry") > 150.0, "{report:#}");
}

#[test]
fn a_trace_is_replayed_by_every_map() {
    let path = file(
        "good.trace",
        b"get,a\nmiss,b\ninsert,b\nremove,a\nwalk\nclear\n",
    );
    let report = report(&["--trace", &path]);
    assert_eq!(report["maps"].as_array().map(Vec::len), Some(10));
    let load = report["load"].as_str().expect("it is in words");
    assert!(
        load.contains("6 operations on 2 keys, 1 of them there"),
        "{load}"
    );
}

#[test]
fn a_sweep_has_a_verdict_in_each_square_and_a_picture() {
    let path = file("sweep.svg", b"");
    let arguments = [
        "--sweep",
        "--threads",
        "2",
        "--rounds",
        "5",
        "--seconds",
        "0.1",
    ];
    let others = ["--only", "MutexMap,SyncMap", "--plot", &path, "--json"];
    let run = run(&[&arguments[..], &others].concat());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let sweep: Value = serde_json::from_str(&run.out).expect("it is JSON");
    let squares = sweep["cells"].as_array().expect("there are squares");
    assert_eq!(squares.len(), 2 * 6);
    assert!(
        squares
            .iter()
            .all(|square| square["verdict"]["take"].is_string())
    );
    let picture = std::fs::read_to_string(path).expect("it was drawn");
    assert!(picture.contains("<svg") && picture.contains("99.9 % reads"));
}
