//! What the program prints fits a terminal of 80 columns, and no row of a table is broken.

use crate::drawn::{LEVELS, swept};
use crate::program::{Run, command, file, finish};
use crate::roster::NAMES;
use unicode_width::UnicodeWidthStr;

const COLUMNS: usize = 80;

/// Runs where the files of the tests are, so that paths are short on every machine.
fn run(arguments: &[&str]) -> Run {
    let mut choose = command(env!("CARGO_BIN_EXE_choose"), arguments);
    choose.current_dir(env!("CARGO_TARGET_TMPDIR"));
    finish(choose, b"")
}

#[track_caller]
fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.width() <= COLUMNS, "{} columns: {line}", line.width());
    }
}

/// What the program prints when all is well.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
    assert_fits(&run.out);
    run.out
}

/// The tables of a text, each by its lines.
fn tables(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<_> = text.lines().collect();
    let blocks = lines.chunk_by(|one, next| one.starts_with('|') == next.starts_with('|'));
    let tables = blocks.filter(|block| block[0].starts_with('|'));
    tables.map(<[&str]>::to_vec).collect()
}

/// Each has as many rows, below its head and the line there, and all as wide as the head.
#[track_caller]
fn assert_tables(text: &str, count: usize, rows: usize) {
    let tables = tables(text);
    assert_eq!(tables.len(), count, "{text}");
    for table in tables {
        assert_eq!(table.len(), 2 + rows, "{text}");
        let cells = |line: &str| (line.matches('|').count(), line.width());
        for row in &table {
            assert_eq!(cells(row), cells(table[0]), "{row}");
        }
    }
}

const SHORT: [&str; 4] = ["--rounds", "5", "--operations", "2000"];

/// The table of the locks is there with the feature alone.
const LOCKS: usize = cfg!(feature = "lock-stats") as usize;

#[test]
fn the_help_fits() {
    printed(&["--help"]);
    printed(&["-h"]);
    printed(&["--version"]);
}

