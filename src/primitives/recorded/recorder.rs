//! Where the calls leave their notes: which of them are sampled, and the queue to
//! the thread that writes.

use crate::primitives::trace::{Operation, Step};
use crate::sync::Arc;
use crate::sync::recording::{Shared, Switch, SyncSender, Tally, TrySendError};
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU64;

/// A key, as it stands in a trace: its hash, in hexadecimal.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Hashed(u64);

impl fmt::Display for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What goes through the queue.
pub(super) enum Message {
    Did(Step<Hashed>),
    /// The recording was stopped; what comes later is not part of it.
    Stop,
}

/// One recording, as those see it who are recorded.
pub(super) struct Recorder {
    queue: SyncSender<Message>,
    /// Drawn anew for each recording. Its secret does not leave the process, so
    /// nobody can find out keys by hashing what they might be.
    hasher: RandomState,
    /// The largest hash that is sampled.
    largest: u64,
    /// Notes that found the queue full.
    lost: Arc<Tally>,
}

impl Recorder {
    pub(super) fn new(
        queue: SyncSender<Message>,
        one_key_in: NonZeroU64,
        lost: Arc<Tally>,
    ) -> Self {
        Self {
            queue,
            hasher: RandomState::new(),
            largest: u64::MAX / one_key_in,
            lost,
        }
    }

    /// The hash of a key, if it is one of the sample. All calls for one key agree
    /// on that.
    fn sample<Q: Hash + ?Sized>(&self, key: &Q) -> Option<Hashed> {
        let hash = self.hasher.hash_one(key);
        (hash <= self.largest).then_some(Hashed(hash))
    }
}

/// What a call for one key has done, which is told when the call is over, by a panic
/// or not. Nothing, if the key is not sampled.
pub(super) struct Note<'m> {
    /// Whom to tell, and of which key.
    sampled: Option<(Teller<'m>, Hashed)>,
    done: Cell<Option<Operation>>,
}

impl<'m> Note<'m> {
    /// Hashes the key: the user's code runs.
    pub(super) fn on<Q: Hash + ?Sized>(switch: &'m Switch<Recorder>, key: &Q) -> Self {
        let sampled = Teller::of(switch).and_then(|teller| {
            let hashed = teller.recorder.sample(key)?;
            Some((teller, hashed))
        });
        Self {
            sampled,
            done: Cell::new(None),
        }
    }

    /// What has been done. Of several the last counts.
    pub(super) fn done(&self, operation: Operation) {
        self.done.set(Some(operation));
    }

    /// One of two, by whether the key was there.
    pub(super) fn found(&self, found: bool, then: Operation) {
        self.done(if found { then } else { Operation::Miss });
    }
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        if let (Some((teller, key)), Some(operation)) = (&self.sampled, self.done.get()) {
            teller.tell(Step::On(operation, *key));
        }
    }
}

/// A walk over all pairs, which may remove some. Told when it is over, by a panic or
/// not: all that were removed until then.
pub(super) struct Walk<'m> {
    teller: Option<Teller<'m>>,
    /// The keys that were refused.
    removed: Vec<Hashed>,
}

impl<'m> Walk<'m> {
    pub(super) fn new(switch: &'m Switch<Recorder>) -> Self {
        Self {
            teller: Teller::of(switch),
            removed: Vec::new(),
        }
    }

    /// Asks `keep` whether a key stays.
    pub(super) fn ask<K: Hash>(&mut self, key: &K, keep: impl FnOnce() -> bool) -> bool {
        let sample = |teller: &Teller<'_>| teller.recorder.sample(key);
        let hashed = self.teller.as_ref().and_then(sample);
        // A key that is asked about twice in a row was not removed: its value had
        // changed.
        if hashed.is_some() && self.removed.last().copied() == hashed {
            self.removed.pop();
        }
        let stays = keep();
        if !stays {
            self.removed.extend(hashed);
        }
        stays
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        if let Some(teller) = &self.teller {
            teller.tell(Step::Walk);
            for &key in &self.removed {
                teller.tell(Step::On(Operation::Remove, key));
            }
        }
    }
}

/// All keys go. Told when the call is over, by a panic or not.
pub(super) struct Clearing<'m>(Option<Teller<'m>>);

impl<'m> Clearing<'m> {
    pub(super) fn new(switch: &'m Switch<Recorder>) -> Self {
        Self(Teller::of(switch))
    }
}

impl Drop for Clearing<'_> {
    fn drop(&mut self) {
        if let Some(teller) = &self.0 {
            teller.tell(Step::Clear);
        }
    }
}

/// A recorder that was on when a call began.
struct Teller<'m> {
    switch: &'m Switch<Recorder>,
    recorder: Shared<Recorder>,
}

impl<'m> Teller<'m> {
    fn of(switch: &'m Switch<Recorder>) -> Option<Self> {
        let recorder = switch.get()?;
        Some(Self { switch, recorder })
    }

    /// Never waits for the thread that writes.
    fn tell(&self, step: Step<Hashed>) {
        match self.recorder.queue.try_send(Message::Did(step)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.recorder.lost.count(),
            // The recording has ended by itself.
            Err(TrySendError::Disconnected(_)) => self.switch.off_if(&self.recorder),
        }
    }
}
