//! Opening a journal: lock, create or read, check, cut off what is torn.

use crate::journal::disk::{Disk, DiskFile, System};
use crate::journal::line::{self, Checkpoint, Record};
use crate::journal::paths::{Paths, create_folders};
use crate::journal::recovered::Gathering;
use crate::journal::scan::{Scan, Step};
use crate::journal::{Journal, OpenError, Recovered, Torn};
use std::io::{self, Write};
use std::path::Path;

/// How a journal is kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// So many changes are kept in the file, also over a compaction, and are recovered.
    pub history: usize,
    /// Compaction is not worth it while the file is shorter, in bytes.
    pub compact_from: u64,
}

impl Default for Options {
    /// 1,024 changes, and 1 MiB.
    fn default() -> Self {
        Self {
            history: 1_024,
            compact_from: 1_024 * 1_024,
        }
    }
}

impl Journal {
    /// Opens the journal at `path`, or creates it with its folder if it is missing.
    ///
    /// The whole file is checked. What has been recovered is synced before this returns. A
    /// lock file beside the journal keeps other processes out until the journal is dropped.
    ///
    /// # Errors
    ///
    /// Another process has the journal, the file system refuses, or the file is damaged. All
    /// whole records are as they were then, and a damaged file is as it was to the byte. A
    /// last record that is not whole is no damage: it is cut off, and [`Recovered::torn`]
    /// says so.
    pub fn open(path: &Path, options: Options) -> Result<(Self, Recovered), OpenError> {
        Self::open_on(System, path, options)
    }
}

impl<D: Disk> Journal<D> {
    /// Opens a journal on any [`Disk`], as [`Journal::open`] does on the system's.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub fn open_on(disk: D, path: &Path, options: Options) -> Result<(Self, Recovered), OpenError> {
        let paths = Paths::new(path);
        create_folders(&disk, &paths.folder)?;
        let lock = lock(&disk, &paths)?;
        let (mut file, created) = open_or_create(&disk, &paths)?;
        let (mut recovered, compacted) = read(&mut file, &paths.journal, options.history)?;
        if let Some(torn) = recovered.torn {
            cut(&mut file, &paths.journal, torn)?;
        }
        file.sync().map_err(OpenError::io("sync", &paths.journal))?;
        // The process before may have been killed between a rename and the sync after it.
        paths.sync_folders(&disk)?;
        remove_leftover(&disk, &paths)?;
        recovered.created = created;
        let journal = Self::new(disk, paths, options, (file, lock), &recovered, compacted);
        Ok((journal, recovered))
    }
}

fn lock<D: Disk>(disk: &D, paths: &Paths) -> Result<D::Lock, OpenError> {
    let lock = disk.lock(&paths.lock);
    let lock = lock.map_err(OpenError::io("open the lock file", &paths.lock))?;
    lock.ok_or_else(|| OpenError::Locked {
        lock: paths.lock.clone(),
    })
}

fn open_or_create<D: Disk>(disk: &D, paths: &Paths) -> Result<(D::File, bool), OpenError> {
    let open = || {
        disk.open(&paths.journal)
            .map_err(OpenError::io("open", &paths.journal))
    };
    if let Some(file) = open()? {
        return Ok((file, false));
    }
    create(disk, paths)?;
    let file = open()?
        .ok_or_else(|| OpenError::io("open", &paths.journal)(io::ErrorKind::NotFound.into()))?;
    Ok((file, true))
}

/// Creates an empty journal under another name first: a half one never has its name. The
/// folder is not synced yet.
fn create<D: Disk>(disk: &D, paths: &Paths) -> Result<(), OpenError> {
    let fresh = || OpenError::io("create", &paths.fresh);
    let mut file = disk.create(&paths.fresh).map_err(fresh())?;
    let checkpoint = Record::Checkpoint(Checkpoint {
        flags: 0,
        version: 0,
    });
    for record in [Record::header(), checkpoint] {
        let line = line::encode(&record).map_err(fresh())?;
        file.write_all(&line).map_err(fresh())?;
    }
    file.sync().map_err(fresh())?;
    let renamed = disk.rename(&paths.fresh, &paths.journal);
    renamed.map_err(OpenError::io("create", &paths.journal))
}

/// Reads the whole file. Also returns about what a compaction would leave, in bytes.
fn read(
    file: &mut impl io::Read,
    path: &Path,
    history: usize,
) -> Result<(Recovered, u64), OpenError> {
    let mut scan = Scan::new(path, file);
    let mut gathering = Gathering::new(history);
    let torn = loop {
        match scan.step()? {
            Step::Record(record) => gathering.add(record, scan.line().len() as u64),
            Step::Torn(torn) => break Some(torn),
            Step::End => break None,
        }
    };
    let compacted = gathering.compacted_bytes();
    let bytes = scan.offset();
    let recovered = Recovered {
        bytes,
        torn,
        ..gathering.finish()
    };
    Ok((recovered, compacted))
}

fn cut(file: &mut impl DiskFile, path: &Path, torn: Torn) -> Result<(), OpenError> {
    let cut = file.cut(torn.offset);
    cut.map_err(OpenError::io("cut the torn last record off", path))
}

/// A compaction that did not end has left its file.
fn remove_leftover<D: Disk>(disk: &D, paths: &Paths) -> Result<(), OpenError> {
    let there = disk.exists(&paths.fresh);
    if there.map_err(OpenError::io("look for", &paths.fresh))? {
        let removed = disk.remove(&paths.fresh);
        removed.map_err(OpenError::io("remove", &paths.fresh))?;
    }
    Ok(())
}
