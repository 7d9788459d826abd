//! Traces: what a program did to a map, one line for each call.
//!
//! [`Recorded`](super::Recorded) writes traces, and [`Reader`] reads them. You can also
//! write a trace by hand:
//!
//! ```text
//! # A key whose first line is get, overwrite or remove was there at the beginning.
//! get,ann
//! miss,bob
//! insert,bob
//! overwrite,bob
//! remove,ann
//! walk
//! clear
//! ```
//!
//! # Format
//!
//! A trace is text in UTF-8. Lines end in LF or CRLF. Each line is one of these:
//!
//! - a blank line, which is skipped;
//! - a comment, whose first character is `#`;
//! - an operation on a key: an [`Operation`], a comma, and the key. The key is all text
//!   after the first comma, including further commas, without white space at either end;
//! - an operation on the whole map: `clear`, or `walk`, which visits all pairs.
//!
//! A line has at most [`LONGEST_LINE`] bytes. One kind of comment has a meaning for the
//! [`Reader`]: a [`Header`], which is the first line of a recorded trace.
//!
//! ```
//! use readmostly::primitives::trace::{Operation, Reader, Step};
//!
//! let trace = "get,ann\nmiss,bob\nclear\n";
//! let steps: Result<Vec<Step>, _> = Reader::new(trace.as_bytes()).collect();
//! assert_eq!(
//!     steps.unwrap(),
//!     [
//!         Step::On(Operation::Get, String::from("ann")),
//!         Step::On(Operation::Miss, String::from("bob")),
//!         Step::Clear,
//!     ]
//! );
//! ```

mod format;
mod reader;

pub use format::{Header, LONGEST_LINE, Operation, Problem, Step};
pub use reader::{Reader, TraceError};
