//! What the journal asks of a file system, so that tests can make each call fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// A file system, or a test's model of one.
pub trait Disk: Clone + Send + 'static {
    /// An open file. Reads start at its beginning, and each write goes to its end.
    type File: DiskFile;
    /// Keeps other processes out while it is alive.
    type Lock: Send;

    /// Creates a folder, unless it is there. The folder above is there.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Creates the file if it is missing and locks it. `None`: another process has it.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn lock(&self, path: &Path) -> io::Result<Option<Self::Lock>>;

    /// Creates a file, or empties the one that is there.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn create(&self, path: &Path) -> io::Result<Self::File>;

    /// Opens a file for reading and for appending. `None`: there is no such file.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn open(&self, path: &Path) -> io::Result<Option<Self::File>>;

    /// Says whether there is such a file or folder.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// Gives a file another name and replaces what has that name, in one step.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Waits until the names in a folder would outlive a power failure.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// An open file of a [`Disk`].
pub trait DiskFile: Read + Write + Send {
    /// Waits until the contents would outlive a power failure.
    ///
    /// # Errors
    ///
    /// The file system's. What has been written may be lost then.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file off at `len` bytes.
    ///
    /// # Errors
    ///
    /// The file system's.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// The file system of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Disk for System {
    type File = File;
    type Lock = File;

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        match fs::create_dir(folder) {
            Err(error) if folder.is_dir() => drop(error),
            created => created?,
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        // Called by its path: the standard library's own `try_lock` needs Rust 1.89.
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(file)),
            Err(fs4::TryLockError::WouldBlock) => Ok(None),
            Err(fs4::TryLockError::Error(error)) => Err(error),
        }
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        // A file that is opened for appending cannot be emptied by the same call.
        drop(File::create(path)?);
        OpenOptions::new().read(true).append(true).open(path)
    }

    fn open(&self, path: &Path) -> io::Result<Option<File>> {
        match OpenOptions::new().read(true).append(true).open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        fs::exists(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Other systems cannot open a folder, or need no call for it.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}
