//! A disk in memory whose calls fail on demand, and which forgets what was not synced.

use http_registry::journal::disk::{Disk, DiskFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The calls that fail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The number of the first call that fails, counted from 0.
    pub(crate) at: usize,
    /// So many calls fail one after another. `usize::MAX`: the process is gone.
    pub(crate) count: usize,
    /// How call `at` fails.
    pub(crate) way: Way,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// It does nothing.
    Nothing,
    /// A write writes a half, and the calls after it fail. Other calls do nothing.
    Half,
    /// A rename or a write is done, and an error is reported. Other calls do nothing.
    Done,
}

/// What a crash leaves of that which was not synced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Crash {
    /// The process is killed: everything is left.
    Kill,
    /// The power fails: nothing is left.
    PowerAll,
    /// The power fails: names are left, and contents are not.
    PowerContents,
    /// The power fails: contents are left up to a half, and names are not.
    PowerNames,
}

/// A disk. Clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Simulated {
    state: Arc<Mutex<State>>,
    /// A test that holds it keeps every creation of a file waiting.
    pub(crate) creations: Arc<Mutex<()>>,
}

#[derive(Clone, Default)]
struct State {
    files: Vec<Contents>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    synced_folders: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
    calls: usize,
    fault: Option<Fault>,
}

#[derive(Clone, Default)]
struct Contents {
    bytes: Vec<u8>,
    synced: Vec<u8>,
}

pub(crate) struct SimulatedFile {
    disk: Simulated,
    file: usize,
    position: usize,
}

pub(crate) struct SimulatedLock {
    disk: Simulated,
    path: PathBuf,
}

impl Simulated {
    /// A disk with one file, which is synced.
    pub(crate) fn with(path: &Path, bytes: &[u8]) -> Self {
        let disk = Self::default();
        let mut state = disk.state();
        let bytes = bytes.to_vec();
        state.files.push(Contents {
            synced: bytes.clone(),
            bytes,
        });
        state.names.insert(path.to_owned(), 0);
        state.synced_names = state.names.clone();
        let folder = path.parent().expect("a folder").to_owned();
        state.synced_folders.insert(folder.clone());
        state.folders.insert(folder);
        drop(state);
        disk
    }

    pub(crate) fn failing(fault: Fault) -> Self {
        let disk = Self::default();
        disk.state().fault = Some(fault);
        disk
    }

    /// How many calls there have been.
    pub(crate) fn calls(&self) -> usize {
        self.state().calls
    }

    pub(crate) fn fail(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// The bytes of a file.
    pub(crate) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let file = *state.names.get(path)?;
        Some(state.files[file].bytes.clone())
    }

    /// Cuts a file as somebody else would.
    pub(crate) fn shorten(&self, path: &Path, length: usize) {
        let mut state = self.state();
        let file = state.names[path];
        state.files[file].bytes.truncate(length);
    }

