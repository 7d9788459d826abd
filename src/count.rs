//! How many keys are present: one counter for each generation of a map.
//!
//! A generation begins empty, with a new map or a `clear`. Its snapshots share the
//! counter. An operation counts on the snapshot in which it found its entry. So `clear`
//! need not mind a late `insert` through an old snapshot: it puts its value in an entry
//! that the new generation does not have, and counts it on a counter that nobody reads
//! any more.

use crate::sync::{AtomicIsize, Ordering};

/// The number of entries that hold a value.
pub(crate) struct Count(AtomicIsize);

impl Count {
    pub(crate) fn new() -> Self {
        Self(AtomicIsize::new(0))
    }

    /// After the transition nil → value.
    pub(crate) fn key_appeared(&self) {
        self.keys_appeared(1);
    }

    /// After the insertion of so many new keys. They are fewer than half of the addresses.
    pub(crate) fn keys_appeared(&self, keys: usize) {
        // ORDERING: Relaxed: a count, which publishes nothing. It is exact when its writers
        // have been joined or locked out.
        self.0.fetch_add(keys as isize, Ordering::Relaxed);
    }

    /// After the transition value → nil.
    pub(crate) fn key_vanished(&self) {
        // ORDERING: Relaxed, as above.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The count, exact when no writer runs.
    pub(crate) fn get(&self) -> usize {
        // A removal may be counted before the insertion that it followed. Then the count is
        // below zero for an instant.
        //
        // ORDERING: Relaxed, as above.
        usize::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }
}
