//! What `--query` answers.

use super::*;
use std::io::Write;

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
fn an_absent_key_is_reported_beside_the_answers() {
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
    let expected = format!("registry: {path}: no key \"png\"");
    assert_eq!(squeezed(&run.err), squeezed(&expected));
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
    assert!(
        squeezed(&run.err).starts_with(&squeezed(expected)),
        "{}",
        run.err
    );
}
