//! A session: one time that the source is followed, from its whole contents on.

use super::books::Open;
use super::message::Pending;
use super::{Answer, Identity, Lost, Message, Outcome, Replica, Revision};
use std::fmt;
use std::time::Duration;

/// The right to hand messages over, until another session is opened.
pub struct Session<'r, V> {
    replica: &'r Replica<V>,
    number: u64,
}

/// A question that a driver asks the source, as how far it is.
#[derive(Debug)]
pub struct Question {
    session: u64,
    asked_at: Duration,
    /// How far the session was when the question was asked.
    through: Revision,
}

impl<V> Replica<V> {
    /// Opens a session. An open one is over. `last` is the source's last revision, asked for
    /// over the same connection before the contents are.
    pub fn begin(&self, identity: Identity, last: Revision) -> Session<'_, V> {
        let mut books = self.books();
        if books.identity != Some(identity) || last < books.highest {
            books.begin_epoch();
        }
        books.identity = Some(identity);
        books.highest = books.highest.max(last);
        books.sessions += 1;
        let number = books.sessions;
        books.open = Some(Open {
            number,
            began_at: last,
            ..Open::default()
        });
        self.publish(&books);
        Session {
            replica: self,
            number,
        }
    }
}

impl<V: PartialEq + Send + Sync + 'static> Session<'_, V> {
    /// Applies one message.
    ///
    /// # Errors
    ///
    /// If the session is over: see [`Lost`].
    pub fn apply(&self, message: Message<V>) -> Result<Outcome, Lost> {
        self.replica.apply(self.number, message)
    }

    /// To be called just before the source is asked how far it is.
    ///
    /// # Errors
    ///
    /// If the session is over.
    pub fn ask(&self) -> Result<Question, Lost> {
        // Before the books are read: the moment must not be later than the request.
        let asked_at = self.replica.clock.now();
        let books = self.replica.books();
        let open = books
            .open
            .as_ref()
            .filter(|open| open.number == self.number);
        let open = open.ok_or(Lost::Superseded)?;
        Ok(Question {
            session: self.number,
            asked_at,
            through: open.through,
        })
    }

    /// Takes an answer. If the source had nothing that was not handed over before the
    /// question, the session is drained. Otherwise the answer counts once the map is exact at
    /// the revision that it names.
    ///
    /// # Errors
    ///
    /// If the session is over, or ends because of this answer: see [`Lost`].
    pub fn answer(&self, question: &Question, answer: Answer) -> Result<(), Lost> {
        if question.session != self.number {
            return Err(Lost::Superseded);
        }
        let pending = Pending {
            asked_at: question.asked_at,
            asked_through: question.through,
            last: answer.last,
            oldest: answer.oldest,
        };
        self.replica.answered(self.number, answer.identity, pending)
    }

    /// Ends the session, as when the connection is lost. The map stays as it is.
    pub fn end(self) {
        let mut books = self.replica.books();
        if books
            .open
            .as_ref()
            .is_some_and(|open| open.number == self.number)
        {
            books.open = None;
            self.replica.publish(&books);
        }
    }
}

impl<V> fmt::Debug for Session<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
