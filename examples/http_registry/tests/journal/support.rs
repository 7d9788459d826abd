//! What the tests share: changes, stories of changes, and what they amount to.

use http_registry::journal::{Change, Deletion, Flag, Journal, Options, Recovered, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder of its own on the real disk, and the path of a journal in it.
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

/// The path of the journal on a simulated disk.
pub(crate) fn simulated_path() -> &'static Path {
    Path::new("/data/flags.journal")
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

/// So many changes of a few flags. Some values look like records.
pub(crate) fn story(changes: u64) -> Vec<Change> {
    let values = [
        "true",
        r#"{"put":{"name":"a","value":1,"version":2,"changed":""}}"#,
        r#""\n0c55ad16 {\"checkpoint\":{\"flags\":1,\"version\":5}}\n""#,
        r#""größer \u0000 ""#,
        "[1e400, 0.10]",
    ];
    (1..=changes)
        .map(|version| {
            let name = |version: u64| format!("flag {}", version * version % 23);
            if version % 5 == 4 {
                return delete(version, &name(version - 3));
            }
            put(
                version,
                &name(version),
                values[(version / 2) as usize % values.len()],
            )
        })
        .collect()
}

/// The flags that changes amount to, by version. Deleting an absent flag does nothing.
pub(crate) fn flags_after(changes: &[Change]) -> Vec<Arc<Flag>> {
    let mut flags = BTreeMap::new();
    for change in changes {
        match change {
            Change::Put(flag) => flags.insert(flag.name.clone(), Arc::clone(flag)),
            Change::Delete(deletion) => flags.remove(&deletion.name),
        };
    }
    let mut flags: Vec<_> = flags.into_values().collect();
    flags.sort_by_key(|flag| flag.version);
    flags
}

/// The state is that after `changes`, of which the last `history` are there one by one.
pub(crate) fn assert_state(recovered: &Recovered, changes: &[Change], history: usize) {
    assert_eq!(recovered.version, changes.len() as u64);
    assert_eq!(recovered.flags, flags_after(changes));
    let kept = changes.len().min(history);
    assert_eq!(recovered.changes, &changes[changes.len() - kept..]);
}
