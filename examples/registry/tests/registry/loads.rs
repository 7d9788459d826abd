//! The load: whether the figures of its report agree with one another.

use super::*;
use std::sync::{Mutex, PoisonError};

/// Runs for 0.3 seconds; one load at a time, so that none keeps the writer of
/// another from its processor.
fn load(arguments: &[&str]) -> Run {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    run(&[&["--seconds", "0.3"], arguments].concat())
}

fn short_json(arguments: &[&str]) -> Value {
    let run = load(&[arguments, &["--json"]].concat());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    serde_json::from_str(&run.out).expect("the report is one JSON object")
}

/// The pipe is what the test reads standard error from.
#[test]
fn a_report_is_all_that_a_pipe_gets() {
    let run = load(&[]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.starts_with("2 readers did "), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn a_report_tells_people_everything() {
    let out = load(&[]).out;
    for part in [
        " found their key, ",
        "\nlook-ups ",
        "\n  net of the driver ",
        "\n  as measured ",
        "\n  the driver alone ",
        "\nwrites, as measured\n  overwrite ",
        "\n  add ",
        "\n  remove ",
        "\n  any, from when due ",
        "\n  The driver is ",
        "\ninside the map\n  mutex taken ",
        "\n  promotions ",
        "\n  rebuilds ",
        "\nwhat it means\n  At most one look-up in ",
        "\nnext\n",
        " cargo run --release -p registry -- --input FILE\n",
        " cargo run --release -p choose\n",
    ] {
        assert!(out.contains(part), "{part:?} in {out}");
    }
}

#[test]
fn every_look_up_finds_its_key_or_does_not() {
    let report = short_json(&["--readers", "3"]);
    let (found, not_found) = (number(&report, "/found"), number(&report, "/not_found"));
    assert_eq!(number(&report, "/lookups"), found + not_found);
    assert!(found > 0 && not_found > 0, "{report:#}");
    let readers = report["lookups_per_second"]["measured_by_reader"]
        .as_array()
        .unwrap();
    assert_eq!((readers.len(), number(&report, "/readers")), (3, 3));
    assert_eq!(report["violation"], Value::Null);
}

/// The map's counter is called "misses", as in the README. A look-up that finds no key
/// is no miss, and no other word stands for both.
#[test]
fn a_miss_is_what_the_map_counts_and_nothing_else() {
    let report = short_json(&[]);
    let fields: Vec<_> = report.as_object().unwrap().keys().collect();
    let other = |field: &&&String| field.contains("hit") || field.contains("miss");
    assert_eq!(fields.iter().find(other), None);
    assert!(report.pointer("/map/misses").is_some());
    let out = load(&[]).out;
    let inside = out
        .split("\ninside the map\n")
        .nth(1)
        .expect("it has a heading");
    let inside = inside.split("\n\n").next().expect("it has an end");
    assert!(inside.contains("\n  misses "), "{inside}");
    assert!(!out.replace(inside, "").contains("miss"), "{out}");
    assert!(!out.contains("hit"), "{out}");
}

#[test]
fn rates_are_counts_over_time() {
    let report = short_json(&[]);
    let seconds = float(&report, "/elapsed_seconds");
    assert!((0.3..60.0).contains(&seconds), "{seconds}");
    // One of five batches is the driver's. If its share is unknown, no block was full.
    let driver = report["driver_percent"].as_f64().unwrap_or(0.0) / 100.0;
    let looking_up = float(&report, "/lookup_seconds");
    let expected = seconds * 4.0 / (4.0 + driver);
    assert!((looking_up / expected - 1.0).abs() < 1e-9, "{report:#}");
    let (lookups, driver) = (
        number(&report, "/lookups"),
        number(&report, "/driver_steps"),
    );
    assert!(
        (0.99..1.01).contains(&(lookups as f64 / driver as f64 / 4.0)),
        "{report:#}"
    );
    let rate = lookups as f64 / looking_up;
    let measured = float(&report, "/lookups_per_second/measured");
    assert!((measured / rate - 1.0).abs() < 1e-9);
    // Each reader ends a little before the last one does.
    let by_reader = report["lookups_per_second"]["measured_by_reader"]
        .as_array()
        .unwrap();
    let total: f64 = by_reader.iter().filter_map(Value::as_f64).sum();
    assert!(total >= rate * (1.0 - 1e-9), "{report:#}");
    let made = number(&report, "/writes/made") as f64 / seconds;
    assert!((float(&report, "/writes/made_per_second") / made - 1.0).abs() < 1e-9);
}

/// The time of a look-up is what was measured, less the time of the driver. How much that
/// is depends on the machine, and so does whether it is certain enough for a net rate.
#[test]
fn a_net_figure_is_the_measured_one_without_the_drivers() {
    let report = short_json(&[]);
    let rate = |name: &str| report["lookups_per_second"][name].as_f64();
    let part = |name: &str| report[name].as_f64().map(|percent| percent / 100.0);
    let measured = rate("measured").expect("there were look-ups");
    let (share, error) = (part("driver_percent"), part("driver_percent_error"));
    let is = |rate: f64, expected: f64| (rate / expected - 1.0).abs() < 1e-9;
    match share.zip(error) {
        None => assert_eq!((rate("net"), rate("driver")), (None, None), "{report:#}"),
        Some((share, error)) => {
            let driver = rate("driver").expect("it has a share");
            assert!(is(driver, measured / share), "{report:#}");
            let left = 1.0 - share;
            let is_certain = left > 0.0 && error <= 0.1 * left;
            assert_eq!(rate("net").is_some(), is_certain, "{report:#}");
            let net = rate("net");
            assert!(net.is_none_or(|net| is(net, measured / left)), "{report:#}");
        }
    }
    let clock = number(&report, "/lookup_latency/driver/p50_ns");
    assert!(clock > 0, "{report:#}");
    for latency in ["p50_ns", "p99_ns", "p999_ns", "max_ns"] {
        let of = |kind| number(&report, &format!("/lookup_latency/{kind}/{latency}"));
        assert_eq!(of("net"), of("measured") - clock, "{latency}: {report:#}");
    }
}

/// A reader times the one look-up in the middle of each batch of 64.
#[test]
fn one_look_up_in_64_is_timed() {
    let report = short_json(&[]);
    assert_eq!(number(&report, "/lookup_timed_every"), 64);
    let samples = number(&report, "/lookup_latency/measured/samples");
    assert_eq!(number(&report, "/lookups"), 64 * samples);
    let samples = number(&report, "/lookup_latency/driver/samples");
    assert_eq!(number(&report, "/driver_steps"), 64 * samples);
}

#[test]
fn every_write_is_timed_as_what_it_is() {
    let report = short_json(&[]);
    let samples = |kind| number(&report, &format!("/writes/{kind}_latency/samples"));
    let (overwrites, adds, removes) = (samples("overwrite"), samples("add"), samples("remove"));
    let made = number(&report, "/writes/made");
    assert_eq!(
        (overwrites + adds + removes, samples("schedule")),
        (made, made)
    );
    assert!(
        overwrites > adds && adds >= removes && removes > 0,
        "{report:#}"
    );
    assert_eq!(number(&report, "/writes/wanted_per_second"), 1_000);
    assert_eq!(number(&report, "/writes/scheduled"), 300);
    // None is made before it is due.
    let longest = |kind| number(&report, &format!("/writes/{kind}_latency/max_ns"));
    let each = [longest("overwrite"), longest("add"), longest("remove")];
    assert!(
        each.iter().all(|&ns| ns <= longest("schedule")),
        "{report:#}"
    );
}

/// 32 guests are there when the load begins; each addition is of one that is
/// not there, each removal of one that is. The last write is an addition.
#[test]
fn the_map_ends_with_the_keys_that_were_put_there() {
    let report = short_json(&["--writes-per-second", "9950"]);
    let keys = number(&report, "/keys");
    assert_eq!(keys, MEDIA_TYPES.lines().count() as u64);
    let adds = number(&report, "/writes/add_latency/samples");
    let removes = number(&report, "/writes/remove_latency/samples");
    assert_eq!(number(&report, "/map/keys"), keys + 32 + adds - removes);
}

#[test]
fn latencies_grow_with_their_quantiles() {
    let report = short_json(&[]);
    for latency in [
        "/lookup_latency/measured",
        "/lookup_latency/driver",
        "/writes/overwrite_latency",
        "/writes/add_latency",
        "/writes/remove_latency",
        "/writes/schedule_latency",
    ] {
        let of = |name| number(&report, &format!("{latency}/{name}"));
        let figures = [of("p50_ns"), of("p99_ns"), of("p999_ns"), of("max_ns")];
        assert!(figures.is_sorted(), "{latency}: {figures:?}");
        // Each has the clock in it.
        let clock = number(&report, "/lookup_latency/driver/p50_ns");
        assert!(figures[0] >= clock / 2, "{latency}: {figures:?}");
    }
}

/// With ten keys and 32 guests a promotion takes some 43 misses, for which
/// there is time between two additions, unless those come before they are
/// due.
#[test]
fn additions_copy_the_table_and_look_ups_promote_the_copy() {
    let lines: String = (0..10).map(|n| format!("{n}\tvalue\n")).collect();
    let path = file("ten.tsv", lines.as_bytes());
    let report = short_json(&["--input", &path]);
    let [locks, misses, promotions, rebuilds, copied] = [
        "locks",
        "misses",
        "promotions",
        "rebuilds",
        "copied_entries",
    ]
    .map(|count| number(&report, &format!("/map/{count}")));
    let adds = number(&report, "/writes/add_latency/samples");
    assert!(rebuilds <= adds && rebuilds > adds / 4, "{report:#}");
    assert!(
        promotions <= rebuilds && promotions + 1 >= rebuilds,
        "{report:#}"
    );
    assert!(misses >= 42 * promotions && locks > misses, "{report:#}");
    assert!(copied >= 42 * rebuilds, "{report:#}");
    assert_eq!(report["summary"].as_array().unwrap().len(), 3, "{report:#}");
}

#[test]
fn without_a_writer_nobody_takes_the_mutex() {
    let report = short_json(&["--writes-per-second", "0"]);
    for zero in [
        "/writes/made",
        "/writes/scheduled",
        "/map/locks",
        "/map/misses",
        "/map/rebuilds",
    ] {
        assert_eq!(number(&report, zero), 0, "{zero}");
    }
    for none in ["overwrite", "add", "remove", "schedule"] {
        assert_eq!(report["writes"][format!("{none}_latency")], Value::Null);
    }
    assert_eq!(report["summary"][0], "No look-up took the mutex.");
    assert_eq!(report["summary"].as_array().unwrap().len(), 2, "{report:#}");
}

#[test]
fn absent_is_the_share_of_look_ups_whose_key_is_never_present() {
    let not_found = |percent| {
        let report = short_json(&["--absent", percent]);
        number(&report, "/not_found") as f64 / number(&report, "/lookups") as f64
    };
    // Half a percent of the look-ups are of guests that are not there.
    assert!((0.003..0.008).contains(&not_found("0")));
    assert!((0.49..0.52).contains(&not_found("50")));
    assert_eq!(not_found("100"), 1.0);
}

/// More writes than a thread can make: those that are late count from the
/// moment they were due, so the last one made is late by all that was missed.
#[test]
fn a_writer_that_falls_behind_says_by_how_much() {
    let report = short_json(&["--writes-per-second", "1000000"]);
    let (made, scheduled) = (
        number(&report, "/writes/made"),
        number(&report, "/writes/scheduled"),
    );
    assert_eq!(scheduled, 300_000);
    assert!(
        made < scheduled,
        "this machine makes a write in less than a microsecond"
    );
    let missed_ns = (scheduled - made) * 1_000;
    let latest_ns = number(&report, "/writes/schedule_latency/max_ns");
    assert!(latest_ns as f64 >= missed_ns as f64 * 0.9, "{report:#}");
}

#[test]
fn a_writer_that_falls_behind_says_so_to_people() {
    let out = load(&["--writes-per-second", "1000000"]).out;
    let out = squeezed(&out);
    assert!(
        out.contains(&squeezed(" writes per second instead of 1,000,000, ")),
        "{out}"
    );
}

#[test]
fn pinned_readers_find_the_same() {
    let report = short_json(&["--pinned"]);
    assert_eq!(report["pinned"], true);
    assert_eq!(report["violation"], Value::Null);
    let share = number(&report, "/not_found") as f64 / number(&report, "/lookups") as f64;
    assert!((0.03..0.045).contains(&share), "{share}");
}

#[test]
fn a_table_of_one_key_carries_a_load() {
    let path = file("one.tsv", b"a\t1\n");
    let report = short_json(&["--input", &path, "--readers", "1"]);
    assert_eq!(
        (number(&report, "/keys"), &report["source"]),
        (1, &Value::from(path))
    );
    assert!(number(&report, "/found") > 0);
}

#[test]
fn many_readers_end_when_it_is_time() {
    let report = short_json(&["--readers", "200"]);
    let readers = report["lookups_per_second"]["measured_by_reader"]
        .as_array()
        .unwrap();
    assert_eq!(readers.len(), 200);
    let seconds = float(&report, "/elapsed_seconds");
    assert!(seconds < 30.0, "{seconds}");
}
