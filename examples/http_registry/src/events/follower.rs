//! [`Follower`]: one reader's place in the ring.

use super::{Event, NotHeld, Ring};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// How many events a stream takes from the ring at a time. A slow reader costs no more.
const CHUNK: usize = 16;

/// One reader's place in the ring.
#[derive(Debug)]
pub struct Follower {
    ring: Arc<Ring>,
    woken: watch::Receiver<u64>,
    /// The version of the last event that was taken from the ring.
    taken: u64,
    /// What was taken and not yet read.
    chunk: VecDeque<Event>,
}

/// What comes next for a reader.
#[derive(Clone, Debug)]
pub enum Next {
    /// The next change.
    Event(Event),
    /// The reader was too slow: the ring no longer holds the next change.
    Dropped(NotHeld),
}

impl Follower {
    pub(super) fn new(ring: Arc<Ring>, woken: watch::Receiver<u64>, after: u64) -> Self {
        Self {
            ring,
            woken,
            taken: after,
            chunk: VecDeque::new(),
        }
    }

    /// Returns the version behind which the stream goes on, before its first event.
    pub fn seen(&self) -> u64 {
        self.taken
    }

    /// Waits for the next change. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(event) = self.chunk.pop_front() {
                return Next::Event(event);
            }
            if let Err(not_held) = self.ring.copy(self.taken, CHUNK, &mut self.chunk) {
                return Next::Dropped(not_held);
            }
            match self.chunk.back() {
                Some(last) => self.taken = last.id,
                // Ready at once if there was a change since the last wait. So none is missed
                // between the look above and this wait. The ring is ours too, so its sender is
                // not gone.
                None => drop(self.woken.changed().await),
            }
        }
    }
}
