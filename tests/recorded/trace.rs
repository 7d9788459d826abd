//! The format of traces: what is written is read back, and what is no trace is
//! refused with the line and the reason.

use crate::cases::cases;
use proptest::prelude::*;
use readmostly::primitives::trace::{
    Header, LONGEST_LINE, Operation, Problem, Reader, Step, TraceError,
};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZeroU64;

fn on(operation: Operation, key: &str) -> Step {
    Step::On(operation, String::from(key))
}

fn read(trace: impl AsRef<[u8]>) -> Result<Vec<Step>, TraceError> {
    Reader::new(trace.as_ref()).collect()
}

#[test]
fn a_trace_by_hand_reads_as_it_looks() {
    let trace = "# who comes by\n\
                 get,ann\n\
                 \n  \t\n\
                 miss, bob \r\n\
                 insert,bob\r\n\
                 overwrite , a,b\n\
                 \r\n\
                 \x20 # walks\n\
                 walk\n remove,#1\n\
                 clear";
    let steps = [
        on(Operation::Get, "ann"),
        on(Operation::Miss, "bob"),
        on(Operation::Insert, "bob"),
        on(Operation::Overwrite, "a,b"),
        Step::Walk,
        on(Operation::Remove, "#1"),
        Step::Clear,
    ];
    assert_eq!(read(trace).unwrap(), steps);
}

#[test]
fn a_byte_order_mark_before_the_first_line_is_no_part_of_it() {
    let steps = read("\u{feff}get,ann\nget,bob").unwrap();
    assert_eq!(steps[0], on(Operation::Get, "ann"));
    assert!(read("get,ann\n\u{feff}get,bob").is_err());
}

/// The mark is no part of the line, and so not of its length.
#[test]
fn the_longest_line_after_a_byte_order_mark_is_whole() {
    let longest = format!("get,{}", "k".repeat(LONGEST_LINE - 4));
    for end in ["", "\n", "\r\n"] {
        let trace = format!("\u{feff}{longest}{end}");
        let mut reader = Reader::new(trace.as_bytes());
        let step = reader.next().unwrap().map(|step| step.to_string());
        // Not shown: it is long.
        assert!(step.is_ok_and(|step| step == longest), "{end:?}");
        assert_eq!(reader.line_number(), 1);
        assert!(reader.next().is_none());
    }
    let steps = read(format!("\u{feff}{longest}\r\n{longest}\r\nwalk")).unwrap();
    assert_eq!((steps.len(), &steps[2]), (3, &Step::Walk));
}

/// What stands behind the longest piece must not be taken for a line of its own.
#[test]
fn a_line_that_is_too_long_is_not_cut_in_two() {
    let longest = format!("get,{}", "k".repeat(LONGEST_LINE - 4));
    let bytes = |more: &str, mark: &str| format!("{mark}{longest}{more}walk\n");
    for mark in ["", "\u{feff}", "\u{feff}\u{feff}"] {
        for more in ["", "\r", "\r\r", "k", "kk", "\u{feff}", "\u{feff}\r\r"] {
            let trace = bytes(more, mark);
            let mut reader = Reader::new(trace.as_bytes());
            let expected = Problem::TooLong;
            let refused = match reader.next() {
                Some(Err(TraceError::Malformed { line, problem, .. })) => (line, problem),
                _ => panic!("{mark:?}, {more:?}"),
            };
            assert_eq!(refused, (1, expected), "{mark:?}, {more:?}");
            assert!(reader.next().is_none());
        }
    }
    // Only before the first line a mark is none of its bytes.
    let second = format!("walk\n\u{feff}{longest}\n");
    assert!(
        read(second)
            .unwrap_err()
            .to_string()
            .contains("no more than")
    );
}

#[test]
fn what_is_no_line_of_a_trace_is_refused_with_its_number_and_the_reason() {
    let longest = format!("get,{}", "k".repeat(LONGEST_LINE - 4));
    assert_eq!(read(format!("{longest}\r\n{longest}")).unwrap().len(), 2);

    let too_long = format!("{longest}k");
    let lines: [(&[u8], Problem); 15] = [
        (b"get", Problem::NoComma),
        (b"clear all", Problem::NoComma),
        (b"Clear", Problem::NoComma),
        (b"\0", Problem::NoComma),
        (b"fetch,a", Problem::UnknownOperation),
        (b"GET,a", Problem::UnknownOperation),
        (b",a", Problem::UnknownOperation),
        (b"get,", Problem::NoKey),
        (b"remove, \t", Problem::NoKey),
        (b"clear,a", Problem::UnwantedKey),
        (b"walk,", Problem::UnwantedKey),
        (b"get,\xff", Problem::NotUtf8),
        (too_long.as_bytes(), Problem::TooLong),
        (
            b"# readmostly trace, version 2, one key in 1",
            Problem::UnknownVersion,
        ),
        (
            b"# readmostly trace, version 1, one key in 0",
            Problem::UnknownVersion,
        ),
    ];
    for (wrong, reason) in lines {
        let mut trace = b"# by hand\r\n\nget,a\n".to_vec();
        trace.extend(wrong);
        trace.extend(b"\nget,b\n");
        let mut reader = Reader::new(&trace[..]);
        assert_eq!(reader.next().unwrap().unwrap(), on(Operation::Get, "a"));
        let error = reader.next().unwrap().unwrap_err();
        assert!(reader.next().is_none(), "it goes on after {error}");
        assert_eq!(reader.line_number(), 4);
        let message = error.to_string();
        let TraceError::Malformed {
            line,
            found,
            problem,
        } = error
        else {
            panic!("{message}");
        };
        assert_eq!((line, problem), (4, reason), "{message}");
        let whole = String::from_utf8_lossy(wrong);
        let mut shown: String = whole.chars().take(60).collect();
        if shown != whole {
            shown.push('…');
        }
        assert_eq!(found, shown, "{message}");
        assert!(message.starts_with("line 4: found \""), "{message}");
        assert!(
            message.ends_with(&format!("expected {problem}")),
            "{message}"
        );
    }
}

