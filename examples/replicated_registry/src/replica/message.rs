//! What a driver hands over, and what it gets back.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The number of a change at the source.
pub type Revision = u64;

/// What tells a source from another of the same name, as the time when it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(pub i128);

/// One message of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<V> {
    /// The key has this value from this revision on.
    Put {
        /// The key.
        key: String,
        /// The change.
        revision: Revision,
        /// The new value.
        value: V,
    },
    /// The key is deleted from this revision on. The marker of a purged key is one too.
    Delete {
        /// The key.
        key: String,
        /// The change.
        revision: Revision,
    },
    /// All changes up to here were handed over, or left out because a later one of the same
    /// key took their place.
    Through {
        /// The last of them.
        revision: Revision,
        /// Changes may have been left out since the last such message.
        skipped: bool,
    },
    /// At one moment of this session, all that the source had was handed over.
    Drained {
        /// The source's last revision at that moment.
        revision: Revision,
    },
}

/// What a source says when it is asked how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The source.
    pub identity: Identity,
    /// The revision of its last change.
    pub last: Revision,
    /// No change that the source still has is older. `None`: the source does not say.
    pub oldest: Option<Revision>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The map, or what is known about it, changed.
    Applied,
    /// The message was a repeated or an old one.
    Old,
}

/// The session is over. The driver opens a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Another session was opened, or this one was ended.
    Superseded,
    /// The source contradicts what it said before: it has lost changes.
    Contradiction,
    /// The source is another one of the same name.
    Replaced,
    /// The source has removed entries without a change.
    RemovedSilently,
    /// There are more deletions to remember than the limit allows.
    TooManyTombstones,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Superseded => "another session took the place of this one",
            Self::Contradiction => "the source contradicts its own past: it has lost changes",
            Self::Replaced => "the source was deleted and created again",
            Self::RemovedSilently => "the source removed entries without a change",
            Self::TooManyTombstones => "there are too many deletions to remember",
        })
    }
}

impl Error for Lost {}

/// An answer that the map has yet to reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) asked_at: Duration,
    /// How far the session was when the question was asked.
    pub(super) asked_through: Revision,
    pub(super) last: Revision,
    pub(super) oldest: Option<Revision>,
}

impl Pending {
    /// Each change between question and answer was handed over, if nothing was left out since
    /// `last_skip`.
    pub(super) fn is_whole(&self, last_skip: Revision) -> bool {
        self.last == self.asked_through || last_skip <= self.asked_through
    }
}
