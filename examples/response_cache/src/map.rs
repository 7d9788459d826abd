//! [`StoreMap`]: what a map must do to hold what is kept.

use crate::Slot;
use readmostly::primitives::ConcurrentMap;
use std::sync::Arc;

/// The calls that [`Store`](crate::Store) makes. Each map of `readmostly` has them. A map of
/// another crate is adapted in a few lines: `benches/hits/dash.rs` does it for dashmap.
///
/// All calls but `find` come one at a time.
pub trait StoreMap<V> {
    /// Calls `f` with the slot of `key`, if it is present. `f` may run while a lock is held.
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<V>>) -> R) -> Option<R>;

    /// Inserts a slot, or replaces the slot of `key`.
    fn put(&self, key: Arc<str>, slot: Arc<Slot<V>>);

    /// Removes a slot.
    fn take_out(&self, key: &str);

    /// How many slots are present.
    fn count(&self) -> usize;
}

impl<V, M: ConcurrentMap<Arc<str>, Arc<Slot<V>>>> StoreMap<V> for M {
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<V>>) -> R) -> Option<R> {
        self.get_with(key, f)
    }

    fn put(&self, key: Arc<str>, slot: Arc<Slot<V>>) {
        self.insert(key, slot);
    }

    fn take_out(&self, key: &str) {
        self.remove(key);
    }

    fn count(&self) -> usize {
        self.len()
    }
}