#[test]
fn messages_name_the_line_what_stands_there_and_what_was_expected() {
    let message = |trace: &str| read(trace).unwrap_err().to_string();
    assert_eq!(
        message("get,a\nget;b"),
        "line 2: found \"get;b\", expected an operation, a comma and a key, or clear, or walk"
    );
    assert_eq!(
        message("get,"),
        "line 1: found \"get,\", expected a key after the comma"
    );
    assert_eq!(
        message("# nothing\n\n"),
        "there is no operation in the trace"
    );
}

#[test]
fn a_trace_without_a_step_is_refused_once() {
    for trace in [
        "",
        "\n",
        "# readmostly trace, version 1, one key in 1\n# end",
    ] {
        let mut reader = Reader::new(trace.as_bytes());
        assert!(matches!(reader.next(), Some(Err(TraceError::Empty))));
        assert!(reader.next().is_none());
    }
}

#[test]
fn the_header_says_how_a_trace_was_sampled() {
    let header = Header {
        one_key_in: NonZeroU64::new(1_000).unwrap(),
    };
    let trace = format!("{header}\nget,a\n");
    let mut reader = Reader::new(trace.as_bytes());
    assert_eq!(reader.header(), None);
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.header(), Some(header));
}

/// Of a trace that another one was put behind.
#[test]
fn of_two_headers_the_first_counts() {
    let header = |keys| Header {
        one_key_in: NonZeroU64::new(keys).unwrap(),
    };
    let (first, second) = (header(64), header(1));
    let trace = format!("{first}\nget,a\n{second}\nget,b\n");
    let mut reader = Reader::new(trace.as_bytes());
    for _ in 0..2 {
        assert!(reader.next().unwrap().is_ok());
        assert_eq!(reader.header(), Some(first));
    }
    assert!(reader.next().is_none());
}

/// Gives a few bytes, and then fails.
struct Failing<'t>(&'t [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the cable is out")),
            read => Ok(read),
        }
    }
}

#[test]
fn an_input_that_fails_ends_the_trace_with_its_error() {
    let mut reader = Reader::new(BufReader::new(Failing(b"get,a\nget,")));
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "line 2 could not be read");
    let source = error.source().expect("the input's own error");
    assert_eq!(source.to_string(), "the cable is out");
    assert!(reader.next().is_none());
}

/// Which would take all memory, were a line kept to its end.
#[test]
fn a_line_without_end_is_refused() {
    const PIECE: usize = 16;
    let mut endless = BufReader::with_capacity(PIECE, io::repeat(b'a').take(u64::MAX));
    let error = Reader::new(&mut endless).next().unwrap().unwrap_err();
    let expected = Problem::TooLong;
    assert!(matches!(error, TraceError::Malformed { line: 1, problem, .. } if problem == expected));
    // No more of it than the longest line with its marks.
    let read = u64::MAX - endless.get_ref().limit();
    assert!(read <= (3 + LONGEST_LINE + 2 + PIECE) as u64, "{read}");
}

fn step() -> impl Strategy<Value = Step> {
    let operation = prop::sample::select(&Operation::ALL[..]);
    // Printable, and no white space at its ends.
    let key = "[^\\s\\p{C}](\\PC{0,8}[^\\s\\p{C}])?";
    prop_oneof![
        8 => (operation, key).prop_map(|(operation, key)| Step::On(operation, key)),
        1 => Just(Step::Clear),
        1 => Just(Step::Walk),
    ]
}

/// Bytes that are nearly a trace.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "get",
            "miss",
            "insert",
            "overwrite",
            "remove",
            "clear",
            "walk",
            ",",
            ",",
            "a",
            "\n",
            "\n",
            "\r",
            "\r\n",
            " ",
            "#",
            "# readmostly trace, version ",
            "1",
            ", one key in ",
            "\u{feff}",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..3),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Reads whatever it is to the end, in small pieces. What was read can be written.
fn survives(bytes: &[u8]) {
    let lines = bytes.split(|&byte| byte == b'\n').count();
    let mut reader = Reader::new(BufReader::with_capacity(7, bytes));
    let (mut read, mut errors) = (0, 0);
    for step in reader.by_ref() {
        match step {
            Ok(step) => {
                assert_eq!(step.to_string().parse(), Ok(step));
                read += 1;
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                errors += 1;
                assert_eq!(errors, 1, "it goes on after an error");
            }
        }
    }
    assert!(read <= lines && errors + read > 0);
    assert!(reader.line_number() <= lines as u64);
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn what_is_written_is_read_back(
        steps in prop::collection::vec(step(), 1..40),
        end in prop::sample::select(vec!["\n", "\r\n", "\n\n", "\n# a comment, with a comma\n"]),
    ) {
        let trace: String = steps.iter().map(|step| format!("{step}{end}")).collect();
        prop_assert_eq!(read(trace).unwrap(), steps);
    }

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn what_is_nearly_a_trace_is_read_to_an_end(bytes in nearly()) {
        survives(&bytes);
    }
}

#[test]
fn a_reader_takes_any_buffered_input() {
    let input: Box<dyn BufRead> = Box::new(io::Cursor::new("walk"));
    assert_eq!(Reader::new(input).count(), 1);
}
