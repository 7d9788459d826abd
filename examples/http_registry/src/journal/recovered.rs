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
    flags: HashMap<String, Sized<Arc<Flag>>>,
    changes: VecDeque<Sized<Change>>,
    checkpoint: bool,
    version: u64,
}

/// What a record says, and the length of its line.
struct Sized<T> {
    says: T,
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
    pub(super) fn add(&mut self, record: Record, bytes: u64) {
        match record {
            Record::Journal(_) => {}
            Record::Checkpoint(checkpoint) => {
                self.checkpoint = true;
                self.version = checkpoint.version;
            }
            Record::Put(flag) => {
                let live = Sized {
                    says: Arc::clone(&flag),
                    bytes,
                };
                self.flags.insert(flag.name.clone(), live);
                self.changed(Change::Put(flag), bytes);
            }
            Record::Delete(deletion) => {
                self.flags.remove(&deletion.name);
                self.changed(Change::Delete(deletion), bytes);
            }
        }
    }

    /// The flags before the checkpoint are no changes: the changes between them are gone.
    fn changed(&mut self, change: Change, bytes: u64) {
        if !self.checkpoint {
            return;
        }
        self.version = change.version();
        self.changes.push_back(Sized {
            says: change,
            bytes,
        });
        if self.changes.len() > self.history {
            self.changes.pop_front();
        }
    }

    /// How many bytes the records have that a compaction would leave.
    pub(super) fn compacted_bytes(&self) -> u64 {
        let cut = self.version - self.changes.len() as u64;
        let flags = self.flags.values().filter(|flag| flag.says.version <= cut);
        let flags: u64 = flags.map(|flag| flag.bytes).sum();
        flags + self.changes.iter().map(|change| change.bytes).sum::<u64>()
    }

    pub(super) fn finish(self) -> Recovered {
        let mut flags: Vec<_> = self.flags.into_values().map(|flag| flag.says).collect();
        flags.sort_unstable_by_key(|flag| flag.version);
        Recovered {
            flags,
            changes: self.changes.into_iter().map(|change| change.says).collect(),
            version: self.version,
            ..Recovered::default()
        }
    }
}
