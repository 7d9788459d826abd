//! Chapter 2: one entry for each key, with an atomic word.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A table that never changes. Its entries do: each is one atomic word.
#[derive(Clone, Debug, Default)]
pub struct Table {
    entries: HashMap<u32, Arc<AtomicU64>>,
}

impl Table {
    /// Returns the value of a key.
    pub fn get(&self, key: u32) -> Option<u64> {
        let entry = self.entries.get(&key)?;
        Some(entry.load(Ordering::SeqCst))
    }

    /// Overwrites the value of a key that the table has. Returns the value before, or `None`
    /// if the table lacks the key. Copies no table.
    ///
    /// If two threads overwrite a key at once, each value must come back exactly once: from
    /// the call that replaces it.
    pub fn overwrite(&self, key: u32, value: u64) -> Option<u64> {
        todo!()
    }

    /// Returns a table with one more key. Both tables have the same entries, not entries of
    /// the same values: an overwrite through one table is seen through the other.
    pub fn with_new_key(&self, key: u32, value: u64) -> Self {
        todo!()
    }
}
