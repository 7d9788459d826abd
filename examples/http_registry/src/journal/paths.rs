//! The files of a journal: itself, its lock, and what a compaction writes.

use crate::journal::OpenError;
use crate::journal::disk::Disk;
use std::path::{Path, PathBuf};

#[derive(Clone)]
pub(super) struct Paths {
    pub(super) journal: PathBuf,
    /// A lock file of its own: the journal is another file after each compaction.
    pub(super) lock: PathBuf,
    /// What a creation or a compaction writes before it is renamed.
    pub(super) fresh: PathBuf,
    pub(super) folder: PathBuf,
}

impl Paths {
    pub(super) fn new(journal: &Path) -> Self {
        Self {
            journal: journal.to_owned(),
            lock: beside(journal, ".lock"),
            fresh: beside(journal, ".new"),
            folder: parent(journal),
        }
    }

    /// Syncs the folder, and the folder above, which may have got a new folder too.
    pub(super) fn sync_folders(&self, disk: &impl Disk) -> Result<(), OpenError> {
        for folder in [&self.folder, &parent(&self.folder)] {
            let synced = disk.sync_folder(folder);
            synced.map_err(OpenError::io("sync", folder))?;
        }
        Ok(())
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The folder of a path. That of a bare name is the working folder.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
