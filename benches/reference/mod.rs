//! The plain map that Go compares with: a hash map behind a reader-writer lock.

use crate::workloads::map::{Handle, Map};
use foldhash::fast::RandomState;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

#[derive(Default)]
pub(crate) struct Locked(RwLock<HashMap<u64, u64, RandomState>>);

impl Map for Locked {
    type Handle<'m> = &'m Self;

    fn handle(&self) -> &Self {
        self
    }

    fn settle(self) {}
}

impl Handle for &Locked {
    fn load(&self, key: u64) -> Option<u64> {
        self.0.read().get(&key).copied()
    }

    fn store(&self, key: u64, value: u64) {
        self.0.write().insert(key, value);
    }

    fn load_or_store(&self, key: u64, value: u64) -> (u64, bool) {
        match self.0.write().entry(key) {
            Entry::Occupied(there) => (*there.get(), true),
            Entry::Vacant(free) => (*free.insert(value), false),
        }
    }

    fn load_and_delete(&self, key: u64) -> Option<u64> {
        self.0.write().remove(&key)
    }

    fn delete(&self, key: u64) {
        self.0.write().remove(&key);
    }

    fn swap(&self, key: u64, value: u64) -> Option<u64> {
        self.0.write().insert(key, value)
    }

    fn compare_and_swap(&self, key: u64, old: u64, new: u64) -> bool {
        match self.0.write().get_mut(&key) {
            Some(value) if *value == old => {
                *value = new;
                true
            }
            _ => false,
        }
    }

    fn compare_and_delete(&self, key: u64, old: u64) -> bool {
        match self.0.write().entry(key) {
            Entry::Occupied(there) if *there.get() == old => {
                there.remove();
                true
            }
            _ => false,
        }
    }

    /// As in Go: over a copy of the keys, so that `visit` may write.
    fn range(&self, mut visit: impl FnMut(u64, u64) -> bool) {
        let keys: Vec<u64> = self.0.read().keys().copied().collect();
        for key in keys {
            match self.load(key) {
                Some(value) if !visit(key, value) => return,
                _ => {}
            }
        }
    }

    fn clear(&self) {
        self.0.write().clear();
    }
}
