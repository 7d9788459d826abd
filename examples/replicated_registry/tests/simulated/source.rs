//! The simulated source: a log of changes, as a JetStream stream of `$KV.BUCKET.>` keeps it.

use replicated_registry::replica::{Answer, Identity, Revision};
use std::collections::BTreeMap;

/// A change of a key. `None`: a marker of a deletion.
pub(crate) type Change = (usize, Option<u64>);

#[derive(Clone)]
pub(crate) struct Source {
    identity: i128,
    log: BTreeMap<Revision, Change>,
    last: Revision,
    /// How many changes of a key are kept.
    history: usize,
    /// What is on the disk: this is left after the server lost its memory.
    saved: Option<Box<Source>>,
}

impl Source {
    pub(crate) fn new(history: usize) -> Self {
        Self {
            identity: 1,
            log: BTreeMap::new(),
            last: 0,
            history,
            saved: None,
        }
    }

    pub(crate) fn append(&mut self, key: usize, value: Option<u64>) -> Revision {
        self.last += 1;
        self.log.insert(self.last, (key, value));
        self.keep(key, self.history);
        self.last
    }

    /// The marker of a purged key: all older changes of the key are gone.
    pub(crate) fn purge_key(&mut self, key: usize) {
        self.append(key, None);
        self.keep(key, 1);
    }

    fn keep(&mut self, key: usize, count: usize) {
        let of_key = self.log.iter().filter(|(_, change)| change.0 == key);
        let old: Vec<_> = of_key
            .map(|(revision, _)| *revision)
            .rev()
            .skip(count)
            .collect();
        for revision in old {
            self.log.remove(&revision);
        }
    }

    /// Markers of deletions before this revision go, without a change, and with them what
    /// was before them of their key.
    pub(crate) fn forget_markers(&mut self, before: Revision) {
        for key in 0..super::world::KEYS {
            if self
                .newest(key)
                .is_some_and(|(at, change)| at < before && change.1.is_none())
            {
                self.log.retain(|_, change| change.0 != key);
            }
        }
    }

    /// The whole stream is purged, without a change.
    pub(crate) fn purge(&mut self) {
        self.log.clear();
    }

    /// The oldest change expires, and what is left of its key with it, without a change.
    pub(crate) fn expire(&mut self) {
        self.log.pop_first();
    }

    pub(crate) fn recreate(&mut self) {
        let identity = self.identity + 1;
        *self = Self::new(self.history);
        self.identity = identity;
    }

    pub(crate) fn save(&mut self) {
        self.saved = None;
        self.saved = Some(Box::new(self.clone()));
    }

    /// Returns whether it was restarted from what was on the disk.
    pub(crate) fn lose_memory(&mut self) -> bool {
        let Some(saved) = self.saved.take() else {
            return false;
        };
        *self = *saved;
        self.save();
        true
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity(self.identity)
    }

    pub(crate) fn last(&self) -> Revision {
        self.last
    }

    /// As the stream's `first_seq`: after a purge, it is the next revision.
    pub(crate) fn answer(&self) -> Answer {
        Answer {
            identity: self.identity(),
            last: self.last,
            oldest: Some(self.log.keys().next().copied().unwrap_or(self.last + 1)),
        }
    }

    pub(crate) fn newest(&self, key: usize) -> Option<(Revision, Change)> {
        let of_key = self.log.iter().rev().find(|(_, change)| change.0 == key);
        of_key.map(|(revision, change)| (*revision, *change))
    }

    pub(crate) fn value(&self, key: usize) -> Option<u64> {
        self.newest(key)?.1.1
    }

    /// The first change from `cursor` on.
    pub(crate) fn next(&self, cursor: Revision) -> Option<(Revision, Change)> {
        let next = self.log.range(cursor..).next();
        next.map(|(revision, change)| (*revision, *change))
    }
}
