//! [`Health`]: whether the journal took the last record.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether the journal took the last record, and if not, why.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<String>>);

impl Health {
    /// Returns why the journal refused the last record. `None`: it took it.
    pub fn trouble(&self) -> Option<String> {
        self.why().clone()
    }

    pub(super) fn refused(&self, why: &str) {
        *self.why() = Some(why.to_owned());
    }

    pub(super) fn took_it(&self) {
        // Most records follow a good one. Then nothing is dropped here.
        *self.why() = None;
    }

    fn why(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
