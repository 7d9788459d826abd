//! Why a session ended, or did not begin.

use crate::replica::Lost;
use std::error::Error;
use std::fmt;

/// Why a session ended.
#[derive(Debug)]
pub enum Trouble {
    /// The replica cannot go on with it.
    Lost(Lost),
    /// The server did not answer a request.
    NoAnswer(Box<dyn Error + Send + Sync>),
    /// The bucket does not exist.
    NoBucket,
    /// The connection was lost.
    Disconnected,
    /// Neither message nor heartbeat came for three heartbeats.
    Silent,
    /// The consumer's numbers show that a message was lost.
    Gap,
    /// A message was none of a bucket.
    Malformed(String),
    /// The bucket was created again while the session was being opened.
    Moved,
    /// The source's state changed without a message.
    ChangedSilently,
    /// Answers come, but the session does not reach the revision that they name.
    Stuck,
    /// The contents are due to be read again.
    Audit,
}

impl Trouble {
    pub(super) fn asking(problem: impl Error + Send + Sync + 'static) -> Self {
        Self::NoAnswer(Box::new(problem))
    }

    /// A stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lost(Lost::Superseded) => "superseded",
            Self::Lost(Lost::Contradiction) => "memory-lost",
            Self::Lost(Lost::Replaced) | Self::Moved => "bucket-replaced",
            Self::Lost(Lost::RemovedSilently) | Self::ChangedSilently => "removed-silently",
            Self::Lost(Lost::TooManyTombstones) => "too-many-tombstones",
            Self::NoAnswer(_) => "no-answer",
            Self::NoBucket => "no-bucket",
            Self::Disconnected => "disconnected",
            Self::Silent => "silent",
            Self::Gap => "gap",
            Self::Malformed(_) => "malformed",
            Self::Stuck => "stuck",
            Self::Audit => "audit",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(lost) => lost.fmt(f),
            Self::NoAnswer(problem) => write!(f, "the server did not answer: {problem}"),
            Self::NoBucket => f.write_str("the bucket does not exist"),
            Self::Disconnected => f.write_str("the connection to the server was lost"),
            Self::Silent => f.write_str("the server sent no heartbeat"),
            Self::Gap => f.write_str("a message was lost on the way"),
            Self::Malformed(what) => write!(f, "a message is none of a bucket: {what}"),
            Self::Moved => f.write_str("the bucket was created again just now"),
            Self::ChangedSilently => f.write_str("the bucket's state changed without a message"),
            Self::Stuck => f.write_str("the server does not send what it says it has"),
            Self::Audit => f.write_str("the contents are read again, as they are now and then"),
        }
    }
}

impl Error for Trouble {}

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}
