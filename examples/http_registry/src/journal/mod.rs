//! The state of the registry in one file, to which each change is appended as a record.
//!
//! # The file
//!
//! ```text
//! 005be67e {"journal":{"program":"http_registry","format":1}}
//! c395ef76 {"put":{"name":"dark","value":true,"version":3,"changed":"2026-11-29T20:00:03Z"}}
//! 211a30c2 {"checkpoint":{"flags":1,"version":5}}
//! 83c81fb7 {"put":{"name":"beta","value":"a\nb","version":6,"changed":"2026-11-29T20:00:06Z"}}
//! dcf33419 {"delete":{"name":"beta","version":7,"changed":"2026-11-29T20:00:07Z"}}
//! ```
//!
//! One record a line: the CRC-32 of the JSON in eight hexadecimal digits, a blank, the JSON.
//! JSON has no raw line end in a string, so that no value can look like a record. Before the
//! checkpoint stand the flags that a compaction has kept, with rising versions. The
//! checkpoint counts them. Each change after it has the version after that of the change
//! before. So a line that is missing, repeated or in another place is found.
//!
//! # What is promised
//!
//! - A record that [`Journal::append`] has accepted outlives the process. After
//!   [`Journal::sync`] it outlives a power failure.
//! - A last line without a line end is the trace of an interrupted write. It is cut off when
//!   the journal is opened, and [`Recovered::torn`] says so.
//! - Any other damage is an error with file and offset, and the file is left alone. That
//!   includes a last line *with* a line end whose checksum is wrong, because an interrupted
//!   write leaves the beginning of a line.
//! - After an error the file is as it was, or the journal is [`Broken`] until it is opened
//!   anew.
//! - Opening takes memory for what is live, the last changes and one line.
//!
//! A power failure loses what was not synced, and the versions of lost changes are given out
//! again. Where a file system writes the blocks of an unsynced part in another order, a
//! damaged record may come before a whole one. Opening is an error then too: whoever wants
//! to give up what follows cuts the file at the offset that the error names.
//!
//! # Why this is not a database
//!
//! Read in their sources: [redb] 2.6.4 (the last one for Rust 1.85) is a tree of pages. It
//! keeps no order of changes, after a clean shutdown it opens without looking at the
//! checksums, a damaged last commit is replaced by the one before, and `Corrupted` names no
//! offset. [fjall] 2.11.2 has a journal with checksums, and cuts it off at the first entry
//! that it cannot decode, also in the middle (`journal/reader.rs`). That is the silent loss
//! which must not happen here. The file of a registry of 10,000 flags fits into memory, so
//! that a tree or levels of files would add nothing.
//!
//! [fjall]: https://docs.rs/fjall/2.11.2
//! [redb]: https://docs.rs/redb/2.6.4

pub mod disk;

mod change;
mod compact;
mod error;
mod line;
mod open;
mod paths;
mod recovered;
mod rewrite;
mod scan;
mod value;
mod write;

pub use change::{Change, Deletion, Flag};
pub use compact::Compacted;
pub use error::{Broken, CompactError, Damage, OpenError, WriteError, Wrong};
pub use line::{FORMAT, MAX_LINE};
pub use open::Options;
pub use recovered::{Recovered, Torn};
pub use value::Value;
pub use write::Journal;
