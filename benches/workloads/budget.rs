//! The iterations of one run, handed out to threads in grains, as Go's
//! `RunParallel` does: a slow thread does fewer of them.

use super::map::Handle;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is left to hand out.
pub(super) struct Budget {
    taken: AtomicU64,
    iterations: u64,
    grain: u64,
}

impl Budget {
    pub(super) fn new(iterations: u64, grain: u64) -> Self {
        Self {
            taken: AtomicU64::new(0),
            iterations,
            grain,
        }
    }

    /// The size of the next grain; 0 when all is handed out.
    fn take(&self) -> u64 {
        // ORDERING: Relaxed: a counter, which publishes no other data.
        let before = self.taken.fetch_add(self.grain, Ordering::Relaxed);
        self.iterations.saturating_sub(before).min(self.grain)
    }
}

/// One thread's way of spending the budget.
pub(super) struct Share<'b> {
    budget: &'b Budget,
    left: u64,
}

impl<'b> Share<'b> {
    /// The most iterations between two renewals of a handle: a pin that is held longer
    /// keeps too much memory from being freed.
    const STRETCH: u64 = 64;

    pub(super) fn of(budget: &'b Budget) -> Self {
        Self { budget, left: 0 }
    }

    /// Calls `step` with the thread's numbers from `first` on, until the budget
    /// is spent.
    pub(super) fn each<H: Handle>(
        mut self,
        handle: &mut H,
        first: u64,
        mut step: impl FnMut(&H, u64),
    ) {
        let mut number = first;
        loop {
            let stretch = self.stretch();
            if stretch == 0 {
                return;
            }
            for i in number..number + stretch {
                step(handle, i);
            }
            number += stretch;
            handle.renew();
        }
    }

    fn stretch(&mut self) -> u64 {
        if self.left == 0 {
            self.left = self.budget.take();
        }
        let stretch = self.left.min(Self::STRETCH);
        self.left -= stretch;
        stretch
    }
}
