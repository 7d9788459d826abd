//! How many keys are present: one counter for each generation of a map.
//!
//! A generation begins empty, with a new map or a `clear`, and its snapshots
//! share the counter. An operation counts on the snapshot in which it found its
//! entry. That is why `clear` needs no care: a late `insert` through an old
//! snapshot puts its value in an entry that the new generation does not have,
//! and counts it where nobody looks any more.

use crate::sync::{AtomicIsize, Ordering};

/// The number of entries that hold a value.
pub(crate) struct Count(AtomicIsize);

impl Count {
    pub(crate) fn new() -> Self {
        Self(AtomicIsize::new(0))
    }

    /// After the transition nil → value, or the insertion of a new key.
    pub(crate) fn key_appeared(&self) {
        // ORDERING: Relaxed: a count, which publishes nothing. It is exact once
        // its writers have been joined or locked out.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// After the transition value → nil.
    pub(crate) fn key_vanished(&self) {
        // ORDERING: Relaxed, as above.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The count, exact when no writer runs.
    pub(crate) fn get(&self) -> usize {
        // A removal may be booked before the insertion it followed: below zero
        // for an instant.
        //
        // ORDERING: Relaxed, as above.
        usize::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }
}
