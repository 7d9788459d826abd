//! [`Word`]: whether a session is alive, and until when. Requests read it, and the calls that
//! end or renew a session race on it.
//!
//! | value | meaning | next |
//! |---|---|---|
//! | a deadline, in nanoseconds | alive | a later deadline (`renew`), or `ENDED` |
//! | `ENDED` | ended | nothing |
//!
//! Each change is one read-modify-write. So exactly one call ends a session. A renewal that has
//! returned `true` is never lost: an expiry that saw the earlier deadline fails.

// The tests compile this file with loom's atomics, and run each race in every order.
use super::atomics::{AtomicU64, Ordering};

/// Later than every deadline.
const ENDED: u64 = u64::MAX;

pub(crate) struct Word(AtomicU64);

/// What `end_if_due` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// This call ended the session.
    Now,
    /// The session was renewed: it is due at this deadline.
    Later(u64),
    /// Another call has ended the session.
    Over,
}

impl Word {
    pub(crate) fn new(deadline: u64) -> Self {
        Self(AtomicU64::new(deadline.min(ENDED - 1)))
    }

    /// `None`: the session has ended.
    pub(crate) fn deadline(&self) -> Option<u64> {
        // ORDERING: Acquire, pairs with AcqRel in `end` and `change`: who sees `ENDED` sees what
        // the ending call did before.
        Some(self.0.load(Ordering::Acquire)).filter(|&word| word != ENDED)
    }

    /// Moves the deadline to a later time. `false`: the session has ended.
    pub(crate) fn renew(&self, deadline: u64) -> bool {
        let deadline = deadline.min(ENDED - 1);
        loop {
            match self.deadline() {
                None => return false,
                Some(seen) if seen >= deadline => return true,
                Some(seen) if self.change(seen, deadline) => return true,
                Some(_) => {}
            }
        }
    }

    /// Ends the session. `true` for exactly one call, of this or of `end_if_due`.
    pub(crate) fn end(&self) -> bool {
        // ORDERING: AcqRel, pairs with the load in `deadline`.
        self.0.swap(ENDED, Ordering::AcqRel) != ENDED
    }

    /// Ends the session if its deadline has come.
    pub(crate) fn end_if_due(&self, now: u64) -> Due {
        loop {
            match self.deadline() {
                None => return Due::Over,
                Some(deadline) if deadline > now => return Due::Later(deadline),
                Some(deadline) if self.change(deadline, ENDED) => return Due::Now,
                Some(_) => {}
            }
        }
    }

    fn change(&self, seen: u64, new: u64) -> bool {
        // ORDERING: AcqRel, pairs with the load in `deadline`.
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        (self.0.compare_exchange(seen, new, success, failure)).is_ok()
    }
}
