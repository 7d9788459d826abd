//! The program `registry`, run as its users run it: what it answers, what it
//! refuses and how, and whether its figures agree with one another.
//!
//! Its parts that a run shows only by chance (the sampler, and the witness that
//! never has anything to say about a sound map) are also tested by themselves.

use program::{Run, command, file, finish, float, number};
use serde_json::Value;
use std::io::Write;

// The program's own parts, in which these paths mean what they mean there.
#[allow(dead_code, reason = "of this one only the type of a name is needed")]
#[path = "../src/names.rs"]
mod names;
#[path = "../../common/program.rs"]
mod program;
#[path = "../src/random.rs"]
mod random;
#[path = "../src/witness.rs"]
mod witness;
#[path = "../src/zipf.rs"]
mod zipf;

const PROGRAM: &str = env!("CARGO_BIN_EXE_registry");

const MEDIA_TYPES: &str = include_str!("../../data/media-types.tsv");

fn run(arguments: &[&str]) -> Run {
    finish(command(PROGRAM, arguments), b"")
}

/// Asks for the key `a`, which most tables here have in their first line.
fn query_in(table: &[u8]) -> Run {
    finish(command(PROGRAM, &["--input", "-", "--query", "a"]), table)
}

/// Asks for a key of a table that is in order up to some point: it must be
/// refused as a whole, with its name and the line.
fn assert_refused(table: &[u8], place: &str, expected: &str) {
    let run = query_in(table);
    let message = format!("registry: standard input{place}: expected {expected}\n");
    assert_eq!(
        (run.code, run.err.as_str(), run.out.as_str()),
        (Some(2), message.as_str(), "")
    );
}

mod queries {
    use super::*;

    #[test]
    fn the_shipped_table_answers_in_the_order_of_the_questions() {
        let run = run(&["--query", "png", "html", "png"]);
        let answers = "png\timage/png\nhtml\ttext/html\npng\timage/png\n";
        assert_eq!(
            (run.code, run.err.as_str(), run.out.as_str()),
            (Some(0), "", answers)
        );
    }

    #[test]
    fn an_unknown_key_is_reported_beside_the_answers() {
        let run = run(&["--query", "no-such-key", "png"]);
        assert_eq!(run.code, Some(1));
        assert_eq!(run.out, "png\timage/png\n");
        assert_eq!(
            run.err,
            "registry: media-types.tsv: no key \"no-such-key\"\n"
        );
    }

    #[test]
    fn a_file_of_ones_own_takes_the_place_of_the_shipped_table() {
        let path = file("own.tsv", b"a\t1\n");
        let run = run(&["--input", &path, "--query", "a", "png"]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), "a\t1\n"));
        assert_eq!(run.err, format!("registry: {path}: no key \"png\"\n"));
    }

    #[test]
    fn a_dash_reads_standard_input() {
        let run = query_in(b"b\t2\na\t1\n");
        assert_eq!(
            (run.code, run.err.as_str(), run.out.as_str()),
            (Some(0), "", "a\t1\n")
        );
    }

    #[test]
    fn spaces_belong_to_keys_and_values() {
        let spaced = finish(
            command(PROGRAM, &["--input", "-", "--query", " b"]),
            b"a\t1\n b\t2 3 \n",
        );
        assert_eq!((spaced.code, spaced.out.as_str()), (Some(0), " b\t2 3 \n"));
    }

    #[test]
    fn a_byte_order_mark_and_carriage_returns_belong_to_nothing() {
        let run = query_in(b"\xef\xbb\xbfa\t1\r\nb\t2\r\n");
        assert_eq!((run.code, run.out.as_str()), (Some(0), "a\t1\n"));
    }

    #[test]
    fn empty_lines_are_skipped() {
        let run = query_in(b"\n\na\t1\n\r\n\nb\t2\n\n");
        assert_eq!(
            (run.code, run.err.as_str(), run.out.as_str()),
            (Some(0), "", "a\t1\n")
        );
    }

    #[test]
    fn a_last_line_needs_no_line_end() {
        assert_eq!(query_in(b"b\t2\na\t1").out, "a\t1\n");
    }

    /// A line that looks like one elsewhere is a key here like any other.
    #[test]
    fn there_are_no_comments() {
        assert_refused(
            b"# a comment\na\t1\n",
            ":1",
            "a key, one tab and a value, found no tab",
        );
    }

    /// The reader is gone before there is anything to write: it holds the
    /// program's input back until it has closed the program's output.
    #[test]
    fn a_reader_that_has_gone_away_is_no_error() {
        let mut child = command(PROGRAM, &["--input", "-", "--query", "a"])
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(b"a\t1\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), err.as_str()), (Some(0), ""));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_output_that_is_full_is_an_error() {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = command(PROGRAM, &["--query", "png"]);
        command.stdout(full);
        let run = finish(command, b"");
        assert_eq!(run.code, Some(2));
        let expected = "registry: standard output cannot be written: ";
        assert!(run.err.starts_with(expected), "{}", run.err);
    }
}

