//! Traces: what a program did to a map, one line a call.
//!
//! [`Recorded`](super::Recorded) writes them, [`Reader`] reads them, and they are
//! easily written by hand:
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
//! Text in UTF-8, lines that end in LF or CRLF. Each is one of these:
//!
//! - blank, and skipped;
//! - a comment, whose first character is `#`;
//! - an operation on a key: an [`Operation`], a comma, and the key. The key is all
//!   that stands after the first comma, further commas included, without the white space
//!   at either end;
//! - an operation on the whole map: `clear`, or `walk`, which is a look at all pairs.
//!
//! A line may be [`LONGEST_LINE`] bytes long. One kind of comment has a meaning for the
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
