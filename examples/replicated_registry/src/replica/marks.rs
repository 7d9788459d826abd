//! What marks and answers do to map and books. All of it runs under the lock of the books.

use super::apply::{Known, number};
use super::books::Books;
use super::message::Pending;
use super::{Identity, Lost, Outcome, Replica, Revision};

impl<V: PartialEq + Send + Sync + 'static> Replica<V> {
    pub(super) fn through(
        &self,
        books: &mut Books,
        revision: Revision,
        skipped: bool,
    ) -> Result<Outcome, Lost> {
        let Some(open) = &mut books.open else {
            return Err(Lost::Superseded);
        };
        if revision <= open.through {
            return Ok(Outcome::Old);
        }
        open.through = revision;
        if skipped {
            open.last_skip = revision;
        }
        books.hand_over(revision);
        self.settle(books)
    }

    /// R3: the contents are complete, so what they lack is gone.
    pub(super) fn drained(&self, books: &mut Books, revision: Revision) -> Result<Outcome, Lost> {
        let epoch = books.epoch;
        let Some(open) = &mut books.open else {
            return Err(Lost::Superseded);
        };
        if revision < open.began_at {
            return Err(Lost::Contradiction);
        }
        let first = open.drained.is_none();
        let session = open.number;
        if revision > open.through {
            // No mark has passed these revisions, so some may have been left out.
            open.through = revision;
            open.last_skip = revision;
        }
        open.drained = open.drained.max(Some(revision));
        if first {
            self.refute(books)?;
            self.map.retain(|_, entry| {
                entry.epoch() == epoch
                    && (entry.is_confirmed_by(session) || entry.revision() > revision)
            });
        }
        books.hand_over(revision);
        self.settle(books)
    }

    /// R4: every old change of the contents must be older than one that came too.
    fn refute(&self, books: &mut Books) -> Result<(), Lost> {
        let session = number(books);
        let offered = books
            .open
            .as_mut()
            .map(|open| std::mem::take(&mut open.offered));
        for (key, offer) in offered.unwrap_or_default() {
            let explained = match self.known(books, &key) {
                Known::Held(_) => self
                    .map
                    .get(&key)
                    .is_some_and(|entry| entry.is_confirmed_by(session)),
                Known::Buried(_) => books.tombstones[&key].confirmed_by == session,
                Known::Absent => !offer.is_put,
            };
            if !explained {
                return Err(Lost::Contradiction);
            }
        }
        Ok(())
    }

    /// Moves `exact` on, and counts the answers that the map has reached.
    fn settle(&self, books: &mut Books) -> Result<Outcome, Lost> {
        let Some(open) = &books.open else {
            return Err(Lost::Superseded);
        };
        let Some(exact) = open.exact() else {
            return Ok(Outcome::Applied);
        };
        books.exact = books.exact.max(exact);
        while let Some(answer) = self.reached(books) {
            if self.lacks(books, answer.oldest) {
                return Err(Lost::RemovedSilently);
            }
            books.current_as_of = books.current_as_of.max(Some(answer.asked_at));
        }
        Ok(Outcome::Applied)
    }

    fn reached(&self, books: &mut Books) -> Option<Pending> {
        let exact = books.exact;
        let open = books.open.as_mut()?;
        // What was left out may have been removed silently, after the answer.
        let last_skip = open.last_skip;
        open.pending.retain(|answer| answer.is_whole(last_skip));
        if open.pending.front()?.last > exact {
            return None;
        }
        open.pending.pop_front()
    }

    /// Whether the map holds an entry that is older than all that the source has.
    fn lacks(&self, books: &Books, oldest: Option<Revision>) -> bool {
        let Some(oldest) = oldest else { return false };
        let pinned = self.map.pin();
        pinned
            .values()
            .any(|entry| entry.epoch() == books.epoch && entry.revision() < oldest)
    }

    pub(super) fn take_answer(
        &self,
        books: &mut Books,
        identity: Identity,
        answer: Pending,
    ) -> Result<(), Lost> {
        if books.identity != Some(identity) {
            return Err(Lost::Replaced);
        }
        if answer.last < answer.asked_through {
            return Err(Lost::Contradiction);
        }
        books.highest = books.highest.max(answer.last);
        if answer.last == answer.asked_through {
            self.drained(books, answer.last)?;
        }
        let Some(open) = &mut books.open else {
            return Err(Lost::Superseded);
        };
        if open.pending.len() < self.limits.answers {
            open.pending.push_back(answer);
        }
        self.settle(books).map(drop)
    }
}
