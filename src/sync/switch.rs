//! What a recorder needs: a switch, a queue and a counter. They are the real things in
//! every build: no model runs a recorder, and no published count includes one.

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
        // ORDERING: Relaxed, as in `count`.
        self.0.load(Ordering::Relaxed)
    }
}

/// A queue with room for so many messages. `None`: there is no memory for twice as
/// many.
///
/// `sync_channel` ends the process if there is no memory. So this function allocates the
/// memory first and gives it back. It allocates twice as much, as other threads may take
/// some of it before `sync_channel` does.
pub(crate) fn queue<T>(room: usize) -> Option<(SyncSender<T>, Receiver<T>)> {
    /// What the channel stores for each message.
    type Place<T> = (usize, Option<T>);

    let mut places = Vec::<Place<T>>::new();
    places.try_reserve_exact(room.checked_mul(2)?).ok()?;
    // `black_box`: the compiler may remove an allocation that nothing reads.
    drop(black_box(places));
    Some(sync_channel(room))
}

/// Something that threads share while it is switched on, and that costs them one
/// load and a branch while it is off.
///
/// A thread that calls `on` or `turn_off` must be the only one that does so at that time.
/// [`off_if`](Switch::off_if) may be called at any time.
pub(crate) struct Switch<T> {
    /// The number of what is on. 0: off.
    on: AtomicUsize,
    /// `off_if` leaves it as it is. On its own cache line: a thread that looks at it
    /// writes to the lock, which must not evict `on`.
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
        // ORDERING: Relaxed: a hint. The lock makes visible what is shared.
        self.on.load(Ordering::Relaxed) != 0
    }

    /// The number of what is on. It is unique, also among all other switches.
    pub(crate) fn number(&self) -> Option<NonZeroUsize> {
        // ORDERING: Relaxed: a hint, as in `is_on`.
        NonZeroUsize::new(self.on.load(Ordering::Relaxed))
    }

    /// Shows what is on to `look`, if it has this number. Never waits: gives `None`, too,
    /// while another thread is switching on or off.
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

    /// Switches off. When this returns, no thread looks at what was on, nor will any later.
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

/// A number that was not given out before. (Where `usize` has 32 bits, numbers repeat
/// after four billion.)
fn next_number() -> NonZeroUsize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    loop {
        // ORDERING: Relaxed: a number, which publishes nothing.
        if let Some(number) = NonZeroUsize::new(NEXT.fetch_add(1, Ordering::Relaxed)) {
            return number;
        }
    }
}
