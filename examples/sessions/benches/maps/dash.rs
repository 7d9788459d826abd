//! dashmap, as a map of sessions.

use dashmap::DashMap;
use sessions::{Session, SessionId, SessionMap};
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Dash(DashMap<SessionId, Arc<Session<()>>>);

impl SessionMap<()> for Dash {
    fn find<R>(&self, id: &SessionId, f: impl FnOnce(&Arc<Session<()>>) -> R) -> Option<R> {
        self.0.view(id, |_, session| f(session))
    }

    fn put(&self, session: Arc<Session<()>>) {
        self.0.insert(session.id(), session);
    }

    fn take_out(&self, id: &SessionId) {
        self.0.remove(id);
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}
