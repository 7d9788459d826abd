//! The data of a session of this service, and how a session is shown.

use crate::{Session, Sessions};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// The data of a session.
#[derive(Debug, Default)]
pub struct Visitor {
    /// The `User-Agent` of the login.
    pub agent: String,
    /// How many requests have asked who they are.
    pub requests: AtomicU64,
}

/// A session, as its user sees it. The id is not there: the cookie has it.
#[derive(Serialize)]
pub(super) struct Shown {
    number: u64,
    user: String,
    agent: String,
    requests: u64,
    began_seconds_ago: u64,
    ends_in_seconds: u64,
    /// Whether the request came from this session.
    this: bool,
}

pub(super) fn shown(session: &Session<Visitor>, sessions: &Sessions<Visitor>, this: u64) -> Shown {
    let now = sessions.now();
    let deadline = session.deadline().unwrap_or_default();
    Shown {
        number: session.number(),
        user: session.user().to_string(),
        agent: session.data.agent.clone(),
        requests: session.data.requests.load(Ordering::Relaxed),
        began_seconds_ago: now.saturating_sub(session.started()).as_secs(),
        ends_in_seconds: deadline.saturating_sub(now).as_secs(),
        this: session.number() == this,
    }
}