/// Each table begins with a line that is in order, so that an answer would show
/// if anything were loaded of it.
mod refused_tables {
    use super::*;

    #[test]
    fn a_line_without_a_tab_is_refused_with_its_number() {
        let expected = "a key, one tab and a value, found no tab";
        assert_refused(b"a\t1\nb\t2\nc\nd\t4\n", ":3", expected);
    }

    #[test]
    fn empty_lines_count_in_the_number_of_a_line() {
        let expected = "a key, one tab and a value, found no tab";
        assert_refused(b"a\t1\n\n\nc\n", ":4", expected);
    }

    #[test]
    fn a_line_of_spaces_is_no_empty_line() {
        let expected = "a key, one tab and a value, found no tab";
        assert_refused(b"a\t1\n  \n", ":2", expected);
    }

    #[test]
    fn an_empty_key_is_refused() {
        let expected = "a key, one tab and a value, found an empty key";
        assert_refused(b"a\t1\n\t2\n", ":2", expected);
    }

    #[test]
    fn an_empty_value_is_refused() {
        let expected = "a key, one tab and a value, found an empty value";
        assert_refused(b"a\t1\nb\t\n", ":2", expected);
    }

    #[test]
    fn a_second_tab_is_refused() {
        let expected = "a key, one tab and a value, found more than one tab";
        assert_refused(b"a\t1\nb\t2\t3\n", ":2", expected);
    }

