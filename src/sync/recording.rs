//! What a recorder stands on: real in every build, as no model runs one, and what
//! it does is in no published count.

pub(crate) use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use super::Ordering;
use arc_swap::{ArcSwapOption, Guard};
use std::ops::Deref;
use std::sync::Arc;
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

/// Something that threads share while it is switched on, and that costs them one
/// load and a branch while it is off.
///
/// Who switches it on or off takes care that nobody else does at the same time;
/// only [`off_if`](Switch::off_if) may be called at any time.
pub(crate) struct Switch<T> {
    /// 0: off. Else which of those that were ever on here is it.
    on: AtomicUsize,
    /// Outlives `on` going to 0, if that was by `off_if`.
    current: ArcSwapOption<Numbered<T>>,
}

struct Numbered<T> {
    number: usize,
    shared: T,
}

/// What was found switched on. It stays allocated as long as somebody has it.
pub(crate) struct Shared<T>(Guard<Option<Arc<Numbered<T>>>>);

impl<T> Switch<T> {
    pub(crate) const fn off() -> Self {
        Self {
            on: AtomicUsize::new(0),
            current: ArcSwapOption::const_empty(),
        }
    }

    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        // ORDERING: Relaxed: a hint. What it leads to is found by `get`.
        self.on.load(Ordering::Relaxed) != 0
    }

    /// What is on, or has been switched off by `off_if`, or this very moment.
    pub(crate) fn get(&self) -> Option<Shared<T>> {
        let current = self.current.load();
        current.is_some().then(|| Shared(current))
    }

    /// Switches on the `number`th, which is not 0.
    pub(crate) fn on(&self, number: usize, shared: T) {
        self.current
            .store(Some(Arc::new(Numbered { number, shared })));
        // ORDERING: Relaxed: a hint, as in `is_on`.
        self.on.store(number, Ordering::Relaxed);
    }

    pub(crate) fn turn_off(&self) {
        // ORDERING: Relaxed: a hint, as in `is_on`.
        self.on.store(0, Ordering::Relaxed);
        self.current.store(None);
    }

    /// Switches off, unless another one has been switched on since.
    pub(crate) fn off_if(&self, shared: &Shared<T>) {
        let Some(numbered) = shared.0.as_deref() else {
            return;
        };
        // ORDERING: Relaxed: a hint, as in `is_on`.
        let _ =
            (self.on).compare_exchange(numbered.number, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0.as_deref() {
            Some(numbered) => &numbered.shared,
            None => unreachable!("`Switch::get` gives back what is there"),
        }
    }
}
