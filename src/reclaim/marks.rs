//! Which part of the queue of what has come due (`due.rs`) may be run.
//!
//! A *mark* goes into the queue when a grace period begins, before the generation of
//! `light.rs` goes up. What is in front of the mark was unlinked before that. So no reader
//! has it any more when that grace period is over. Grace periods end in the order of their
//! marks. So the front of the queue, which may be a mark, may be taken when more grace
//! periods are over than marks have left the queue.

use crate::sync::Ordering;
use crate::sync::bare::AtomicUsize;

/// Two numbers, which only go up.
pub(crate) struct Marks {
    /// How many marks have left the queue. Only the thread that takes from the queue
    /// changes it.
    left: AtomicUsize,
    /// How many grace periods are over.
    over: AtomicUsize,
}

impl Marks {
    /// No mark, no grace period.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            left: AtomicUsize::new(0),
            over: AtomicUsize::new(0),
        }
    }

    /// The same, for a model.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            left: AtomicUsize::new(0),
            over: AtomicUsize::new(0),
        }
    }

    /// Counts a grace period that is over.
    pub(crate) fn one_more_is_over(&self) {
        // ORDERING: Release, pairs with the Acquire in `front_may_go`: the ends of the
        // reads come before what is run then. Weakened:
        // `light::another_thread_frees_what_a_grace_period_was_waited_for`.
        self.over.fetch_add(1, Ordering::Release);
    }

    /// Whether what is at the front of the queue may be taken. Called by the thread that
    /// takes from it.
    pub(crate) fn front_may_go(&self) -> bool {
        // ORDERING: Relaxed: the thread that takes changes it. The queue hands it on from
        // one such thread to the next.
        let left = self.left.load(Ordering::Relaxed);
        // ORDERING: Acquire, pairs with the Release in `one_more_is_over`. Weakened:
        // `light::another_thread_frees_what_a_grace_period_was_waited_for`.
        self.over.load(Ordering::Acquire) > left
    }

    /// Counts a mark that leaves the queue. Called by the thread that takes it.
    pub(crate) fn one_leaves(&self) {
        // ORDERING: Relaxed, as in `front_may_go`.
        let left = self.left.load(Ordering::Relaxed);
        // ORDERING: Relaxed, as in `front_may_go`.
        self.left.store(left + 1, Ordering::Relaxed);
    }
}
