//! [`Event`]: what a stream says of one change.

use crate::journal::{Change, Deletion, Flag};

/// Which kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The flag was created or replaced.
    Put,
    /// The flag was deleted.
    Delete,
}

impl Kind {
    /// The name of the event.
    pub fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// What a stream says of one change.
#[derive(Clone, Debug)]
pub struct Event {
    /// The version of the change.
    pub id: u64,
    /// Which kind of change it was.
    pub kind: Kind,
    /// JSON on one line: the flag, or what is known of the deletion.
    pub data: std::sync::Arc<str>,
}

impl Event {
    fn new(id: u64, kind: Kind, shown: &impl serde::Serialize) -> Self {
        let data = serde_json::to_string(shown).expect("flags and deletions are JSON");
        let data = data.into();
        Self { id, kind, data }
    }

    fn put(flag: &Flag) -> Self {
        Self::new(flag.version, Kind::Put, flag)
    }

    fn delete(deletion: &Deletion) -> Self {
        Self::new(deletion.version, Kind::Delete, deletion)
    }

    /// Returns the event of a change.
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Put(flag) => Self::put(flag),
            Change::Delete(deletion) => Self::delete(deletion),
        }
    }
}
