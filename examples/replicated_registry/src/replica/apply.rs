//! What each change does to map and books. All of it runs under the lock of the books.

use super::books::{Books, Offer, Tombstone};
use super::message::Pending;
use super::{Entry, Identity, Lost, Message, Outcome, Replica, Revision};

/// What is known of a key, in the epoch of now.
pub(super) enum Known {
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

    pub(super) fn known(&self, books: &Books, key: &str) -> Known {
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

pub(super) fn number(books: &Books) -> u64 {
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
