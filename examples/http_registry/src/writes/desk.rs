//! [`Desk`]: what the writer does with each write.
//!
//! For each write, in this order: check the condition, append the record to the journal,
//! change the map, add the event to the ring, answer. So a value that a reader has seen is
//! with the operating system already. The durable writes of a batch share one sync, and are
//! answered after it.

use super::condition::Unmet;
use super::queue::Message;
use super::{Done, Queue, Refused, Request, Shared, What};
use crate::events::Event;
use crate::flags::{Entry, Name, now};
use crate::journal::{Change, CompactError, Deletion, Flag, Journal, Value, WriteError};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use web::complain;

/// How many writes share a sync at most.
const BATCH: usize = 256;

/// What the thread of the writer has.
#[derive(Debug)]
pub(super) struct Desk {
    journal: Journal,
    /// Its own queue, for the end of a compaction.
    queue: Queue,
    /// The version of the last change.
    version: u64,
    shared: Shared,
    /// Durable writes that are made and not yet answered.
    awaiting: Vec<(oneshot::Sender<Result<Done, Refused>>, Done)>,
}

impl Desk {
    pub(super) fn new(journal: Journal, queue: Queue, shared: Shared) -> Self {
        let desk = Self {
            version: journal.version(),
            journal,
            queue,
            shared,
            awaiting: Vec::new(),
        };
        desk.measure();
        desk
    }

    /// Makes writes until it is told to end. Then syncs the journal.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Message>) -> Result<(), WriteError> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut end = false;
        while !end && queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            for message in batch.drain(..) {
                match message {
                    Message::Write(request) => self.serve(request),
                    Message::Compacted => self.finish_compaction(),
                    Message::End => end = true,
                }
            }
            self.confirm();
            self.compact_if_due();
        }
        self.sync()
    }

    /// Makes one write, and answers it unless it waits for the disk.
    fn serve(&mut self, request: Request) {
        let Request {
            name,
            what,
            condition,
            durable,
            answer,
        } = request;
        let current = self.shared.flags.get(name.as_str());
        let made = match condition.check(current.as_ref().map(|entry| entry.version)) {
            Err(Unmet::Exists(version)) => Err(Refused::Exists(version)),
            Err(Unmet::Mismatch(version)) => Err(Refused::Mismatch(version)),
            Ok(()) => match (what, current) {
                (What::Put(value), None) => self.create(name, value),
                (What::Put(value), Some(current)) => self.replace(&name, value, &current),
                (What::Delete, Some(_)) => self.delete(&name),
                (What::Delete, None) => Err(Refused::NotFound),
            },
        };
        match made {
            Ok(done) if durable => self.awaiting.push((answer, done)),
            // A client that has gone away hears nothing.
            made => drop(answer.send(made)),
        }
    }

    fn create(&mut self, name: Name, value: Value) -> Result<Done, Refused> {
        let max = self.shared.max_flags;
        if self.shared.flags.len() >= max {
            return Err(Refused::TooMany(max));
        }
        let (entry, change) = self.put(&name, value);
        self.append(&change)?;
        if !self.shared.flags.try_insert(name, entry.clone()) {
            return Err(Refused::Defect("a flag that was absent is present"));
        }
        self.shared.counters.puts.count();
        self.tell(&change);
        Ok(Done::Created(entry))
    }

    fn replace(&mut self, name: &Name, value: Value, current: &Entry) -> Result<Done, Refused> {
        let (entry, change) = self.put(name, value);
        self.append(&change)?;
        let flags = &self.shared.flags;
        if !flags.compare_exchange(name.as_str(), current, entry.clone()) {
            return Err(Refused::Defect("a flag that was read has changed"));
        }
        self.shared.counters.puts.count();
        self.tell(&change);
        Ok(Done::Replaced(entry))
    }

    fn delete(&mut self, name: &Name) -> Result<Done, Refused> {
        let version = self.next_version();
        let deletion = Deletion {
            name: name.as_str().to_owned(),
            version,
            changed: now(),
        };
        let change = Change::Delete(Arc::new(deletion));
        self.append(&change)?;
        if !self.shared.flags.remove(name.as_str()) {
            return Err(Refused::Defect("a flag that was present is absent"));
        }
        self.shared.counters.deletes.count();
        self.tell(&change);
        Ok(Done::Deleted(version))
    }

    /// The flag with its new value, and the change that makes it.
    fn put(&self, name: &Name, value: Value) -> (Entry, Change) {
        let flag = Flag {
            name: name.as_str().to_owned(),
            value,
            version: self.next_version(),
            changed: now(),
        };
        (Entry::of(&flag), Change::Put(Arc::new(flag)))
    }

    /// The version of the next change. After the last possible one it is no new version, and
    /// the journal refuses the record.
    fn next_version(&self) -> u64 {
        self.version.saturating_add(1)
    }

    fn append(&mut self, change: &Change) -> Result<(), Refused> {
        if let Err(why) = self.journal.append(change) {
            let why = why.to_string();
            self.shared.health.refused(&why);
            return Err(Refused::Journal(why));
        }
        self.shared.health.took_it();
        self.version = change.version();
        self.measure();
        Ok(())
    }

    fn tell(&self, change: &Change) {
        self.shared.ring.push(Event::of(change));
    }

    /// Syncs the journal if a durable write waits for it, and answers these writes.
    fn confirm(&mut self) {
        if self.awaiting.is_empty() {
            return;
        }
        let synced = self.sync();
        for (answer, done) in self.awaiting.drain(..) {
            let result = match &synced {
                Ok(()) => Ok(done),
                Err(why) => Err(Refused::NotDurable {
                    version: done.version(),
                    why: why.to_string(),
                }),
            };
            // A client that has gone away hears nothing.
            drop(answer.send(result));
        }
    }

    fn sync(&mut self) -> Result<(), WriteError> {
        let synced = self.journal.sync();
        self.shared.counters.fsyncs.count();
        if let Err(why) = &synced {
            self.shared.health.refused(&why.to_string());
        }
        synced
    }

    fn measure(&self) {
        self.shared.counters.journal_bytes.set(self.journal.bytes());
    }

    /// Starts a compaction, whose thread tells the queue when it is done.
    fn compact_if_due(&mut self) {
        if !self.journal.compaction_is_due() {
            return;
        }
        let queue = self.queue.clone();
        let begun = self.journal.begin_compaction(move || queue.compacted());
        if let Err(why) = begun {
            log(&why);
        }
    }

    /// Switches to the journal that the compaction has written.
    fn finish_compaction(&mut self) {
        match self.journal.finish_compaction() {
            None => {}
            Some(Ok(_)) => self.shared.counters.compactions.count(),
            Some(Err(why)) => {
                log(&why);
                if let CompactError::Broken(_) = why {
                    self.shared.health.refused(&why.to_string());
                }
            }
        }
        self.measure();
    }
}

/// Tells the log of a compaction that failed. The writes go on, or say themselves why not.
fn log(why: &CompactError) {
    complain(format_args!("http_registry: {why}"));
}
