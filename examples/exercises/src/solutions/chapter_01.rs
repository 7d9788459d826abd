//! Chapter 1: a table that readers share without a lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A table. It never changes once a reader can see it.
pub type Table<V> = HashMap<u32, V>;

/// The table that is current. The mutex protects one pointer, not the table.
#[derive(Debug, Default)]
pub struct Shared<V> {
    current: Mutex<Arc<Table<V>>>,
}

impl<V: Clone> Shared<V> {
    /// Returns the current table. The caller reads the table after the unlock.
    pub fn table(&self) -> Arc<Table<V>> {
        Arc::clone(&self.current.lock().expect("no writer panics"))
    }

    /// Adds a key.
    ///
    /// The mutex is held from the copy to the replacement. If a writer copied before the lock,
    /// another writer could replace the table in between. Then the first writer would put back
    /// a table without the key of the other writer.
    pub fn insert(&self, key: u32, value: V) {
        let mut current = self.current.lock().expect("no writer panics");
        let mut copy = Table::clone(&current);
        copy.insert(key, value);
        *current = Arc::new(copy);
    }
}
