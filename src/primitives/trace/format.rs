//! What one line of a trace says, and what can be wrong with it.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// The maximum length of a line of a trace in bytes, without the line end.
pub const LONGEST_LINE: usize = 1 << 16;

/// The version of the format that this crate writes and reads.
const VERSION: u64 = 1;

/// What a call did to a key.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::Operation;
///
/// assert_eq!("overwrite".parse(), Ok(Operation::Overwrite));
/// assert_eq!(Operation::Get.to_string(), "get");
/// assert!("fetch".parse::<Operation>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// `get`: the key was looked up and found. Its value did not change.
    Get,
    /// `miss`: the key was absent when a call looked it up, or tried to replace or remove
    /// its value.
    Miss,
    /// `insert`: the key was absent, and has a value now.
    Insert,
    /// `overwrite`: the key had a value, and has another value now.
    Overwrite,
    /// `remove`: the key had a value, and is absent now.
    Remove,
}

impl Operation {
    /// All operations.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::trace::Operation;
    ///
    /// assert_eq!(Operation::ALL.len(), 5);
    /// ```
    pub const ALL: [Self; 5] = [
        Self::Get,
        Self::Miss,
        Self::Insert,
        Self::Overwrite,
        Self::Remove,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Miss => "miss",
            Self::Insert => "insert",
            Self::Overwrite => "overwrite",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Operation {
    type Err = Problem;

    fn from_str(word: &str) -> Result<Self, Problem> {
        let named = |operation: &Self| operation.word() == word;
        let operation = Self::ALL.into_iter().find(named);
        operation.ok_or(Problem::UnknownOperation)
    }
}

/// One line of a trace: what a call did. `Display` writes this line.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::{Operation, Step};
///
/// let step: Step = "get,ann".parse().unwrap();
/// assert_eq!(step, Step::On(Operation::Get, String::from("ann")));
/// assert_eq!(step.to_string(), "get,ann");
/// assert_eq!("walk".parse(), Ok(Step::Walk));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step<K = String> {
    /// An operation on this key.
    On(Operation, K),
    /// `clear`: every key was removed.
    Clear,
    /// `walk`: all pairs were visited, by
    /// [`for_each`](crate::primitives::ConcurrentMap::for_each) or
    /// [`retain`](crate::primitives::ConcurrentMap::retain).
    Walk,
}

const CLEAR: &str = "clear";
const WALK: &str = "walk";

impl<K: fmt::Display> fmt::Display for Step<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(operation, key) => write!(f, "{operation},{key}"),
            Self::Clear => f.write_str(CLEAR),
            Self::Walk => f.write_str(WALK),
        }
    }
}

impl FromStr for Step {
    type Err = Problem;

    fn from_str(line: &str) -> Result<Self, Problem> {
        let line = line.trim();
        let Some((word, key)) = line.split_once(',') else {
            return match line {
                CLEAR => Ok(Self::Clear),
                WALK => Ok(Self::Walk),
                _ => Err(Problem::NoComma),
            };
        };
        let (word, key) = (word.trim(), key.trim());
        if word == CLEAR || word == WALK {
            return Err(Problem::UnwantedKey);
        }
        let operation = word.parse()?;
        if key.is_empty() {
            return Err(Problem::NoKey);
        }
        Ok(Self::On(operation, String::from(key)))
    }
}

/// The first line of a recorded trace. It says how the trace was recorded. `Display` writes
/// this line.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::{Header, Reader};
/// use std::num::NonZeroU64;
///
/// let header = Header { one_key_in: NonZeroU64::new(64).unwrap() };
/// let line = "# readmostly trace, version 1, one key in 64";
/// assert_eq!(header.to_string(), line);
///
/// let trace = format!("{line}\nget,1\n");
/// let mut reader = Reader::new(trace.as_bytes());
/// assert!(reader.next().unwrap().is_ok());
/// assert_eq!(reader.header(), Some(header));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// One key in this number of keys was recorded.
    pub one_key_in: NonZeroU64,
}

/// What a header begins with, and what stands between its numbers.
const HEADER: &str = "# readmostly trace, version ";
const SAMPLED: &str = ", one key in ";

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEADER}{VERSION}{SAMPLED}{}", self.one_key_in)
    }
}

impl Header {
    /// Reads a header from a comment. None: the comment is no header.
    pub(super) fn parse(comment: &str) -> Option<Result<Self, Problem>> {
        let rest = comment.strip_prefix(HEADER)?;
        let parsed = rest.split_once(SAMPLED).and_then(|(version, sampled)| {
            let version: u64 = version.parse().ok()?;
            Some((version, sampled.parse().ok()?))
        });
        Some(match parsed {
            Some((VERSION, one_key_in)) => Ok(Self { one_key_in }),
            _ => Err(Problem::UnknownVersion),
        })
    }
}

/// What is wrong with a line of a trace. `Display` says what was expected.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::{Problem, Step};
///
/// assert_eq!("get,".parse::<Step>(), Err(Problem::NoKey));
/// assert_eq!(Problem::NoKey.to_string(), "a key after the comma");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The line has no comma, and is neither `clear` nor `walk`.
    NoComma,
    /// The name before the comma is not the name of an operation.
    UnknownOperation,
    /// The line has nothing after the comma.
    NoKey,
    /// The line has a comma after `clear` or `walk`.
    UnwantedKey,
    /// The line is not valid UTF-8.
    NotUtf8,
    /// The line has more bytes than [`LONGEST_LINE`].
    TooLong,
    /// The line is a header of another version of the format, or a damaged header.
    UnknownVersion,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoComma => f.write_str("an operation, a comma and a key, or clear, or walk"),
            Self::UnknownOperation => {
                let words = Operation::ALL.map(|operation| operation.to_string());
                write!(f, "one of {} before the comma", words.join(", "))
            }
            Self::NoKey => f.write_str("a key after the comma"),
            Self::UnwantedKey => f.write_str("no comma and no key after clear or walk"),
            Self::NotUtf8 => f.write_str("text in UTF-8"),
            Self::TooLong => write!(f, "no more than {LONGEST_LINE} bytes"),
            Self::UnknownVersion => {
                let one_key_in = NonZeroU64::MIN;
                write!(f, "a header such as \"{}\"", Header { one_key_in })
            }
        }
    }
}

impl Error for Problem {}
