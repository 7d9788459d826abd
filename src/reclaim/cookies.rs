//! Whether every guard is gone that was alive at some instant.
//!
//! RCU has the words. A *cookie* stands for the instant at which it was taken. A thread that
//! asks begins a *full grace period*: it retires a function, and that function says which
//! grace period is over. What is retired waits for every guard that is alive, full or light.
//! So the grace period waits for them, too, by the same way and with the same argument.
//!
//! Two threads, in order of time:
//!
//! 1. Thread 1 takes a value out of an entry, and then takes a cookie.
//! 2. Thread 2, or thread 1, begins a full grace period. It is the next one, so its number
//!    is larger than the cookie.
//! 3. Every guard goes that was alive in step 2. Those that were alive in step 1 are among
//!    them, or are gone already.
//! 4. Some thread runs the function: the grace period is over.
//! 5. Thread 1 finds that a grace period is over whose number is larger than the cookie. No
//!    thread can reach the value any more.
//!
//! A grace period that begins before step 1 has a number that is not larger. It does not
//! wait for the guards that are taken between its beginning and step 1.

use crate::sync::Ordering;
use crate::sync::bare::AtomicUsize;

/// The instant at which it was taken: how many full grace periods had begun.
#[derive(Clone, Copy)]
pub(crate) struct Cookie(usize);

/// Two numbers, which only go up, and wrap. A cookie that is older than half of all numbers
/// counts as new: its owner then waits for a later grace period, and gets nothing too early.
/// Where a word has 32 bits, that is after some two thousand million grace periods.
pub(crate) struct Cookies {
    /// How many full grace periods have begun. It is the number of the last one.
    begun: AtomicUsize,
    /// The largest number of those that are over.
    over: AtomicUsize,
}

impl Cookies {
    /// No grace period has begun.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            begun: AtomicUsize::new(0),
            over: AtomicUsize::new(0),
        }
    }

    /// The same, for a model.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            begun: AtomicUsize::new(0),
            over: AtomicUsize::new(0),
        }
    }

    /// A cookie for this instant. What the caller has unlinked before is unlinked for whoever
    /// begins a later grace period.
    pub(crate) fn take(&self) -> Cookie {
        // A read-modify-write, although it changes nothing: the next grace period's reads what
        // this one wrote. A load would leave no edge from the unlinking to that grace period.
        //
        // ORDERING: AcqRel, pairs with the AcqRel in `begin`. No model fails without it: in loom
        // a SeqCst load, which readers of an entry use, never finds an old value.
        Cookie(self.begun.fetch_add(0, Ordering::AcqRel))
    }

    /// Begins a full grace period. The caller retires a function that calls
    /// [`end`](Self::end) with the result.
    pub(crate) fn begin(&self) -> usize {
        // ORDERING: AcqRel, pairs with the AcqRel in `take`, and with itself: so a cookie that
        // was taken before any grace period between the two is older, too.
        self.begun.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    /// Whether a grace period has begun after the cookie was taken.
    pub(crate) fn has_begun(&self, cookie: Cookie) -> bool {
        // ORDERING: Relaxed: a hint. The thread that began it retires its function.
        is_later(self.begun.load(Ordering::Relaxed), cookie)
    }

    /// The grace period with this number is over.
    pub(crate) fn end(&self, number: usize) {
        // ORDERING: Relaxed: what the exchange expects. It may be an old number.
        let mut over = self.over.load(Ordering::Relaxed);
        // Grace periods may end out of order: two threads may run their functions.
        while is_later(number, Cookie(over)) {
            // ORDERING: AcqRel, pairs with the Acquire in `is_over`: every guard is gone, for
            // whoever finds this number, or a later one. Weakened:
            // `removed::a_grace_period_of_another_thread_is_enough_if_it_is_later`. On failure
            // Relaxed, as the load.
            let exchanged =
                self.over
                    .compare_exchange(over, number, Ordering::AcqRel, Ordering::Relaxed);
            match exchanged {
                Ok(_) => return,
                Err(now) => over = now,
            }
        }
    }

    /// Whether every guard is gone that was alive when the cookie was taken.
    pub(crate) fn is_over(&self, cookie: Cookie) -> bool {
        // ORDERING: Acquire, pairs with the AcqRel in `end`. Weakened: the model named there.
        is_later(self.over.load(Ordering::Acquire), cookie)
    }
}

/// Whether the grace period with this number began after the cookie was taken.
fn is_later(number: usize, cookie: Cookie) -> bool {
    number.wrapping_sub(cookie.0) as isize > 0
}