    #[test]
    fn a_key_that_comes_twice_is_refused_with_both_lines() {
        let expected = "a new key, found \"b\" again (line 2)";
        assert_refused(b"a\t1\nb\t2\nc\t3\nb\t2\n", ":4", expected);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_with_their_line() {
        assert_refused(b"a\t1\nb\t\xff\n", ":2", "UTF-8, found other bytes");
    }

    #[test]
    fn a_table_without_any_line_is_refused() {
        let expected = "at least one line of a key, a tab and a value, found none";
        assert_refused(b"", "", expected);
        assert_refused(b"\n\r\n\n", "", expected);
    }

    #[test]
    fn a_bad_table_is_refused_before_any_load() {
        let path = file("bad.tsv", b"a\t1\nb\n");
        let run = run(&["--input", &path, "--seconds", "60"]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        let expected = "expected a key, one tab and a value, found no tab";
        assert_eq!(run.err, format!("registry: {path}:2: {expected}\n"));
    }

    #[test]
    fn a_file_that_is_not_there_is_refused_by_name() {
        let run = run(&["--input", "no/such/file.tsv", "--query", "a"]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        let expected = "registry: no/such/file.tsv: expected a file that can be read: ";
        assert!(run.err.starts_with(expected), "{}", run.err);
    }

    #[test]
    fn a_directory_is_refused_by_name() {
        let directory = env!("CARGO_MANIFEST_DIR");
        let run = run(&["--input", directory, "--query", "a"]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        let expected = format!("registry: {directory}: expected a file that can be read: ");
        assert!(run.err.starts_with(&expected), "{}", run.err);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        let run = run(&["--input", "/dev/zero", "--query", "a"]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        let expected = "expected a file that can be read: it is longer than 256 MiB";
        assert_eq!(run.err, format!("registry: /dev/zero: {expected}\n"));
    }
}

mod refused_flags {
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
            let first = run.err.lines().next().unwrap_or_default();
            assert!(
                first.contains(&format!("'{value}' for '{flag} <")),
                "{first}"
            );
            assert!(
                first.ends_with(&format!(": expected {expected}")),
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
    fn unknown_is_a_percentage() {
        let values = ["-1", "100.1", "NaN", "inf", "5%"];
        assert_out_of_range("--unknown", &values, "a number from 0 to 100");
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
            &["--unknown", "1"],
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
        let flags = "--input --query --readers --seconds --writes-per-second --unknown --pinned --seed --json";
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
}

mod loads {
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
        let begin = "keys: 1,529 (media-types.tsv); readers: 2; 0.";
        assert!(run.out.starts_with(begin), "{}", run.out);
        assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    }

    #[test]
    fn a_report_tells_people_everything() {
        let out = load(&[]).out;
        for part in [
            "\nlook-ups ",
            "\n  hits ",
            "\n  misses ",
            "\nwrites ",
            "\nlatency ",
            "\nlook-up ",
            "\noverwrite ",
            "\nadd ",
            "\nremove ",
            "\nwrite, since it was due ",
            "\nOne look-up in 64 is timed",
            "\ninside the map\n",
            "\n  promotions ",
            "\nin words\n  At most one look-up in ",
            "\nchecked\n  All ",
        ] {
            assert!(out.contains(part), "{part:?} in {out}");
        }
    }

    #[test]
    fn every_look_up_is_a_hit_or_a_miss() {
        let report = short_json(&["--readers", "3"]);
        let (hits, misses) = (number(&report, "/hits"), number(&report, "/misses"));
        assert_eq!(number(&report, "/lookups"), hits + misses);
        assert!(hits > 0 && misses > 0, "{report:#}");
        let readers = report["lookups_per_second_by_reader"].as_array().unwrap();
        assert_eq!((readers.len(), number(&report, "/readers")), (3, 3));
        assert_eq!(report["violation"], Value::Null);
    }

    #[test]
    fn rates_are_counts_over_time() {
        let report = short_json(&[]);
        let seconds = float(&report, "/elapsed_seconds");
        assert!((0.3..60.0).contains(&seconds), "{seconds}");
        let rate = number(&report, "/lookups") as f64 / seconds;
        assert!((float(&report, "/lookups_per_second") / rate - 1.0).abs() < 1e-9);
        // Each reader ends a little before the last one does.
        let by_reader = report["lookups_per_second_by_reader"].as_array().unwrap();
        let total: f64 = by_reader.iter().filter_map(Value::as_f64).sum();
        assert!(total >= rate * (1.0 - 1e-9), "{report:#}");
        let made = number(&report, "/writes/made") as f64 / seconds;
        assert!((float(&report, "/writes/made_per_second") / made - 1.0).abs() < 1e-9);
    }

    /// A reader times the one look-up in the middle of each batch of 64.
    #[test]
    fn one_look_up_in_64_is_timed() {
        let report = short_json(&[]);
        assert_eq!(number(&report, "/lookup_timed_every"), 64);
        let samples = number(&report, "/lookup_latency/samples");
        assert_eq!(number(&report, "/lookups"), 64 * samples);
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
            "/lookup_latency",
            "/writes/overwrite_latency",
            "/writes/add_latency",
            "/writes/remove_latency",
            "/writes/schedule_latency",
        ] {
            let of = |name| number(&report, &format!("{latency}/{name}"));
            let figures = [of("p50_ns"), of("p99_ns"), of("p999_ns"), of("max_ns")];
            assert!(figures.is_sorted(), "{latency}: {figures:?}");
            assert!(
                figures[0] >= number(&report, "/clock_cost_ns") / 2,
                "{latency}: {figures:?}"
            );
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
    fn without_a_writer_nobody_takes_the_lock() {
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
        assert_eq!(
            report["summary"][0],
            "No look-up took the lock: none waited for anybody."
        );
        assert_eq!(report["summary"].as_array().unwrap().len(), 2, "{report:#}");
    }

    #[test]
    fn unknown_is_the_share_of_look_ups_that_cannot_hit() {
        let misses = |percent| {
            let report = short_json(&["--unknown", percent]);
            number(&report, "/misses") as f64 / number(&report, "/lookups") as f64
        };
        // Half a percent of the look-ups are of guests that are not there.
        assert!((0.003..0.008).contains(&misses("0")));
        assert!((0.49..0.52).contains(&misses("50")));
        assert_eq!(misses("100"), 1.0);
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
        assert!(out.contains(" per second instead of 1,000,000: "), "{out}");
    }

    #[test]
    fn pinned_readers_find_the_same() {
        let report = short_json(&["--pinned"]);
        assert_eq!(report["pinned"], true);
        assert_eq!(report["violation"], Value::Null);
        let share = number(&report, "/misses") as f64 / number(&report, "/lookups") as f64;
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
        assert!(number(&report, "/hits") > 0);
    }

    #[test]
    fn many_readers_end_when_it_is_time() {
        let report = short_json(&["--readers", "200"]);
        let readers = report["lookups_per_second_by_reader"].as_array().unwrap();
        assert_eq!(readers.len(), 200);
        let seconds = float(&report, "/elapsed_seconds");
        assert!(seconds < 30.0, "{seconds}");
    }
}

mod shipped_table {
    use super::*;

    #[test]
    fn it_is_sorted_in_lower_case_and_strict() {
        let keys: Vec<_> = MEDIA_TYPES
            .lines()
            .map(|line| line.split_once('\t').expect("each line has a tab"))
            .map(|(key, media_type)| {
                assert_eq!(key, key.to_lowercase());
                assert_eq!(media_type.split('/').count(), 2, "{key}: {media_type}");
                key
            })
            .collect();
        assert!(keys.is_sorted_by(|one, next| one < next));
        assert!(keys.len() > 1_000);
    }
}

mod sampler {
    use crate::random::Random;
    use crate::zipf::Zipf;

    const DRAWS: usize = 1_000_000;

    /// How often each rank is drawn.
    fn shares(ranks: usize) -> Vec<f64> {
        let (zipf, mut random) = (Zipf::new(ranks), Random::new(7, 0));
        let mut drawn = vec![0.0; ranks];
        for _ in 0..DRAWS {
            drawn[zipf.draw(&mut random)] += 1.0 / DRAWS as f64;
        }
        drawn
    }

    /// Off by less than six standard deviations.
    fn assert_close(share: f64, expected: f64) {
        let deviation = (expected * (1.0 - expected) / DRAWS as f64).sqrt();
        assert!(
            (share - expected).abs() < 6.0 * deviation,
            "{share}, not {expected}"
        );
    }

    #[test]
    fn the_nth_rank_is_drawn_a_nth_as_often_as_the_first() {
        for ranks in [2, 3, 10, 1_529] {
            let total: f64 = (1..=ranks).map(|nth| 1.0 / nth as f64).sum();
            for (nth, share) in (1..).zip(shares(ranks)) {
                assert_close(share, 1.0 / (total * nth as f64));
            }
        }
    }

    #[test]
    fn of_one_rank_that_one_is_drawn() {
        let mut random = Random::new(7, 0);
        assert!((0..1_000).all(|_| Zipf::new(1).draw(&mut random) == 0));
    }

    #[test]
    fn a_percentage_comes_true_so_many_times_out_of_a_hundred() {
        for percent in [0.0, 0.5, 50.0, 100.0] {
            let mut random = Random::new(7, 0);
            let came = (0..DRAWS).filter(|_| random.percent(percent)).count();
            let expected = percent / 100.0;
            match expected {
                0.0 | 1.0 => assert_eq!(came as f64, expected * DRAWS as f64),
                _ => assert_close(came as f64 / DRAWS as f64, expected),
            }
        }
    }

    #[test]
    fn a_shuffle_keeps_everything_and_leaves_anything_anywhere() {
        let mut random = Random::new(7, 0);
        let mut first_at = [0.0; 4];
        for _ in 0..DRAWS {
            let mut items = [0, 1, 2, 3];
            random.shuffle(&mut items);
            let first = items.iter().position(|&item| item == 0);
            first_at[first.expect("it is still there")] += 1.0 / DRAWS as f64;
            assert_eq!(items.iter().sum::<i32>(), 6);
        }
        for share in first_at {
            assert_close(share, 0.25);
        }
    }

    #[test]
    fn a_seed_and_a_stream_make_the_same_numbers_again_and_others_do_not() {
        let numbers = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(numbers(1, 1), numbers(1, 1));
        assert_ne!(numbers(1, 1), numbers(1, 2));
        assert_ne!(numbers(1, 1), numbers(2, 1));
        assert_ne!(numbers(1, 2), numbers(2, 1));
    }
}

mod witness_of_values {
    use crate::names::{Kind, Name};
    use crate::witness::{Ledger, Witness, value};

    fn name(kind: Kind) -> Name {
        Name {
            key: "a".into(),
            text: "text".into(),
            kind,
        }
    }

    /// What one witness says to these values, one after the other, of one name.
    fn says(kind: Kind, found: &[Option<&str>]) -> Vec<Option<String>> {
        let mut witness = Witness::new(1);
        let check = |found: &Option<&str>| witness.check(0, &name(kind), *found).err();
        found.iter().map(check).collect()
    }

    fn says_last(kind: Kind, found: &[Option<&str>]) -> Option<String> {
        says(kind, found).pop().expect("it was asked")
    }

    #[test]
    fn the_loaded_value_and_the_writers_are_right() {
        let marked = [
            value("text", 0),
            value("text", 3),
            value("text", 3),
            value("text", 12),
        ];
        let found = marked.each_ref().map(|value| Some(value.as_str()));
        assert_eq!(found[..2], [Some("text"), Some("text\t3")]);
        assert!(says(Kind::Loaded, &found).iter().all(Option::is_none));
        assert!(says(Kind::Guest, &found).iter().all(Option::is_none));
    }

    #[test]
    fn a_lost_key_is_noticed() {
        let lost = says_last(Kind::Loaded, &[Some("text"), None]);
        assert_eq!(lost.as_deref(), Some("the key \"a\" is lost"));
    }

    #[test]
    fn guests_may_be_away_and_strangers_must_be() {
        assert_eq!(says_last(Kind::Guest, &[None]), None);
        assert_eq!(says_last(Kind::Stranger, &[None]), None);
        let stranger = says_last(Kind::Stranger, &[Some("text")]);
        assert_eq!(stranger.as_deref(), Some("nobody inserted \"a\""));
    }

    #[test]
    fn a_value_that_nobody_wrote_is_noticed() {
        for torn in [
            "", "tex", "texts", "other", "text\t", "text\tx", "text\t1x", "text3",
        ] {
            let noticed = says_last(Kind::Loaded, &[Some(torn)]);
            let expected = format!("nobody gave \"a\" the value {torn:?}");
            assert_eq!(noticed, Some(expected));
        }
    }

    #[test]
    fn a_value_that_goes_back_is_noticed() {
        let back = says_last(Kind::Loaded, &[Some("text\t12"), Some("text\t3")]);
        assert_eq!(back.as_deref(), Some("\"a\" went back from write 12 to 3"));
        let back = says_last(Kind::Guest, &[Some("text\t12"), None, Some("text")]);
        assert_eq!(back.as_deref(), Some("\"a\" went back from write 12 to 0"));
    }

    #[test]
    fn each_name_has_a_history_of_its_own() {
        let mut witness = Witness::new(2);
        let name = name(Kind::Loaded);
        assert_eq!(witness.check(0, &name, Some("text\t12")), Ok(()));
        assert_eq!(witness.check(1, &name, Some("text\t3")), Ok(()));
    }

    #[test]
    fn what_differs_from_the_ledger_is_noticed() {
        let ledger = Ledger(vec![Some(0), Some(12), None]);
        let check = |index, found| ledger.check(index, &name(Kind::Guest), found);
        let left = [Some("text"), Some("text\t12"), None];
        for index in 0..3 {
            for found in left {
                assert_eq!(
                    check(index, found).is_ok(),
                    found == left[index],
                    "{found:?}"
                );
            }
        }
        let expected = "the writer left \"a\" as Some(\"text\\t12\"), found None";
        assert_eq!(check(1, None), Err(expected.into()));
    }
}
