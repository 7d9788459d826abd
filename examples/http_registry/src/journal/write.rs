//! The open journal: append, sync.

use crate::journal::compact::Running;
use crate::journal::disk::{Disk, DiskFile, System};
use crate::journal::line::{self, Record};
use crate::journal::paths::Paths;
use crate::journal::{Broken, Change, Options, Recovered, WriteError};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// A journal that is open for appending. One owner writes it: all calls need `&mut`.
pub struct Journal<D: Disk = System> {
    /// Dropped first, as it writes into the folder that the lock protects.
    pub(super) running: Option<Running<D>>,
    pub(super) disk: D,
    pub(super) paths: Paths,
    pub(super) options: Options,
    pub(super) file: D::File,
    /// The length of the file: whole records alone.
    pub(super) bytes: u64,
    /// About what a compaction would leave. It is worth it at twice this length.
    pub(super) compacted: u64,
    version: u64,
    broken: Option<Broken>,
    _lock: D::Lock,
}

impl<D: Disk> Journal<D> {
    pub(super) fn new(
        disk: D,
        paths: Paths,
        options: Options,
        (file, lock): (D::File, D::Lock),
        recovered: &Recovered,
        compacted: u64,
    ) -> Self {
        Self {
            running: None,
            disk,
            paths,
            options,
            file,
            bytes: recovered.bytes,
            compacted,
            version: recovered.version,
            broken: None,
            _lock: lock,
        }
    }

    /// Appends the record of a change by one write. It outlives the process from then on,
    /// and a power failure after [`sync`](Self::sync).
    ///
    /// # Errors
    ///
    /// - [`WriteError::Refused`]: the disk is full or fails, the number of the change is not
    ///   `version() + 1`, or its record is longer than [`MAX_LINE`](crate::journal::MAX_LINE).
    ///   The file is as it was before.
    /// - [`WriteError::Broken`]: the file could not be brought back to what it was before, or
    ///   an earlier call broke the journal.
    pub fn append(&mut self, change: &Change) -> Result<(), WriteError> {
        self.usable()?;
        let line = self.line(change).map_err(refused)?;
        if let Err(error) = self.file.write_all(&line) {
            // A part of the line may be in the file.
            let cut = self.file.cut(self.bytes);
            cut.map_err(|cut| self.break_for_good("cut a half record off", cut))?;
            return Err(refused(error));
        }
        self.bytes += line.len() as u64;
        self.version = change.version();
        Ok(())
    }

    /// Waits until all records so far would outlive a power failure.
    ///
    /// # Errors
    ///
    /// [`WriteError::Broken`]. After a failed sync the system may have dropped what was
    /// written, and a second sync may succeed without it. The journal is broken therefore.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.usable()?;
        let synced = self.file.sync();
        synced.map_err(|error| self.break_for_good("sync", error).into())
    }

    /// The number of the last change in the file, or 0.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The length of the file in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Why the journal is broken for good, if it is.
    #[must_use]
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// The file of the journal.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.paths.journal
    }

    /// The line of a change, if it is the next one.
    fn line(&self, change: &Change) -> io::Result<Vec<u8>> {
        let version = change.version();
        if self.version.checked_add(1) != Some(version) {
            let says = format!("version {version} cannot follow version {}", self.version);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, says));
        }
        line::encode(&Record::from(change.clone()))
    }

    pub(super) fn usable(&self) -> Result<(), WriteError> {
        match &self.broken {
            Some(broken) => Err(WriteError::Broken(broken.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn break_for_good(&mut self, doing: &'static str, error: io::Error) -> Broken {
        let broken = Broken {
            doing,
            path: self.paths.journal.clone(),
            source: Arc::new(error),
        };
        self.broken = Some(broken.clone());
        broken
    }
}

impl<D: Disk> fmt::Debug for Journal<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.paths.journal)
            .field("bytes", &self.bytes)
            .field("version", &self.version)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

fn refused(error: io::Error) -> WriteError {
    WriteError::Refused(Arc::new(error))
}
