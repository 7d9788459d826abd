//! [`Session`]: what the map keeps for an id.

use crate::SessionId;
use crate::word::Word;
use std::sync::Arc;
use std::time::Duration;

/// One session: its user, and data of type `T`.
///
/// A `T` that changes has a lock or an atomic in it. Only this session's requests meet there.
pub struct Session<T> {
    id: SessionId,
    pub(crate) number: u64,
    pub(crate) user: Arc<str>,
    pub(crate) started: u64,
    pub(crate) word: Word,
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
            word: Word::new(deadline),
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
        self.word.deadline().map(Duration::from_nanos)
    }

    /// Returns `true` until the session has ended, by whatever reason.
    pub fn is_alive(&self) -> bool {
        self.word.deadline().is_some()
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
