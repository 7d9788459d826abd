//! Where the recorded calls leave their steps: which keys are sampled, and the queue to the
//! thread that writes.

use crate::primitives::trace::{Operation, Step};
use crate::sync::Arc;
use crate::sync::switch::{Switch, SyncSender, Tally, TrySendError};
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::{NonZeroU64, NonZeroUsize};

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
    Did {
        step: Step<Hashed>,
        /// How many steps had been lost when this one came.
        lost: usize,
    },
    /// The recording was stopped; what comes later is not part of it.
    Stop,
}

/// One recording, as the recorded calls see it.
pub(super) struct Recorder {
    queue: SyncSender<Message>,
    sample: Sample,
    /// Steps that found the queue full.
    lost: Arc<Tally>,
}

/// Which keys are recorded, and as what.
#[derive(Clone)]
struct Sample {
    /// Drawn anew for each recording. Its secret does not leave the process, so
    /// nobody can find out keys by hashing what they might be.
    hasher: RandomState,
    /// The largest hash that is sampled.
    largest: u64,
}

thread_local! {
    /// The sample of the recording that this thread looked at last, and the number of that
    /// recording. So a thread looks once for each recording, and a call for a key that is not
    /// sampled writes to nothing that threads share.
    static LAST: Cell<Option<(NonZeroUsize, Sample)>> = const { Cell::new(None) };
}

impl Recorder {
    pub(super) fn new(
        queue: SyncSender<Message>,
        one_key_in: NonZeroU64,
        lost: Arc<Tally>,
    ) -> Self {
        Self {
            queue,
            sample: Sample {
                hasher: RandomState::new(),
                largest: u64::MAX / one_key_in,
            },
            lost,
        }
    }

    /// Puts a step into the queue, if there is room. Never waits for the thread that
    /// writes. False: that thread has ended.
    fn put(&self, step: Step<Hashed>) -> bool {
        let lost = self.lost.get();
        match self.queue.try_send(Message::Did { step, lost }) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.lost.count();
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

impl Sample {
    /// The sample of the recording that has this number. `None`: that recording is not on
    /// any more.
    fn of(switch: &Switch<Recorder>, number: NonZeroUsize) -> Option<Self> {
        // `try_with` may fail while the thread exits: then there is no known sample.
        let last = LAST.try_with(Cell::take).unwrap_or_default();
        let known = last.filter(|(of, _)| *of == number);
        let sample = match known {
            Some((_, sample)) => sample,
            None => switch.with(number, |recorder| recorder.sample.clone())?,
        };
        let _ = LAST.try_with(|last| last.set(Some((number, sample.clone()))));
        Some(sample)
    }

    /// The hash of a key, if the key is in the sample. All calls for one key agree on that.
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> Option<Hashed> {
        let hash = self.hasher.hash_one(key);
        (hash <= self.largest).then_some(Hashed(hash))
    }
}

/// What a call for one key has done. It goes to the recording when the call is over, by a
/// panic or not. If the key is not sampled, nothing goes there.
pub(super) struct Note<'m> {
    /// The recording, and the key.
    sampled: Option<(Teller<'m>, Hashed)>,
    done: Cell<Option<Operation>>,
}

impl<'m> Note<'m> {
    /// Hashes the key, which runs code of the user's.
    pub(super) fn on<Q: Hash + ?Sized>(switch: &'m Switch<Recorder>, key: &Q) -> Self {
        let sampled = Teller::of(switch).and_then(|teller| {
            let hashed = teller.sample.hash(key)?;
            Some((teller, hashed))
        });
        Self {
            sampled,
            done: Cell::new(None),
        }
    }

    /// Sets what has been done. The last call counts.
    pub(super) fn done(&self, operation: Operation) {
        self.done.set(Some(operation));
    }

    /// Sets what has been done: `then` if the key was there, else a miss.
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

/// A walk over all pairs, which may remove some. It goes to the recording when it is over, by
/// a panic or not, with all the keys that were removed until then.
pub(super) struct Walk<'m> {
    teller: Option<Teller<'m>>,
    removed: Vec<Hashed>,
}

impl<'m> Walk<'m> {
    pub(super) fn new(switch: &'m Switch<Recorder>) -> Self {
        Self {
            teller: Teller::of(switch),
            removed: Vec::new(),
        }
    }

    /// Notes that this key was removed. Hashes it, which runs code of the user's: the caller
    /// holds no lock.
    pub(super) fn removed<K: Hash>(&mut self, key: &K) {
        let sampled = |teller: &Teller<'_>| teller.sample.hash(key);
        self.removed.extend(self.teller.as_ref().and_then(sampled));
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

/// A removal of all keys. It goes to the recording when the call is over, by a panic or not.
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

/// The way to the recording that was on when a call began.
struct Teller<'m> {
    switch: &'m Switch<Recorder>,
    /// The number of the recording.
    number: NonZeroUsize,
    sample: Sample,
}

impl<'m> Teller<'m> {
    fn of(switch: &'m Switch<Recorder>) -> Option<Self> {
        let number = switch.number()?;
        let sample = Sample::of(switch, number)?;
        Some(Self {
            switch,
            number,
            sample,
        })
    }

    /// Sends a step to the recording, if that has not been stopped meanwhile. Switches off a
    /// recording that has ended by itself.
    fn tell(&self, step: Step<Hashed>) {
        let goes_on = self.switch.with(self.number, |recorder| recorder.put(step));
        if goes_on == Some(false) {
            self.switch.off_if(self.number);
        }
    }
}
