//! [`Cold`]: what a shard keeps for a key.

use crate::primitives::pair_table::Pair;
use crate::sync::{AtomicUsize, Ordering};

/// A value that is cold.
pub(super) struct Cold<V> {
    pub(super) value: V,
    /// Reads since the value was put in. Counted only if reads may make the key hot.
    reads: AtomicUsize,
}

impl<V> Cold<V> {
    pub(super) fn new(value: V) -> Self {
        let reads = AtomicUsize::new(0);
        Self { value, reads }
    }

    /// Counts a read. How many there were, with this one.
    pub(super) fn count_read(&self) -> usize {
        // Wraps around after `usize::MAX`.
        //
        // ORDERING: Relaxed: a count, which publishes nothing.
        self.reads.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Whether `enough` reads were counted.
    pub(super) fn was_read(&self, enough: usize) -> bool {
        // ORDERING: Relaxed, as above.
        self.reads.load(Ordering::Relaxed) >= enough
    }

    /// Replaces the value, and resets the count of reads.
    pub(super) fn replace(&mut self, value: V) -> V {
        std::mem::replace(self, Self::new(value)).value
    }
}

impl<K, V> Pair<K, Cold<V>> {
    pub(super) fn cold(hash: usize, key: K, value: V) -> Self {
        let (hash, value) = (hash as u64, Cold::new(value));
        Self { hash, key, value }
    }
}

impl<V: Clone> Clone for Cold<V> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}