/// A line that is broken by hand and then again by the width leaves a stump.
#[test]
fn no_paragraph_of_the_help_has_a_stump() {
    let help = printed(&["--help"]);
    let (_, from) = help.split_once("How it measures:\n").expect("it says how");
    let (paragraphs, _) = from.split_once("\nDemands").expect("it lists them");
    let ends = |line: &str| line.ends_with(['.', ':']) || line.is_empty();
    let stumps = paragraphs
        .lines()
        .filter(|line| !ends(line) && line.len() < 66);
    assert_eq!(stumps.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_comparison_fits() {
    let every = ["--reads", "50", "--new-keys", "20", "--removes", "20"];
    let more = [
        "--threads",
        "128",
        "--misses",
        "12.5",
        "--skew",
        "hot:12.5/87.5",
        "--keys",
        "200",
    ];
    let text = printed(&[&SHORT[..], &every, &more].concat());
    assert_tables(&text, 5 + LOCKS, NAMES.len());
    // Values so long that the figures are, too.
    let long = ["--string-keys", "--value-bytes", "65536", "--keys", "2"];
    let text = printed(&[&SHORT[..], &every, &long].concat());
    assert_tables(&text, 5 + LOCKS, NAMES.len());
    let few = [
        "--reads",
        "0",
        "--only",
        "SyncMap,papaya",
        "--by",
        "write-p999",
    ];
    let text = printed(&[&SHORT[..], &few].concat());
    assert_tables(&text, 2 + LOCKS, 2);
    let without = ["--reads", "100", "--by", "write-p99"];
    let text = printed(&[&SHORT[..], &without].concat());
    assert_tables(&text, 2 + LOCKS, NAMES.len());
}

#[test]
fn a_replay_fits() {
    file(
        "columns.trace",
        b"get,a\nmiss,b\ninsert,b\nremove,a\nwalk\nclear\n",
    );
    let text = printed(&[&SHORT[..], &["--trace", "columns.trace"]].concat());
    assert_tables(&text, 4 + LOCKS, NAMES.len());
}

#[test]
fn a_sweep_fits() {
    let short = [
        "--sweep",
        "--rounds",
        "5",
        "--seconds",
        "0.1",
        "--keys",
        "50",
    ];
    let text = printed(&[&short[..], &["--threads", "128", "--only", "MutexMap,scc"]].concat());
    assert_tables(&text, 2, 8);
    let text = printed(&[&short[..], &["--threads", "1"]].concat());
    assert_tables(&text, 2, 1);
}

/// Whatever the verdicts are.
#[test]
fn the_widest_squares_fit() {
    for level in LEVELS {
        let text = swept(128, level).to_string();
        assert_fits(&text);
        assert_tables(&text, 2, 8);
    }
}

/// The other map is named if there is one and there is room for it. Several are counted,
/// without the one to take.
#[test]
fn a_square_tells_who_else_is_as_good() {
    let told = LEVELS.map(|level| {
        let square = &swept(1, level).cells[0];
        [square.lead(11), square.lead(10)]
    });
    let expected = [
        ["99.9 ×??"; 2],
        ["= HybridMap", "= 1 more"],
        ["= 10 more"; 2],
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_verdict_comes_last() {
    // A write copies one of the two, so they are never equals, whose ranking would follow.
    let apart = ["--reads", "50", "--only", "ShardedMap,ArcSwap"];
    let text = printed(&[&SHORT[..], &apart].concat());
    let last = text.split("\n\n").last().expect("there is text");
    assert!(last.starts_with("Take "), "{text}");
}

/// The number in a cell, in nanoseconds if it is a duration.
fn number_in(cell: &str) -> Option<f64> {
    let cell = cell.trim_end_matches('*').trim();
    let (number, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    let times = match unit.trim() {
        "s" => 1e9,
        "ms" => 1e6,
        "µs" => 1e3,
        _ => 1.0,
    };
    let number: f64 = number.replace(',', "").parse().ok()?;
    Some(number * times)
}

/// The best of a column is known by its star, without colour: the largest figure where
/// the figures are throughputs, the least elsewhere.
#[test]
fn each_column_has_a_star_at_its_best_figure() {
    let text = printed(&SHORT);
    for table in tables(&text) {
        let cells = |row: &str| row.split('|').map(str::trim).map(String::from).collect();
        let rows: Vec<Vec<String>> = table[2..].iter().map(|row| cells(row)).collect();
        let heads: Vec<String> = cells(table[0]);
        for column in 2..rows[0].len() - 1 {
            let figures = rows.iter().filter_map(|row| number_in(&row[column]));
            let best = match heads[column].as_str() {
                "all" | "of best" | "slowest" | "fastest" => figures.reduce(f64::max),
                _ => figures.reduce(f64::min),
            };
            for row in &rows {
                let is_best = number_in(&row[column]) == best;
                assert_eq!(row[column].ends_with('*'), is_best, "{}", table.join("\n"));
            }
        }
    }
    assert!(!text.contains('\u{1b}'), "there is colour in a pipe");
}

#[test]
fn an_error_fits() {
    file("columns-bad.trace", b"get,a\nget\n");
    let long = "/no/such/directory/of/this/or/any/other/machine/where/the/tests/run";
    let both = ["--new-keys", "60", "--removes", "41"];
    let picture = [&SHORT[..], &["--only", "scc", "--plot", long]].concat();
    let refused: [&[&str]; 16] = [
        &["--reads", "101"],
        &["--keys", "many and many more than there can ever be"],
        &["--threads", "none"],
        &["--skew", "hot:10"],
        &["--rounds", "4"],
        &["--value-bytes", "0"],
        &["--operations", "1"],
        &["--seconds", "1", "--operations", "1000"],
        &["--only", "BTreeMap"],
        &["--preset", "fast"],
        &["--by", "luck"],
        &["--fast"],
        &["--trace", "columns-bad.trace"],
        &["--trace", long],
        &both,
        &picture,
    ];
    for arguments in refused {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(!run.err.is_empty(), "{arguments:?}");
        assert_fits(&run.err);
    }
}
