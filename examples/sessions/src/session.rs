//! [`Session`]: what the map keeps for an id, and the word that decides who ends it.
//!
//! # The word
//!
//! | value | meaning | next |
//! |---|---|---|
//! | a deadline, in nanoseconds | alive | a later deadline (`renew`), or `ENDED` |
//! | `ENDED` | ended | nothing |
//!
//! Each change is a compare-and-swap. So exactly one call ends a session, and a renewal that
//! has returned `true` is never lost: an expiry that saw the earlier deadline fails.

use crate::SessionId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// No deadline is this: clocks of sessions begin at zero.
const ENDED: u64 = u64::MAX;

/// One session: its user, and data of type `T`.
///
/// A `T` that changes has a lock or an atomic in it. Only this session's requests meet there.
pub struct Session<T> {
    id: SessionId,
    pub(crate) number: u64,
    pub(crate) user: Arc<str>,
    pub(crate) started: u64,
    /// See the table above. Requests read the word, and only `renew` and an end write it.
    word: AtomicU64,
    /// What the service keeps for the session.
    pub data: T,
}

impl<T> Session<T> {
    pub(crate) fn new(number: u64, user: Arc<str>, data: T, started: u64, deadline: u64) -> Self {
        Self {
            id: SessionId::random(),
            number,
            user,
            started,
            word: AtomicU64::new(deadline.min(ENDED - 1)),
            data,
        }
    }

    /// Returns the secret id. `Debug` of it shows four digits.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Returns the public number of the session. A list shows it, and it opens nothing.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the user, as `begin` was told.
    pub fn user(&self) -> &Arc<str> {
        &self.user
    }

    /// Returns when the session began, on the clock of its [`Sessions`](crate::Sessions).
    pub fn started(&self) -> Duration {
        Duration::from_nanos(self.started)
    }

    /// Returns when the session is due, or `None` if it has ended.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline_nanos().map(Duration::from_nanos)
    }

    /// Returns `true` until the session has ended, by whatever reason.
    pub fn is_alive(&self) -> bool {
        self.deadline_nanos().is_some()
    }

    pub(crate) fn deadline_nanos(&self) -> Option<u64> {
        // ORDERING: Acquire, pairs with AcqRel in `change`: who sees `ENDED` sees what the
        // ending call did before.
        Some(self.word.load(Ordering::Acquire)).filter(|&word| word != ENDED)
    }

    /// Moves the deadline to a later time. `false`: the session has ended.
    pub(crate) fn renew(&self, deadline: u64) -> bool {
        let deadline = deadline.min(ENDED - 1);
        loop {
            match self.deadline_nanos() {
                None => return false,
                Some(seen) if seen >= deadline => return true,
                Some(seen) if self.change(seen, deadline) => return true,
                Some(_) => {}
            }
        }
    }

    /// Ends the session. `true` for exactly one call, of this or of `end_if_due`.
    pub(crate) fn end(&self) -> bool {
        // ORDERING: as `change`.
        self.word.swap(ENDED, Ordering::AcqRel) != ENDED
    }

    /// Ends the session if its deadline has come.
    pub(crate) fn end_if_due(&self, now: u64) -> Due {
        loop {
            match self.deadline_nanos() {
                None => return Due::Over,
                Some(deadline) if deadline > now => return Due::Later(deadline),
                Some(deadline) if self.change(deadline, ENDED) => return Due::Now,
                Some(_) => {}
            }
        }
    }

    fn change(&self, seen: u64, new: u64) -> bool {
        // ORDERING: AcqRel, pairs with the loads in `deadline_nanos`.
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        (self.word.compare_exchange(seen, new, success, failure)).is_ok()
    }
}

impl<T> std::fmt::Debug for Session<T> {
    /// Shows neither the whole id nor the data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("user", &self.user)
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}

/// What `end_if_due` found.
pub(crate) enum Due {
    /// This call ended the session.
    Now,
    /// The session was renewed: it is due at this deadline.
    Later(u64),
    /// Another call has ended the session.
    Over,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user left: [`Sessions::end`](crate::Sessions::end).
    LoggedOut,
    /// The session was ended from outside: [`Sessions::revoke`](crate::Sessions::revoke).
    Revoked,
    /// Its deadline came.
    Expired,
}

/// An ended session. Each session gives one, to one caller.
#[derive(Debug)]
pub struct Ended<T> {
    /// The session. A request that began earlier may still hold it.
    pub session: Arc<Session<T>>,
    /// Why it ended.
    pub reason: Reason,
}

impl<T> Clone for Ended<T> {
    fn clone(&self) -> Self {
        let session = Arc::clone(&self.session);
        let reason = self.reason;
        Self { session, reason }
    }
}