    pub(crate) fn names(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// What the next process finds.
    pub(crate) fn after(&self, crash: Crash) -> Self {
        let mut state = self.state().clone();
        state.locked.clear();
        state.fault = None;
        state.calls = 0;
        if crash != Crash::Kill {
            state.lose(crash);
        }
        Self {
            state: Arc::new(Mutex::new(state)),
            ..Self::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.call(false)?;
        Ok(state)
    }
}

impl Contents {
    /// Loses what is not synced, or its second half.
    fn lose(&mut self, half: bool) {
        if half && self.bytes.starts_with(&self.synced) {
            let unsynced = self.bytes.len() - self.synced.len();
            let kept = self.synced.len() + unsynced.div_ceil(2);
            self.bytes.truncate(kept);
        } else {
            self.bytes = self.synced.clone();
        }
        self.synced = self.bytes.clone();
    }
}

impl State {
    /// The power fails.
    fn lose(&mut self, crash: Crash) {
        if crash != Crash::PowerContents {
            self.names = self.synced_names.clone();
            self.folders = self.synced_folders.clone();
            let folders = &self.folders;
            let is_there = |folder: &Path| is_root(folder) || folders.contains(folder);
            self.names
                .retain(|name, _| name.ancestors().skip(1).all(is_there));
        }
        self.synced_names = self.names.clone();
        self.synced_folders = self.folders.clone();
        for file in &mut self.files {
            file.lose(crash == Crash::PowerNames);
        }
    }

    /// Counts a call. `Ok(true)`: it is a write that writes a half.
    fn call(&mut self, writes: bool) -> io::Result<bool> {
        let call = self.calls;
        self.calls += 1;
        let Some(fault) = self.fault else {
            return Ok(false);
        };
        let half = fault.way == Way::Half;
        if half && call == fault.at {
            return Ok(writes);
        }
        let first = fault.at + usize::from(half);
        if call >= first && call - first < fault.count {
            return Err(io::Error::other(format!("call {call} was made to fail")));
        }
        Ok(false)
    }

    /// Says whether the call that was counted last is done in spite of its error.
    fn is_done(&self) -> bool {
        self.fault
            .is_some_and(|fault| fault.way == Way::Done && fault.at + 1 == self.calls)
    }
}

impl Disk for Simulated {
    type File = SimulatedFile;
    type Lock = SimulatedLock;

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.call()?;
        let parent = existing(folder)?.parent();
        if !parent.is_none_or(|parent| is_root(parent) || state.folders.contains(parent)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.folders.insert(folder.to_owned());
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<SimulatedLock>> {
        let locked = self.call()?.locked.insert(path.to_owned());
        Ok(locked.then(|| SimulatedLock {
            disk: self.clone(),
            path: path.to_owned(),
        }))
    }

    fn create(&self, path: &Path) -> io::Result<SimulatedFile> {
        drop(
            self.creations
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut state = self.call()?;
        let file = state.names.get(path).copied().unwrap_or(state.files.len());
        if file == state.files.len() {
            state.files.push(Contents::default());
            state.names.insert(path.to_owned(), file);
        }
        state.files[file].bytes.clear();
        Ok(SimulatedFile {
            disk: self.clone(),
            file,
            position: 0,
        })
    }

    fn open(&self, path: &Path) -> io::Result<Option<SimulatedFile>> {
        let file = self.call()?.names.get(path).copied();
        Ok(file.map(|file| SimulatedFile {
            disk: self.clone(),
            file,
            position: 0,
        }))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let state = self.call()?;
        let folder = is_root(path) || path == Path::new(".") || state.folders.contains(path);
        Ok(folder || state.names.contains_key(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let called = state.call(false);
        if called.is_ok() || state.is_done() {
            let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            state.names.insert(to.to_owned(), file);
        }
        called.map(drop)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.call()?.names.remove(path);
        removed.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.call()?;
        let folder = existing(folder)?;
        let State {
            names,
            synced_names,
            folders,
            synced_folders,
            ..
        } = &mut *state;
        let inside = |path: &Path| path.parent() == Some(folder);
        synced_names.retain(|name, _| !inside(name));
        synced_names.extend(names.clone().into_iter().filter(|(name, _)| inside(name)));
        synced_folders.extend(folders.iter().filter(|path| inside(path)).cloned());
        Ok(())
    }
}

/// The real disk has no folder without a name.
fn existing(folder: &Path) -> io::Result<&Path> {
    if folder == Path::new("") {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(folder)
}

/// The folders that are always there.
fn is_root(folder: &Path) -> bool {
    folder == Path::new("/") || folder == Path::new("")
}

impl Read for SimulatedFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.call()?;
        let mut rest = &state.files[self.file].bytes[self.position..];
        let read = rest.read(into)?;
        drop(state);
        self.position += read;
        Ok(read)
    }
}

impl Write for SimulatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let called = state.call(true);
        let length = match called {
            Ok(true) => bytes.len() / 2,
            Err(_) if !state.is_done() => 0,
            _ => bytes.len(),
        };
        state.files[self.file]
            .bytes
            .extend_from_slice(&bytes[..length]);
        called.map(|_| length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.call()?;
        let file = &mut state.files[self.file];
        file.synced = file.bytes.clone();
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.disk.call()?;
        state.files[self.file]
            .bytes
            .truncate(usize::try_from(len).expect("a small file"));
        Ok(())
    }
}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state().locked.remove(&self.path);
    }
}
