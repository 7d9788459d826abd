//! [`Sessions`]: the store.
//!
//! The map has the sessions by their ids, and a request uses the map alone. The ledger has the
//! same sessions by user and by deadline. Each session is in both:
//!
//! 1. `begin` inserts the session into the map, and then lists it. Only the caller of `begin`
//!    learns the id, afterwards. So nobody can end the session between the two steps.
//! 2. The call that ends a session changes its word first (`word.rs`). Then it removes the
//!    session from the map, and strikes it out of the ledger. A request that still finds the
//!    session in the map sees the word.

use crate::ledger::Ledger;
use crate::lifetime::nanos;
use crate::session::{Ended, Reason, Session};
use crate::word::Due;
use crate::{Lifetime, SessionId, SessionMap};
use parking_lot::Mutex;
use readmostly::primitives::ShardedMap;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use std::vec::IntoIter;
use tokio::time::Instant;

/// The map that [`Sessions`] stands on if nothing else is said. `README.md` has the figures.
pub type DefaultMap<T> = ShardedMap<SessionId, Arc<Session<T>>>;

/// How many due sessions the expiry task takes out of the ledger at once.
const BATCH: usize = 256;

type Audit<T> = Box<dyn Fn(Ended<T>) + Send + Sync>;

/// Sessions with data of type `T`, in a map `M`.
///
/// # What a request costs
///
/// [`get`](Self::get) and [`with`](Self::with) look the id up, and read one word of the
/// session. They compare no clock: the task [`expire`](crate::expire) ends what is due. So a
/// session that is due is served until that task comes by, one tick later at the most.
pub struct Sessions<T, M = DefaultMap<T>> {
    map: M,
    ledger: Mutex<Ledger<T>>,
    lifetime: Lifetime,
    limit: usize,
    audit: Option<Audit<T>>,
    began: Instant,
    data: PhantomData<T>,
}

impl<T> Sessions<T> {
    /// Creates a store for at most `limit` sessions, in the default map.
    pub fn new(lifetime: Lifetime, limit: usize) -> Self {
        Self::with_map(ShardedMap::new(), lifetime, limit)
    }
}

impl<T, M: SessionMap<T>> Sessions<T, M> {
    /// Creates a store in an empty map of your choice.
    pub fn with_map(map: M, lifetime: Lifetime, limit: usize) -> Self {
        Self {
            map,
            ledger: Mutex::default(),
            lifetime,
            limit,
            audit: None,
            began: Instant::now(),
            data: PhantomData,
        }
    }

    /// Sets what is called with each ended session: once for each, after the session has left
    /// the store, and with no lock held.
    #[must_use]
    pub fn on_end(mut self, audit: impl Fn(Ended<T>) + Send + Sync + 'static) -> Self {
        self.audit = Some(Box::new(audit));
        self
    }

    /// Begins a session, and returns it. Its id is what the cookie carries.
    ///
    /// # Errors
    ///
    /// If there are as many sessions as the store may have. The error has the data.
    pub fn begin(&self, user: &str, data: T) -> Result<Arc<Session<T>>, Full<T>> {
        let Some(number) = self.ledger.lock().reserve(self.limit) else {
            return Err(Full(data));
        };
        let now = self.now_nanos();
        let deadline = self.lifetime.deadline(now, now);
        let session = Arc::new(Session::new(number, user.into(), data, now, deadline));
        self.map.put(Arc::clone(&session));
        self.ledger.lock().list(Arc::clone(&session), deadline);
        Ok(session)
    }

    /// Returns the session with this id, if it has not ended. To hold a session for long is
    /// fine: [`Session::is_alive`] says whether it has ended meanwhile.
    pub fn get(&self, id: &SessionId) -> Option<Arc<Session<T>>> {
        let session = self.map.find(id, Arc::clone)?;
        session.is_alive().then_some(session)
    }

    /// Calls `f` with the session with this id, if it has not ended. Clones no `Arc`, so it
    /// writes nothing that belongs to the session. `f` may run while a lock of the map is held:
    /// it must be short, and must not use this store.
    pub fn with<R>(&self, id: &SessionId, f: impl FnOnce(&Session<T>) -> R) -> Option<R> {
        let alive = |session: &Arc<Session<T>>| session.is_alive().then(|| f(session));
        self.map.find(id, alive).flatten()
    }

