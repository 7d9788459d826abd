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

    /// Overwrites the value of a key that the table has.
    ///
    /// A load and then a store would not do: two threads could load the same value, and both
    /// would return it.
    pub fn overwrite(&self, key: u32, value: u64) -> Option<u64> {
        let entry = self.entries.get(&key)?;
        Some(entry.swap(value, Ordering::SeqCst))
    }

    /// Returns a table with one more key. The clone copies a pointer for each entry.
    pub fn with_new_key(&self, key: u32, value: u64) -> Self {
        let mut table = self.clone();
        table.entries.insert(key, Arc::new(AtomicU64::new(value)));
        table
    }
}
