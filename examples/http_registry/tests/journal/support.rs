//! What the tests share: changes, and journals in folders that vanish with the test.

use http_registry::journal::{Change, Deletion, Flag, Journal, Options, Recovered, Value};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A folder of its own, and the path of a journal in it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("flags.journal")
    }

    pub(crate) fn open(&self) -> (Journal, Recovered) {
        Journal::open(&self.path(), Options::default()).expect("the journal opens")
    }
}

pub(crate) fn put(version: u64, name: &str, value: &str) -> Change {
    Change::Put(Arc::new(Flag {
        name: name.to_owned(),
        value: Value::parse(value.as_bytes()).expect("JSON"),
        version,
        changed: format!("2026-11-29T20:00:{:02}Z", version % 60),
    }))
}

pub(crate) fn delete(version: u64, name: &str) -> Change {
    Change::Delete(Arc::new(Deletion {
        name: name.to_owned(),
        version,
        changed: format!("2026-11-29T20:00:{:02}Z", version % 60),
    }))
}