    /// Moves the deadline of a session to `idle` from now, but not beyond its absolute
    /// lifetime. Returns `false` if there is no such session. This call reads a clock and
    /// writes to the session's cache line: a service chooses which requests renew.
    ///
    /// If `renew` returns `true`, the session does not expire before its new deadline.
    pub fn renew(&self, id: &SessionId) -> bool {
        let now = self.now_nanos();
        let renewed = self.map.find(id, |session| {
            let deadline = self.lifetime.deadline(session.started, now);
            session.word.renew(deadline)
        });
        renewed.unwrap_or(false)
    }

    /// Ends the session with this id. However many calls, expiries and revocations of one
    /// session run at the same time, exactly one of them gets the session. When `end` has
    /// returned, no later [`get`](Self::get) finds the session, whichever call ended it.
    pub fn end(&self, id: &SessionId) -> Option<Ended<T>> {
        let session = self.map.find(id, Arc::clone)?;
        self.end_session(session, Reason::LoggedOut)
    }

    /// Ends the session of `user` with this number.
    pub fn revoke(&self, user: &str, number: u64) -> Option<Ended<T>> {
        let mut sessions = self.of_user(user).into_iter();
        let session = sessions.find(|session| session.number == number)?;
        self.end_session(session, Reason::Revoked)
    }

    /// Ends the sessions that `user` has now, and returns those that this call ended. A session
    /// that begins during the call may stay.
    pub fn revoke_all(&self, user: &str) -> Vec<Ended<T>> {
        let sessions = self.of_user(user).into_iter();
        sessions
            .filter_map(|session| self.end_session(session, Reason::Revoked))
            .collect()
    }

    /// Returns the sessions of `user`, in the order in which they began.
    pub fn of_user(&self, user: &str) -> Vec<Arc<Session<T>>> {
        let mut sessions = self.ledger.lock().of_user(user);
        sessions.retain(|session| session.is_alive());
        sessions
    }

    /// Returns each user who has a session, with the number of their sessions, by name.
    pub fn users(&self) -> Vec<(Arc<str>, usize)> {
        let mut users = self.ledger.lock().users();
        users.sort_unstable();
        users
    }

    /// Returns the number of sessions. A due session counts until it ends.
    pub fn len(&self) -> usize {
        self.map.count()
    }

    /// Returns `true` if there is no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many sessions wait for the expiry task: with no call under way, all.
    pub fn waiting(&self) -> usize {
        self.ledger.lock().waiting()
    }

    /// Returns the time on the clock of the sessions' deadlines.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns the lifetime of the sessions.
    pub fn lifetime(&self) -> &Lifetime {
        &self.lifetime
    }

    /// Ends sessions that are due, and looks at 256 at the most. Returns how many it looked at.
    /// Zero: no session was due. [`expire`](crate::expire) calls this.
    pub fn sweep(&self) -> usize {
        let now = self.now_nanos();
        let due = self.ledger.lock().take_due(now, BATCH);
        let looked_at = due.len();
        let mut batch = Batch {
            ledger: &self.ledger,
            due: due.into_iter(),
            now,
        };
        for session in batch.due.by_ref() {
            match session.word.end_if_due(now) {
                Due::Now => self.finish(session, Reason::Expired),
                Due::Later(due) => self.ledger.lock().put_back(&session, due),
                Due::Over => {}
            }
        }
        looked_at
    }

    fn end_session(&self, session: Arc<Session<T>>, reason: Reason) -> Option<Ended<T>> {
        if !session.word.end() {
            return None;
        }
        self.finish(Arc::clone(&session), reason);
        Some(Ended { session, reason })
    }

    /// What the one call does that has ended the session.
    fn finish(&self, session: Arc<Session<T>>, reason: Reason) {
        self.map.take_out(&session.id());
        self.ledger.lock().strike(&session);
        if let Some(audit) = &self.audit {
            audit(Ended { session, reason });
        }
    }

    fn now_nanos(&self) -> u64 {
        nanos(self.now())
    }
}

/// Due sessions that `sweep` has taken out of the ledger.
struct Batch<'s, T> {
    ledger: &'s Mutex<Ledger<T>>,
    due: IntoIter<Arc<Session<T>>>,
    now: u64,
}

impl<T> Drop for Batch<'_, T> {
    /// Puts back what is left, after a panic of the audit: the next sweep ends it.
    fn drop(&mut self) {
        for session in self.due.by_ref() {
            self.ledger.lock().put_back(&session, self.now);
        }
    }
}

impl<T, M> fmt::Debug for Sessions<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("lifetime", &self.lifetime)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The store has as many sessions as it may have.
#[derive(Clone, Copy)]
pub struct Full<T>(
    /// The data of the session that was refused.
    pub T,
);

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full")
    }
}

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store has as many sessions as it may have")
    }
}

impl<T> Error for Full<T> {}
