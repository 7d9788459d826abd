//! [`SessionMap`]: what a map must do to hold the sessions.

use crate::{Session, SessionId};
use readmostly::primitives::ConcurrentMap;
use std::sync::Arc;

/// The calls that [`Sessions`](crate::Sessions) makes. Each map of `readmostly` has them. A map
/// of another crate is adapted in a few lines: `benches/maps/dash.rs` does it for dashmap.
///
/// No call has to say who removed a session. The session's own word decides that.
pub trait SessionMap<T> {
    /// Calls `f` with the session, if it is present. `f` may run while a lock is held.
    fn find<R>(&self, id: &SessionId, f: impl FnOnce(&Arc<Session<T>>) -> R) -> Option<R>;

    /// Inserts a session. Its id is new.
    fn put(&self, session: Arc<Session<T>>);

    /// Removes a session.
    fn take_out(&self, id: &SessionId);

    /// How many sessions are present.
    fn count(&self) -> usize;
}

impl<T, M: ConcurrentMap<SessionId, Arc<Session<T>>>> SessionMap<T> for M {
    fn find<R>(&self, id: &SessionId, f: impl FnOnce(&Arc<Session<T>>) -> R) -> Option<R> {
        self.get_with(id, f)
    }

    fn put(&self, session: Arc<Session<T>>) {
        self.insert(session.id(), session);
    }

    fn take_out(&self, id: &SessionId) {
        self.remove(id);
    }

    fn count(&self) -> usize {
        self.len()
    }
}
