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
        todo!()
    }

    /// Adds a key. Readers may hold the current table, and its contents must not change under
    /// them. So copy the table, add the key to the copy, and make the copy the current table.
    ///
    /// Two writers must not lose a key of each other. For how long does a writer hold the
    /// mutex?
    pub fn insert(&self, key: u32, value: V) {
        todo!()
    }
}
