//! [`Request`]: a write that waits for the writer, and what can become of it.

use super::Condition;
use crate::flags::{Entry, Name};
use crate::journal::Value;
use tokio::sync::oneshot;

/// What is to be done with a flag.
#[derive(Clone, Debug)]
pub enum What {
    /// Give it this value.
    Put(Value),
    /// Delete it.
    Delete,
}

/// A write that waits for the writer.
#[derive(Debug)]
pub struct Request {
    /// Which flag.
    pub name: Name,
    /// What is to be done with it.
    pub what: What,
    /// When the write is wanted.
    pub condition: Condition,
    /// Whether the answer waits for the disk.
    pub durable: bool,
    /// Where the answer goes. A client that has gone away is no error.
    pub answer: oneshot::Sender<Result<Done, Refused>>,
}

/// What a write has done.
#[derive(Clone, Debug)]
pub enum Done {
    /// The flag is new.
    Created(Entry),
    /// The flag was there, and has a new value.
    Replaced(Entry),
    /// The flag is gone. The deletion has this version.
    Deleted(u64),
}

impl Done {
    /// Returns the version of the change.
    pub fn version(&self) -> u64 {
        match self {
            Self::Created(entry) | Self::Replaced(entry) => entry.version,
            Self::Deleted(version) => *version,
        }
    }
}

/// Why a write was not done, or not for certain.
#[derive(Clone, Debug)]
pub enum Refused {
    /// The flag is absent or has another version. `None`: it is absent.
    Mismatch(Option<u64>),
    /// The flag is present, with this version, and should be absent.
    Exists(u64),
    /// A flag that is absent cannot be deleted.
    NotFound,
    /// There is room for so many flags, and no more.
    TooMany(usize),
    /// The journal cannot take the record. Nothing was changed.
    Journal(String),
    /// The change is made, and the disk has not confirmed it.
    NotDurable {
        /// The version of the change.
        version: u64,
        /// What the disk says.
        why: String,
    },
    /// The map did not do what it must do. This is a defect of the program.
    Defect(&'static str),
}
