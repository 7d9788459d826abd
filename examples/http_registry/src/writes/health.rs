//! [`Health`]: whether the journal took the last record.

use std::sync::{Mutex, MutexGuard, PoisonError};
use web::complain;

/// Whether the journal took the last record, and if not, why.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<String>>);

impl Health {
    /// Returns why the journal refused the last record. `None`: it took it.
    pub fn trouble(&self) -> Option<String> {
        self.why().clone()
    }

    pub(super) fn refused(&self, why: &str) {
        if self.why().replace(why.to_owned()).is_none() {
            complain(format_args!(
                "http_registry: the journal refuses writes: {why}"
            ));
        }
    }

    pub(super) fn took_it(&self) {
        if self.why().take().is_some() {
            complain("http_registry: the journal takes writes again");
        }
    }

    fn why(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
