//! What a journal holds when it is opened.

use crate::journal::line::Record;
use crate::journal::{Change, Flag};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// What the journal held when it was opened.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recovered {
    /// The flags that there are, in the order of their versions.
    pub flags: Vec<Arc<Flag>>,
    /// The last changes, oldest first and without a gap. The last one has number `version`.
    /// There are at most [`Options::history`](crate::journal::Options::history) of them.
    pub changes: VecDeque<Change>,
    /// The number of the last change, or 0. The next change has the number after it.
    pub version: u64,
    /// The length of the file.
    pub bytes: u64,
    /// The last record was not whole and has been cut off.
    pub torn: Option<Torn>,
    /// There was no journal, and an empty one has been created.
    pub created: bool,
}

/// A last record that was not whole, because its write was interrupted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Torn {
    /// Where the record started. The file has this length now.
    pub offset: u64,
    /// How many bytes of the record were there.
    pub bytes: u64,
}

/// Gathers records into [`Recovered`]. Holds what is live and the last changes alone.
pub(super) struct Gathering {
    history: usize,
    flags: HashMap<String, Live>,
    changes: VecDeque<Change>,
    checkpoint: bool,
    version: u64,
}

struct Live {
    flag: Arc<Flag>,
    bytes: u64,
}

impl Gathering {
    pub(super) fn new(history: usize) -> Self {
        Self {
            history,
            flags: HashMap::new(),
            changes: VecDeque::new(),
            checkpoint: false,
            version: 0,
        }
    }

    /// Adds the next record, whose line has so many `bytes`.
    pub(super) fn add(&mut self, record: Record, bytes: usize) {
        match record {
            Record::Journal(_) => {}
            Record::Checkpoint(checkpoint) => {
                self.checkpoint = true;
                self.version = checkpoint.version;
            }
            Record::Put(flag) => {
                let live = Live {
                    flag: Arc::clone(&flag),
                    bytes: bytes as u64,
                };
                self.flags.insert(flag.name.clone(), live);
                self.changed(Change::Put(flag));
            }
            Record::Delete(deletion) => {
                self.flags.remove(&deletion.name);
                self.changed(Change::Delete(deletion));
            }
        }
    }

    /// The flags before the checkpoint are no changes: the changes between them are gone.
    fn changed(&mut self, change: Change) {
        if !self.checkpoint {
            return;
        }
        self.version = change.version();
        self.changes.push_back(change);
        if self.changes.len() > self.history {
            self.changes.pop_front();
        }
    }

    /// How many bytes the records of the live flags have.
    pub(super) fn live_bytes(&self) -> u64 {
        self.flags.values().map(|live| live.bytes).sum()
    }

    pub(super) fn finish(self) -> Recovered {
        let mut flags: Vec<_> = self.flags.into_values().map(|live| live.flag).collect();
        flags.sort_unstable_by_key(|flag| flag.version);
        Recovered {
            flags,
            changes: self.changes,
            version: self.version,
            ..Recovered::default()
        }
    }
}
