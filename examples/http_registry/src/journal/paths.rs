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
        sync_folder(disk, &self.folder)?;
        sync_folder(disk, &parent(&self.folder))
    }
}

/// Creates a folder and those above it, so that they outlive a power failure.
pub(super) fn create_folders(disk: &impl Disk, folder: &Path) -> Result<(), OpenError> {
    let there = disk.exists(folder);
    if there.map_err(OpenError::io("look for", folder))? {
        return Ok(());
    }
    let above = parent(folder);
    create_folders(disk, &above)?;
    let created = disk.create_folder(folder);
    created.map_err(OpenError::io("create", folder))?;
    sync_folder(disk, &above)
}

fn sync_folder(disk: &impl Disk, folder: &Path) -> Result<(), OpenError> {
    let synced = disk.sync_folder(folder);
    synced.map_err(OpenError::io("sync", folder))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The folder of a path. That of a bare name is the working folder. The root is its own.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        None => path.to_owned(),
        Some(folder) if folder == Path::new("") => PathBuf::from("."),
        Some(folder) => folder.to_owned(),
    }
}
