//! Why a journal cannot be opened, written or compacted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a journal cannot be opened. All whole records are as they were then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the journal open.
    #[error("another process has the journal open: {} is locked", .lock.display())]
    Locked {
        /// The file that is locked.
        lock: PathBuf,
    },
    /// The file is damaged, and not only by a torn last record.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The file has a format that this program does not know.
    #[error(
        "{}: the journal has format {found}, and this program knows format {} only",
        .path.display(), crate::journal::FORMAT
    )]
    Format {
        /// The journal.
        path: PathBuf,
        /// The format that its header names.
        found: u32,
    },
    /// The file system refuses.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried: `create`, `lock`, `read` and so on.
        doing: &'static str,
        /// The file or the folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
}

impl OpenError {
    /// Makes an error of the file system's, for `map_err`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// Where a journal is damaged, and in which way.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: damaged at byte {offset}: {wrong}", .path.display())]
pub struct Damage {
    /// The journal.
    pub path: PathBuf,
    /// Where the damaged line starts, in bytes from the beginning of the file.
    pub offset: u64,
    /// What is wrong with the line.
    pub wrong: Wrong,
}

/// What is wrong with a line of a journal.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// The file ends within what was whole when the file got its name.
    #[error("the file ends before a record that it must have")]
    TooShort,
    /// A line is longer than any record can be.
    #[error("the line is longer than {} bytes", crate::journal::MAX_LINE)]
    TooLong,
    /// A line has no checksum in front, or another one than its bytes have.
    #[error("the checksum of the record does not fit its bytes")]
    Checksum,
    /// The checksum fits, but the line is not a record.
    #[error("the line is not a record: {0}")]
    Unreadable(String),
    /// The records are not in the order in which they were written.
    #[error("{0}")]
    Order(String),
}

/// Why a record is not in the journal, or not for certain.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The record was refused. The file is as it was before, and the next one may succeed.
    #[error("the journal refuses the record: {0}")]
    Refused(Arc<io::Error>),
    /// The journal is broken for good. It refuses every write until it is opened anew.
    #[error("the journal is broken until the program is started again: {0}")]
    Broken(#[from] Broken),
}

/// Why a journal is broken for good.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {doing} {}: {source}", .path.display())]
pub struct Broken {
    /// What was tried.
    pub doing: &'static str,
    /// The file or the folder.
    pub path: PathBuf,
    /// What the file system says.
    pub source: Arc<io::Error>,
}

/// Why a compaction failed.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The journal goes on with its old file, to which nothing has happened.
    #[error("the compaction failed, and the journal goes on without: {0}")]
    Failed(OpenError),
    /// The journal is broken for good.
    #[error("the compaction failed, and the journal is broken: {0}")]
    Broken(Broken),
}
