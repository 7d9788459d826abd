//! Wrong scripts: each is refused with a message of its own, at its place.

use crate::program::{file, run};
use std::collections::BTreeSet;
use walkthrough::{Line, Script};

/// A wrong script, the line and the column of its mistake, and the message.
const WRONG: [(&str, usize, usize, &str); 17] = [
    (
        "store a 1\nlode a",
        2,
        1,
        "expected an operation (load, store, swap, load_or_store, delete, load_and_delete, \
         compare_and_swap, compare_and_delete, range, clear, compact), found `lode`",
    ),
    (
        "  LoadOrStore a 1",
        1,
        3,
        "expected `load_or_store`, found `LoadOrStore`",
    ),
    (
        "load",
        1,
        5,
        "expected a key after `load`, found the end of the line",
    ),
    (
        "delete # a",
        1,
        7,
        "expected a key after `delete`, found the end of the line",
    ),
    (
        "\n\nstore 1 a",
        3,
        7,
        "expected a key, which begins with a letter, found `1`",
    ),
    (
        "load a-b",
        1,
        7,
        "expected a key of letters, digits and `_`, found `-` in `a-b`",
    ),
    (
        "load seventeen_letters",
        1,
        6,
        "expected a key of at most 16 characters, found `seventeen_letters`",
    ),
    (
        "store ä",
        1,
        8,
        "expected a value, a whole number, after `ä`, found the end of the line",
    ),
    (
        "store a\tb",
        1,
        9,
        "expected a value, a whole number, found `b`",
    ),
    (
        "swap a -1",
        1,
        8,
        "expected a value, a whole number, found `-1`",
    ),
    (
        "swap a 4294967296",
        1,
        8,
        "expected a value of at most 4294967295, found `4294967296`",
    ),
    (
        "compare_and_swap a",
        1,
        19,
        "expected the old value, a whole number, after `a`, found the end of the line",
    ),
    (
        "compare_and_swap a 1",
        1,
        21,
        "expected the new value, a whole number, after `1`, found the end of the line",
    ),
    (
        "compare_and_delete a +1",
        1,
        22,
        "expected the old value, a whole number, found `+1`",
    ),
    (
        "compare_and_swap a 1 99999999999",
        1,
        22,
        "expected the new value of at most 4294967295, found `99999999999`",
    ),
    (
        "range all",
        1,
        7,
        "expected the end of the line after `range`, found `all`",
    ),
    (
        "# nothing\n\n",
        2,
        1,
        "expected an operation (load, store, swap, load_or_store, delete, load_and_delete, \
         compare_and_swap, compare_and_delete, range, clear, compact), but the script has none",
    ),
];

#[test]
fn each_mistake_has_its_place_and_a_message_of_its_own() {
    let mut messages = BTreeSet::new();
    for (text, line, column, message) in WRONG {
        let problem = Script::parse("wrong.txt", text).expect_err(text);
        assert_eq!((problem.line, problem.column), (line, column), "{text}");
        assert_eq!(problem.message, message);
        assert!(messages.insert(problem.message), "{text}");
    }
}

#[test]
fn the_program_shows_the_line_and_marks_the_place() {
    let file = file("marked.txt", b"store a 1\n\tstore b  x  # two\n");
    let refused = run(&["--script", &file], "");
    let expected = format!(
        "walkthrough: {file}:2:11: expected a value, a whole number, found `x`\n    \
         \tstore b  x  # two\n    \t         ^\n"
    );
    assert_eq!((refused.code, refused.err), (Some(2), expected));
    // Nothing is played before all of the script is known to be right.
    assert_eq!(refused.out, "");
}

#[test]
fn what_a_terminal_would_obey_is_not_printed() {
    let file = file("obeyed.txt", b"load \x1b[2J\n");
    let refused = run(&["--script", &file], "");
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains(":1:6: expected a key") && !refused.err.contains('\x1b'));
}

#[test]
fn bytes_that_are_no_text_are_refused_at_their_place() {
    let file = file("bytes.txt", "store ä 1\nload ä\u{e4}".as_bytes());
    let whole = std::fs::read(&file).expect("it was written");
    std::fs::write(&file, &whole[..whole.len() - 1]).expect("the test can write its file");
    let refused = run(&["--script", &file], "");
    let expected = format!("walkthrough: {file}:2:7: expected text in UTF-8, found other bytes\n");
    assert_eq!((refused.code, refused.err), (Some(2), expected));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refused = run(&["--script", "no such file"], "");
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.starts_with("walkthrough: no such file: "),
        "{}",
        refused.err
    );
}

#[test]
fn comments_blanks_and_the_ends_of_lines_do_not_matter() {
    let text = "\u{feff}# one\r\n\r\n  store a 1 # two\r\nload a\r\n#\r\nclear";
    let script = Script::parse("right.txt", text).expect("it has no mistake");
    let lines = script.lines.iter().map(|line| match line {
        Line::Comment(text) => format!("# {text}"),
        Line::Call(number, call) => format!("{number} {call}"),
    });
    let expected = ["# one", "3 store a 1", "4 load a", "# ", "6 clear"];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}
