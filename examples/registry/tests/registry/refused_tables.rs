//! What is refused as a table.
//!
//! Each table begins with a line that is in order, so that an answer would show
//! if anything of the table were accepted.

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
    assert_eq!(
        squeezed(&run.err),
        squeezed(&format!("registry: {path}:2: {expected}"))
    );
}

#[test]
fn a_file_that_is_not_there_is_refused_by_name() {
    let run = run(&["--input", "no/such/file.tsv", "--query", "a"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    let expected = "registry: no/such/file.tsv: expected a file that can be read: ";
    assert!(
        squeezed(&run.err).starts_with(&squeezed(expected)),
        "{}",
        run.err
    );
}

#[test]
fn a_directory_is_refused_by_name() {
    let directory = env!("CARGO_MANIFEST_DIR");
    let run = run(&["--input", directory, "--query", "a"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    let expected = format!("registry: {directory}: expected a file that can be read: ");
    assert!(
        squeezed(&run.err).starts_with(&squeezed(&expected)),
        "{}",
        run.err
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_end_is_refused() {
    let run = run(&["--input", "/dev/zero", "--query", "a"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    let expected = "expected a file that can be read: it is longer than 256 MiB";
    assert_eq!(
        squeezed(&run.err),
        squeezed(&format!("registry: /dev/zero: {expected}"))
    );
}
