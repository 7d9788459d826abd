//! A line of a journal: CRC-32 in eight hexadecimal digits, a blank, JSON, a line end.

use crate::journal::{Change, Deletion, Flag, Wrong};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;

/// The format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// No line is longer than so many bytes, its line end included.
pub const MAX_LINE: usize = 64 * 1_024;

/// The digits of the checksum and the blank.
const FRONT: usize = 9;

/// What a line says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// The first line.
    Journal(Header),
    /// After the flags that a compaction has kept.
    Checkpoint(Checkpoint),
    Put(Arc<Flag>),
    Delete(Arc<Deletion>),
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Header {
    pub(super) program: String,
    pub(super) format: u32,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    /// So many flags stand before the checkpoint.
    pub(super) flags: u64,
    /// The changes up to this one are in those flags. The next change follows the checkpoint.
    pub(super) version: u64,
}

impl Record {
    pub(super) fn header() -> Self {
        Self::Journal(Header {
            program: String::from("http_registry"),
            format: FORMAT,
        })
    }

    /// Says whether this is a change with a number above `version`.
    pub(super) fn change_after(&self, version: u64) -> bool {
        match self {
            Self::Journal(_) | Self::Checkpoint(_) => false,
            Self::Put(flag) => flag.version > version,
            Self::Delete(deletion) => deletion.version > version,
        }
    }
}

impl From<Change> for Record {
    fn from(change: Change) -> Self {
        match change {
            Change::Put(flag) => Self::Put(flag),
            Change::Delete(deletion) => Self::Delete(deletion),
        }
    }
}

/// The line of a record.
///
/// # Errors
///
/// `InvalidInput`: the line would be too long.
pub(super) fn encode(record: &Record) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(record)?;
    let length = FRONT + json.len() + 1;
    if length > MAX_LINE {
        let says = format!("the record needs {length} bytes, and {MAX_LINE} are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, says));
    }
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())).into_bytes())
}

/// What a line says. The line ends with its line end.
pub(super) fn decode(line: &[u8]) -> Result<Record, Wrong> {
    let json = checked(line).ok_or(Wrong::Checksum)?;
    serde_json::from_slice(json).map_err(|error| Wrong::Unreadable(error.to_string()))
}

/// The JSON of a line whose checksum fits.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let (front, json) = line.strip_suffix(b"\n")?.split_at_checked(FRONT)?;
    // Compared as text: another spelling of the same number is damage too.
    let expected = format!("{:08x} ", crc32fast::hash(json));
    (front == expected.as_bytes()).then_some(json)
}
