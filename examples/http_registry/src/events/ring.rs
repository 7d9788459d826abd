//! [`Ring`]: the last changes, for streams that come late or fall behind.
//!
//! The events stand under a lock of their own, so that streams never touch the map. The lock
//! is held to copy some pointers.

use super::{Event, Follower};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The last changes.
#[derive(Debug)]
pub struct Ring {
    held: Mutex<Held>,
    /// The version of the newest event. Each change of it wakes the streams.
    newest: watch::Sender<u64>,
}

/// What the ring holds: the events of the versions `oldest + 1 ..= newest`, all of them.
#[derive(Debug)]
struct Held {
    events: VecDeque<Event>,
    /// How many events there are at most.
    room: usize,
    /// Whoever has seen the version `oldest` can go on without a gap.
    oldest: u64,
    newest: u64,
}

/// Why a stream cannot go on behind a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHeld {
    /// Changes between the version and the first event are no longer held.
    TooOld {
        /// The oldest version behind which a stream can go on.
        oldest: u64,
        /// The newest version.
        newest: u64,
    },
    /// There is no such version yet.
    Ahead {
        /// The newest version.
        newest: u64,
    },
}

impl Held {
    fn push(&mut self, event: Event) {
        // Versions have no gap, and the ring must have none. After one it begins anew.
        if event.id != self.newest + 1 {
            self.events.clear();
            self.oldest = event.id - 1;
        }
        self.newest = event.id;
        self.events.push_back(event);
        while self.events.len() > self.room {
            self.events.pop_front();
            self.oldest += 1;
        }
    }

    fn check(&self, after: u64) -> Result<(), NotHeld> {
        let &Self { oldest, newest, .. } = self;
        match after {
            _ if after < oldest => Err(NotHeld::TooOld { oldest, newest }),
            _ if after > newest => Err(NotHeld::Ahead { newest }),
            _ => Ok(()),
        }
    }
}

impl Ring {
    /// Returns a ring with room for so many events, behind the changes up to `version`.
    pub fn new(room: usize, version: u64) -> Self {
        let held = Held {
            events: VecDeque::new(),
            room,
            oldest: version,
            newest: version,
        };
        Self {
            held: Mutex::new(held),
            newest: watch::Sender::new(version),
        }
    }

    /// Adds an event and wakes the streams.
    pub fn push(&self, event: Event) {
        let newest = event.id;
        self.held().push(event);
        self.newest.send_replace(newest);
    }

    /// Returns the version of the newest event.
    pub fn newest(&self) -> u64 {
        self.held().newest
    }

    /// Returns the oldest version behind which a stream can go on.
    pub fn oldest(&self) -> u64 {
        self.held().oldest
    }

    /// Returns a stream of the changes behind the version `after`. `None`: from now on.
    ///
    /// # Errors
    ///
    /// If the ring does not hold all of these changes.
    pub fn follow(self: &Arc<Self>, after: Option<u64>) -> Result<Follower, NotHeld> {
        let after = {
            let held = self.held();
            let after = after.unwrap_or(held.newest);
            held.check(after)?;
            after
        };
        let woken = self.newest.subscribe();
        Ok(Follower::new(Arc::clone(self), woken, after))
    }

    /// Puts at most `most` events behind the version `after` into `to`.
    ///
    /// # Errors
    ///
    /// If the ring no longer holds all of these changes.
    pub(super) fn copy(
        &self,
        after: u64,
        most: usize,
        to: &mut VecDeque<Event>,
    ) -> Result<(), NotHeld> {
        let held = self.held();
        held.check(after)?;
        // The version `oldest + 1` has the index 0.
        let seen = usize::try_from(after - held.oldest).expect("no more than the ring has");
        to.extend(held.events.iter().skip(seen).take(most).cloned());
        Ok(())
    }

    /// No code that can panic runs under the lock, but for the allocator.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
