//! Compaction: a thread writes the journal anew beside it, and the owner switches to it.
//!
//! The steps, in order. A crash between any two leaves a journal that opens.
//!
//! 1. The thread reads the file up to its length at the beginning and notes the last version
//!    of each flag.
//! 2. The thread reads the same part again and writes to `.new` the flags up to a version,
//!    the checkpoint, and the changes after that version. It syncs `.new`.
//! 3. The owner appends to `.new` what was appended meanwhile, and syncs it.
//! 4. The owner renames `.new` to the journal and syncs the folder.
//!
//! Records are copied as they are. All lines are checked once more on the way, so that a
//! compaction never turns a damaged journal into one that looks whole.

use crate::journal::disk::{Disk, DiskFile};
use crate::journal::rewrite::{Rewriting, Rewritten};
use crate::journal::{CompactError, Journal, OpenError};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::thread::{self, JoinHandle};

/// What a compaction has done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Compacted {
    /// The length of the file before, in bytes.
    pub before: u64,
    /// The length of the file after, in bytes.
    pub after: u64,
}

type Outcome<D> = Result<Rewritten<D>, OpenError>;

/// A compaction under way. Its thread is waited for when this is dropped.
pub(super) struct Running<D: Disk> {
    thread: Option<JoinHandle<Outcome<D>>>,
    /// Up to where the thread reads the old file.
    upto: u64,
}

impl<D: Disk> Journal<D> {
    /// Says whether a compaction is worth it: none is under way, the file has
    /// [`Options::compact_from`](crate::journal::Options::compact_from) bytes, and it is
    /// twice as long as what the last compaction left or has tried to leave.
    #[must_use]
    pub fn compaction_is_due(&self) -> bool {
        self.running.is_none()
            && self.broken().is_none()
            && self.bytes >= self.options.compact_from
            && self.bytes / 2 >= self.compacted
    }

    /// Starts a compaction in a thread of its own. Appends go on meanwhile.
    ///
    /// The thread calls `ready` when [`finish_compaction`](Self::finish_compaction) need not
    /// wait any more. Nothing happens if a compaction is under way already.
    ///
    /// # Errors
    ///
    /// The journal is broken, or the thread cannot be started.
    pub fn begin_compaction(
        &mut self,
        ready: impl FnOnce() + Send + 'static,
    ) -> Result<(), CompactError> {
        if let Some(broken) = self.broken() {
            return Err(CompactError::Broken(broken.clone()));
        }
        if self.running.is_some() {
            return Ok(());
        }
        let rewriting = Rewriting {
            disk: self.disk.clone(),
            paths: self.paths.clone(),
            upto: self.bytes,
            cut: self.version().saturating_sub(self.options.history as u64),
        };
        let thread = thread::Builder::new().name(String::from("compaction"));
        let thread = thread.spawn(move || {
            let rewritten = rewriting.run();
            ready();
            rewritten
        });
        let thread = thread.map_err(OpenError::io("start a thread for", &self.paths.journal));
        let thread = Some(thread.map_err(CompactError::Failed)?);
        self.running = Some(Running {
            thread,
            upto: self.bytes,
        });
        Ok(())
    }

    /// Waits for the thread of the compaction and switches to the new file. `None`: no
    /// compaction is under way.
    ///
    /// What was appended since the beginning is copied and synced here, so that the owner
    /// waits for one sync and not for the whole file.
    ///
    /// # Errors
    ///
    /// - [`CompactError::Failed`]: the journal goes on with the old file.
    /// - [`CompactError::Broken`]: nobody knows which file has the journal's name for good.
    pub fn finish_compaction(&mut self) -> Option<Result<Compacted, CompactError>> {
        let running = self.running.take()?;
        Some(self.finish(running))
    }

    fn finish(&mut self, mut running: Running<D>) -> Result<Compacted, CompactError> {
        if let Some(broken) = self.broken() {
            return Err(CompactError::Broken(broken.clone()));
        }
        let upto = running.upto;
        let copied = running.outcome(self.path()).and_then(|mut rewritten| {
            self.copy_rest(&mut rewritten, upto)?;
            Ok(rewritten)
        });
        match copied {
            Ok(rewritten) => self.switch(rewritten),
            Err(error) => Err(self.give_up(error)),
        }
    }

    /// Copies the records that were appended since the thread began.
    fn copy_rest(&self, rewritten: &mut Rewritten<D>, upto: u64) -> Result<(), OpenError> {
        let rest = self.bytes - upto;
        if rest == 0 {
            return Ok(());
        }
        let failed = || OpenError::io("write", &self.paths.fresh);
        let mut old = Read::by_ref(&mut rewritten.old).take(rest);
        let copied = io::copy(&mut old, &mut rewritten.fresh).map_err(failed())?;
        if copied != rest {
            return Err(failed()(ErrorKind::UnexpectedEof.into()));
        }
        rewritten.bytes += rest;
        rewritten.fresh.sync().map_err(failed())
    }

    fn switch(&mut self, rewritten: Rewritten<D>) -> Result<Compacted, CompactError> {
        let compacted = Compacted {
            before: self.bytes,
            after: rewritten.bytes,
        };
        if let Err(error) = self.disk.rename(&self.paths.fresh, &self.paths.journal) {
            return Err(self.rename_failed(error));
        }
        self.file = rewritten.fresh;
        self.bytes = rewritten.bytes;
        self.compacted = rewritten.bytes;
        if let Err(error) = self.disk.sync_folder(&self.paths.folder) {
            // After a power failure the old file might have the name again.
            return Err(CompactError::Broken(
                self.break_for_good("sync the folder of", error),
            ));
        }
        Ok(compacted)
    }

    fn rename_failed(&mut self, error: io::Error) -> CompactError {
        match self.disk.exists(&self.paths.fresh) {
            Ok(true) => self.give_up(OpenError::io("rename", &self.paths.fresh)(error)),
            // The rename may have happened in spite of the error.
            _ => CompactError::Broken(self.break_for_good("rename the new file to", error)),
        }
    }

    /// Goes on with the old file. The next attempt is due when it is twice as long.
    fn give_up(&mut self, error: OpenError) -> CompactError {
        self.compacted = self.bytes;
        // If this fails, the next compaction or the next start removes it.
        drop(self.disk.remove(&self.paths.fresh));
        CompactError::Failed(error)
    }
}

impl<D: Disk> Running<D> {
    /// Waits for the thread.
    fn outcome(&mut self, journal: &Path) -> Outcome<D> {
        let joined = self.thread.take().map(JoinHandle::join);
        joined.and_then(Result::ok).unwrap_or_else(|| {
            let panicked = io::Error::other("its thread panicked");
            Err(OpenError::io("compact", journal)(panicked))
        })
    }
}

impl<D: Disk> Drop for Running<D> {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // What the thread has written is a leftover, which the next start removes.
            drop(thread.join());
        }
    }
}
