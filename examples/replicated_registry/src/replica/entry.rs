//! One entry of the map: a value with the revision of the change that brought it.

use super::Revision;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value, and where it comes from.
#[derive(Debug)]
pub struct Entry<V> {
    value: V,
    revision: Revision,
    epoch: u64,
    /// The last session that brought this very revision. Only the applier uses it, under the
    /// lock of the books.
    confirmed_by: AtomicU64,
}

impl<V> Entry<V> {
    pub(super) fn new(value: V, revision: Revision, epoch: u64, session: u64) -> Self {
        Self {
            value,
            revision,
            epoch,
            confirmed_by: AtomicU64::new(session),
        }
    }

    /// The value.
    pub fn value(&self) -> &V {
        &self.value
    }

    /// The revision of the change that brought the value.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The epoch of that revision.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn confirm(&self, session: u64) {
        self.confirmed_by.store(session, Ordering::Relaxed);
    }

    pub(super) fn is_confirmed_by(&self, session: u64) -> bool {
        self.confirmed_by.load(Ordering::Relaxed) == session
    }
}
