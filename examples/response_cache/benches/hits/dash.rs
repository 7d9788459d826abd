//! dashmap, as a map of what is kept.

use dashmap::DashMap;
use response_cache::{Slot, StoreMap};
use std::sync::Arc;

pub(crate) struct Dash<V>(DashMap<Arc<str>, Arc<Slot<V>>>);

impl<V> Dash<V> {
    pub(crate) fn new() -> Self {
        Self(DashMap::new())
    }
}

impl<V> StoreMap<V> for Dash<V> {
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<V>>) -> R) -> Option<R> {
        self.0.view(key, |_, slot| f(slot))
    }

    fn put(&self, key: Arc<str>, slot: Arc<Slot<V>>) {
        self.0.insert(key, slot);
    }

    fn take_out(&self, key: &str) {
        self.0.remove(key);
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}
