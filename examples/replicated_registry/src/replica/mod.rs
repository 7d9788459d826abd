//! A replica: a `SyncMap` that a source of changes keeps current. No source is named here.
//!
//! The source numbers its changes: the *revision*. A driver opens a [`Session`] for each time
//! that it follows the source from the start of its contents, and hands over what it receives.
//! Readers use the map directly, and take no lock for a known key.
//!
//! # What the driver must keep
//!
//! - **S1** Within one [`Identity`], each change has a revision of its own, and a later change
//!   has a greater one.
//! - **S2** A session begins with the last change of each key that the source has, and not with
//!   the history before it. Changes may come late, in any order, and again. A change that a
//!   later one of the same key replaced may be left out.
//! - **S3** [`Through`](Message::Through) comes after all changes up to its revision that were
//!   not left out. It says whether any may have been left out since the last one.
//! - **S4** [`Drained`](Message::Drained) comes after all that the source had at one moment of
//!   the session.
//! - **S5** If the connection is lost, or a change is lost, the driver opens a new session. It
//!   gives the answer to a question only to the session that asked, over the same connection.
//! - **S6** If answers come and the age still grows, the driver opens a new session. The source
//!   may have erased its last change before it was sent, so that no mark reaches it.
//!
//! # What holds
//!
//! - **R1** *Order.* Within an epoch, the revision that the map shows for a key never falls.
//!   A repeated or a delayed change has no effect.
//! - **R2** *No resurrection.* Within an epoch, a key that was deleted or removed comes back
//!   only with a change that is newer than the deletion.
//! - **R3** *No loss.* A key is removed because of a resynchronisation only when that is
//!   complete, and only if the source no longer has the key. A resynchronisation that is cut
//!   off removes nothing.
//! - **R4** *Epochs.* A new identity starts a new epoch. So does a source that has lost its
//!   memory, which is found because it contradicts what it said before. Revisions of different
//!   epochs are not compared. The new epoch wins.
//! - **R5** *Bounded memory.* A deletion is remembered (a *tombstone*) until a mark has passed
//!   its revision. From then on, a change up to the mark is old if its key is absent, in this
//!   session and in all later ones of the epoch. So a session that is drained needs no
//!   tombstone of before. If there are more between two marks than the limit, the epoch ends.
//! - **R6** *Age.* [`age`](Replica::age) never reports too little: what the map shows for a key
//!   was so at the source at some moment that is not longer ago. Only the answer to a question
//!   makes the age smaller, and only back to the moment when the question was asked.
//! - **R7** *Own writes.* [`wait_for`](Replica::wait_for) returns when the map shows the write
//!   or a later change of its key. It fails if the epoch changed since the ticket was taken.
//! - **R8** *Availability.* Reads never wait for the source, and never change because it is
//!   away.
//! - **R9** *One session.* Messages of an earlier session have no effect.
//! - **R10** *Equality.* When the source is quiet and a session is drained, map and source are
//!   equal.
//!
//! R6 has one limit. A source may remove keys without a change: a purged stream, an entry that
//! expired. The answer to a question names the oldest revision that the source still has, and
//! a map with an older one is out of date: the session ends. A hole in the middle shows only in
//! the next resynchronisation.

mod apply;
mod books;
mod clock;
mod entry;
mod marks;
mod message;
mod session;
mod standing;
mod waiting;

pub use clock::{Clock, Monotonic};
pub use entry::Entry;
pub use message::{Answer, Identity, Lost, Message, Outcome, Revision};
pub use session::{Question, Session};
pub use standing::Standing;
pub use waiting::{Replaced, Ticket};

use books::Books;
use readmostly::SyncMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The bounds of what a replica remembers beside its entries.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deletions that are remembered at once. One more ends the epoch.
    pub tombstones: usize,
    /// Answers that wait until the map has reached the revision which they name. Further
    /// answers are dropped: the age then stays larger than it has to be.
    pub answers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tombstones: 10_000,
            answers: 64,
        }
    }
}

/// A map that a source of changes keeps current.
pub struct Replica<V> {
    map: SyncMap<String, Entry<V>>,
    /// What the applier knows beside the entries. Readers never take this lock.
    books: Mutex<Books>,
    standing: watch::Sender<Standing>,
    /// Somebody waits for an answer that is newer than the last one.
    wanted: Notify,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl<V> Replica<V> {
    /// An empty replica, which has not heard of a source.
    pub fn new(clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self {
            map: SyncMap::new(),
            books: Mutex::default(),
            standing: watch::Sender::new(Standing::default()),
            wanted: Notify::new(),
            clock,
            limits,
        }
    }

    /// The map itself: `get`, `pin` and the other reads. Only sessions write to it.
    pub fn map(&self) -> &SyncMap<String, Entry<V>> {
        &self.map
    }

    /// What is known of the source, and how old that is.
    pub fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// How long ago the oldest moment is that the map may show. `None`: the map never was
    /// known to equal a source.
    pub fn age(&self) -> Option<Duration> {
        let as_of = self.standing().current_as_of?;
        Some(self.clock.now().saturating_sub(as_of))
    }

    /// How many deletions are remembered now.
    pub fn tombstones(&self) -> usize {
        self.books().tombstones.len()
    }

    /// Returns when somebody waits for a newer answer: the driver should ask at once.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait what the books say now.
    fn publish(&self, books: &Books) {
        let now = books.standing();
        self.standing.send_if_modified(|then| {
            let changed = *then != now;
            *then = now;
            changed
        });
    }
}

impl<V> fmt::Debug for Replica<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("entries", &self.map.len())
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}
