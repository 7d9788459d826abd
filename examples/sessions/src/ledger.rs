//! The ledger: which sessions each user has, and when each is due.
//!
//! A login, an end and the expiry task use the ledger, under one mutex. A request does not.

use crate::session::Session;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A session that is listed, and when the expiry task looks at it. A renewal does not change
/// this time: the task finds the later deadline when it looks.
struct Listed<T> {
    session: Arc<Session<T>>,
    due: u64,
}

pub(crate) struct Ledger<T> {
    by_user: HashMap<Arc<str>, BTreeMap<u64, Listed<T>>>,
    /// By time and number. A session that the expiry task looks at right now is not here.
    due: BTreeMap<(u64, u64), Arc<Session<T>>>,
    /// Sessions that are listed, or have room reserved.
    taken: usize,
    next_number: u64,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self {
            by_user: HashMap::new(),
            due: BTreeMap::new(),
            taken: 0,
            next_number: 1,
        }
    }
}

impl<T> Ledger<T> {
    /// Reserves room for one session, and gives its number. `None`: there are `limit` already.
    pub(crate) fn reserve(&mut self, limit: usize) -> Option<u64> {
        if self.taken >= limit {
            return None;
        }
        self.taken += 1;
        let number = self.next_number;
        self.next_number += 1;
        Some(number)
    }

    /// Lists a session that has room reserved.
    pub(crate) fn list(&mut self, session: Arc<Session<T>>, due: u64) {
        let number = session.number;
        self.due.insert((due, number), Arc::clone(&session));
        let user = Arc::clone(&session.user);
        let listed = Listed { session, due };
        self.by_user.entry(user).or_default().insert(number, listed);
    }

    /// Strikes a session out that has ended.
    pub(crate) fn strike(&mut self, session: &Session<T>) {
        let Some(sessions) = self.by_user.get_mut(&session.user) else {
            return;
        };
        let Some(listed) = sessions.remove(&session.number) else {
            return;
        };
        if sessions.is_empty() {
            self.by_user.remove(&session.user);
        }
        self.due.remove(&(listed.due, session.number));
        self.taken -= 1;
    }

    /// Takes at most `limit` sessions out that are due at `now`.
    pub(crate) fn take_due(&mut self, now: u64, limit: usize) -> Vec<Arc<Session<T>>> {
        let mut due = Vec::new();
        while due.len() < limit {
            let Some(first) = self.due.first_entry() else {
                break;
            };
            if first.key().0 > now {
                break;
            }
            due.push(first.remove());
        }
        due
    }

    /// Puts a session back, to be looked at when it is due. Nothing happens if it has ended meanwhile.
    pub(crate) fn put_back(&mut self, session: &Arc<Session<T>>, due: u64) {
        let sessions = self.by_user.get_mut(&session.user);
        let Some(listed) = sessions.and_then(|all| all.get_mut(&session.number)) else {
            return;
        };
        listed.due = due;
        self.due.insert((due, session.number), Arc::clone(session));
    }

    /// The sessions of one user, in the order in which they began.
    pub(crate) fn of_user(&self, user: &str) -> Vec<Arc<Session<T>>> {
        let sessions = self.by_user.get(user).into_iter().flatten();
        sessions
            .map(|(_, listed)| Arc::clone(&listed.session))
            .collect()
    }

    /// Each user, with the number of their sessions.
    pub(crate) fn users(&self) -> Vec<(Arc<str>, usize)> {
        let users = self.by_user.iter();
        users
            .map(|(user, sessions)| (Arc::clone(user), sessions.len()))
            .collect()
    }

    /// How many sessions wait for the expiry task.
    pub(crate) fn waiting(&self) -> usize {
        self.due.len()
    }
}
