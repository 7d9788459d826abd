//! Waiting until a write is seen: R7.

use super::{Replica, Revision, Standing};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Taken before a write: the epoch that the write is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
}

/// A new epoch began after the ticket was taken. The source was replaced, or lost its memory,
/// or deleted too much at once. The write may be in the source of now, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced;

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a new epoch of the source began since the write was sent")
    }
}

impl Error for Replaced {}

impl<V> Replica<V> {
    /// A ticket for a write that begins now.
    pub fn ticket(&self) -> Ticket {
        Ticket {
            epoch: self.standing().epoch,
        }
    }

    /// Waits until the map shows a write that the source has acknowledged, or a later change
    /// of its key. There is no time limit: the caller sets one, and may drop the future.
    ///
    /// A revision alone would not do. The bucket may have been created again before the
    /// write, and its small revision would seem to be reached. So the wait ends with an answer
    /// that was asked for after it began. An answer costs one round trip, and all waits that
    /// began before the question share it.
    ///
    /// A source that loses a write after it acknowledged it is found out at the latest when a
    /// session begins at a smaller revision. If the source has made up for it with other
    /// changes by then, the wait may end well.
    ///
    /// # Errors
    ///
    /// [`Replaced`], if a new epoch began since the ticket was taken.
    pub async fn wait_for(&self, ticket: Ticket, revision: Revision) -> Result<(), Replaced> {
        let acknowledged_at = self.clock.now();
        self.acknowledged(ticket, revision);
        let mut standing = self.standing.subscribe();
        self.wanted.notify_one();
        loop {
            let now = *standing.borrow_and_update();
            if let Some(seen) = now.shows(ticket, revision, acknowledged_at) {
                return seen;
            }
            // The replica owns the sender, so it outlives this call.
            let _ = standing.changed().await;
        }
    }
}

impl<V> Replica<V> {
    /// The source has named this revision.
    fn acknowledged(&self, ticket: Ticket, revision: Revision) {
        let mut books = self.books();
        if books.epoch == ticket.epoch {
            books.highest = books.highest.max(revision);
        }
    }
}

impl Standing {
    fn shows(
        &self,
        ticket: Ticket,
        revision: Revision,
        acknowledged_at: Duration,
    ) -> Option<Result<(), Replaced>> {
        if self.epoch != ticket.epoch {
            return Some(Err(Replaced));
        }
        let current = self.current_as_of.is_some_and(|at| at >= acknowledged_at);
        (current && self.exact >= revision).then_some(Ok(()))
    }
}
