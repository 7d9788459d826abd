//! What a recorder stands on: real in every build, as no model runs one, and what
//! it does is in no published count.

pub(crate) use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use crate::sync::{CachePadded, Ordering};
use parking_lot::RwLock;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicUsize;

/// A number of events.
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    pub(crate) const fn zero() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// One more.
    pub(crate) fn count(&self) {
        // ORDERING: Relaxed: a count, which publishes nothing.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        // ORDERING: Relaxed, as above.
        self.0.load(Ordering::Relaxed)
    }
}

/// A queue with room for so many messages. `None`: there is no memory for twice as
/// many.
///
/// `sync_channel` ends the process where there is no memory. So the memory is asked
/// for here first, and given back: twice as much, as other threads may take some of
/// it before `sync_channel` does.
pub(crate) fn queue<T>(room: usize) -> Option<(SyncSender<T>, Receiver<T>)> {
    /// What the channel has for each message.
    type Place<T> = (usize, Option<T>);

    let mut places = Vec::<Place<T>>::new();
    places.try_reserve_exact(room.checked_mul(2)?).ok()?;
    // The compiler may leave out an allocation that nobody looks at.
    drop(black_box(places));
    Some(sync_channel(room))
}

/// Something that threads share while it is switched on, and that costs them one
/// load and a branch while it is off.
///
/// Whoever switches it on or off takes care that nobody else does at the same time;
/// only [`off_if`](Switch::off_if) may be called at any time.
pub(crate) struct Switch<T> {
    /// The number of what is on. 0: off.
    on: AtomicUsize,
    /// Outlives `on` going to 0, if that was by `off_if`. On a cache line of its own:
    /// looking at it writes to the lock, and must not evict `on`.
    current: CachePadded<RwLock<Option<Numbered<T>>>>,
}

struct Numbered<T> {
    number: NonZeroUsize,
    shared: T,
}

impl<T> Switch<T> {
    pub(crate) const fn off() -> Self {
        Self {
            on: AtomicUsize::new(0),
            current: CachePadded::new(RwLock::new(None)),
        }
    }

    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        // ORDERING: Relaxed: a hint. What it leads to is found under the lock.
        self.on.load(Ordering::Relaxed) != 0
    }

    /// The number of what is on. Nothing else that was ever on, here or at another
    /// switch, has it.
    pub(crate) fn number(&self) -> Option<NonZeroUsize> {
        // ORDERING: Relaxed: a hint, as in `is_on`.
        NonZeroUsize::new(self.on.load(Ordering::Relaxed))
    }

    /// Shows what is on to `look`, if it has this number. Never waits: `None`, too,
    /// while it is being switched on or off.
    ///
    /// `look` runs under a lock for reading. So `look` must not run code of the
    /// user's, and must not wait.
    pub(crate) fn with<R>(&self, number: NonZeroUsize, look: impl FnOnce(&T) -> R) -> Option<R> {
        let current = self.current.try_read()?;
        let found = current.as_ref().filter(|found| found.number == number)?;
        Some(look(&found.shared))
    }

    pub(crate) fn on(&self, shared: T) {
        let number = next_number();
        *self.current.write() = Some(Numbered { number, shared });
        // ORDERING: Relaxed: a hint, as in `is_on`.
        self.on.store(number.get(), Ordering::Relaxed);
    }

    /// Nobody looks at what was on when this returns, nor later.
    pub(crate) fn turn_off(&self) {
        // ORDERING: Relaxed: a hint, as in `is_on`.
        self.on.store(0, Ordering::Relaxed);
        let gone = self.current.write().take();
        drop(gone);
    }

    /// Switches off, unless another one has been switched on since.
    pub(crate) fn off_if(&self, number: NonZeroUsize) {
        // ORDERING: Relaxed: a hint, as in `is_on`.
        let _ = (self.on).compare_exchange(number.get(), 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// A number that was not given out before. (Where `usize` has 32 bits, it was given
/// out four billion numbers ago at the latest.)
fn next_number() -> NonZeroUsize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    loop {
        // ORDERING: Relaxed: a number, which publishes nothing.
        if let Some(number) = NonZeroUsize::new(NEXT.fetch_add(1, Ordering::Relaxed)) {
            return number;
        }
    }
}
