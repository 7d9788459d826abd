//! What each message does to map and books. All of it runs under the lock of the books.

use super::books::{Books, Offer, Tombstone};
use super::message::Pending;
use super::{Entry, Identity, Lost, Message, Outcome, Replica, Revision};

/// What is known of a key, in the epoch of now.
enum Known {
    /// The map holds this revision.
    Held(Revision),
    /// The deletion is remembered.
    Buried(Revision),
    /// The key was absent when all changes up to `handed` had come, or nothing is known.
    Absent,
}

impl<V: PartialEq + Send + Sync + 'static> Replica<V> {
    /// R9: a message of another session has no effect.
    pub(super) fn apply(&self, session: u64, message: Message<V>) -> Result<Outcome, Lost> {
        let mut books = self.books();
        is_open(&books, session)?;
        let done = match message {
            Message::Put {
                key,
                revision,
                value,
            } => self.put(&mut books, key, revision, value),
            Message::Delete { key, revision } => self.delete(&mut books, key, revision),
            Message::Through { revision, skipped } => self.through(&mut books, revision, skipped),
            Message::Drained { revision } => self.drained(&mut books, revision),
        };
        self.finish(&mut books, done)
    }

    pub(super) fn answered(
        &self,
        session: u64,
        identity: Identity,
        answer: Pending,
    ) -> Result<(), Lost> {
        let mut books = self.books();
        is_open(&books, session)?;
        let done = self.take_answer(&mut books, identity, answer);
        self.finish(&mut books, done)
    }

    /// A session that is lost is closed at once. The epoch is over too if what is known of the
    /// source is wrong, or is too much.
    fn finish<T>(&self, books: &mut Books, done: Result<T, Lost>) -> Result<T, Lost> {
        match &done {
            Ok(_) => {}
            Err(Lost::Contradiction | Lost::Replaced | Lost::TooManyTombstones) => {
                books.begin_epoch();
                books.identity = None;
            }
            Err(_) => books.open = None,
        }
        self.publish(books);
        done
    }

    fn put(
        &self,
        books: &mut Books,
        key: String,
        revision: Revision,
        value: V,
    ) -> Result<Outcome, Lost> {
        if is_repeated(books, revision) {
            return Ok(Outcome::Old);
        }
        let session = number(books);
        match self.known(books, &key) {
            Known::Held(held) if held == revision => {
                let repeated = self.map.get(&key).is_some_and(|entry| {
                    entry.confirm(session);
                    *entry.value() == value
                });
                return if repeated {
                    Ok(Outcome::Old)
                } else {
                    Err(Lost::Contradiction)
                };
            }
            Known::Buried(buried) if buried == revision => return Err(Lost::Contradiction),
            Known::Held(known) | Known::Buried(known) if revision < known => {
                return Ok(offer(books, key, revision, true));
            }
            Known::Absent if revision <= books.handed => {
                return Ok(offer(books, key, revision, true));
            }
            // The map was the source's state at `exact`: there was no such change.
            Known::Held(_) if revision <= books.exact => return Err(Lost::Contradiction),
            _ => {}
        }
        books.tombstones.remove(&key);
        explain(books, &key, revision);
        self.map
            .insert(key, Entry::new(value, revision, books.epoch, session));
        Ok(Outcome::Applied)
    }

    fn delete(&self, books: &mut Books, key: String, revision: Revision) -> Result<Outcome, Lost> {
        if is_repeated(books, revision) {
            return Ok(Outcome::Old);
        }
        let session = number(books);
        match self.known(books, &key) {
            Known::Held(held) if held == revision => return Err(Lost::Contradiction),
            Known::Held(known) | Known::Buried(known) if revision < known => {
                return Ok(offer(books, key, revision, false));
            }
            Known::Absent if revision <= books.handed => {
                return Ok(offer(books, key, revision, false));
            }
            Known::Held(_) if revision <= books.exact => return Err(Lost::Contradiction),
            _ => {}
        }
        explain(books, &key, revision);
        let tombstone = Tombstone {
            revision,
            confirmed_by: session,
        };
        // The tombstone comes first: no moment knows nothing of the deletion.
        books.tombstones.insert(key.clone(), tombstone);
        self.map.remove(&key);
        if books.tombstones.len() > self.limits.tombstones {
            return Err(Lost::TooManyTombstones);
        }
        Ok(Outcome::Applied)
    }

    fn through(
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
    fn drained(&self, books: &mut Books, revision: Revision) -> Result<Outcome, Lost> {
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

    fn take_answer(
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

    fn known(&self, books: &Books, key: &str) -> Known {
        let held = self
            .map
            .get_with(key, |entry| (entry.epoch(), entry.revision()));
        match held {
            Some((epoch, revision)) if epoch == books.epoch => Known::Held(revision),
            // An entry of an older epoch says nothing about this one.
            _ => match books.tombstones.get(key) {
                Some(tombstone) => Known::Buried(tombstone.revision),
                None => Known::Absent,
            },
        }
    }
}

fn is_open(books: &Books, session: u64) -> Result<(), Lost> {
    match &books.open {
        Some(open) if open.number == session => Ok(()),
        _ => Err(Lost::Superseded),
    }
}

fn number(books: &Books) -> u64 {
    books.open.as_ref().map_or(0, |open| open.number)
}

/// S3: a change that a mark of this session has passed has come before.
fn is_repeated(books: &Books, revision: Revision) -> bool {
    books
        .open
        .as_ref()
        .is_some_and(|open| revision <= open.through)
}

/// A change is news. So the old changes of its key that came before it were late ones.
fn explain(books: &mut Books, key: &str, revision: Revision) {
    books.highest = books.highest.max(revision);
    if let Some(open) = &mut books.open {
        open.offered.remove(key);
    }
}

fn offer(books: &mut Books, key: String, revision: Revision, is_put: bool) -> Outcome {
    if let Some(open) = &mut books.open {
        open.offer(key, Offer { revision, is_put });
    }
    Outcome::Old
}
