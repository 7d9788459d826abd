//! [`Counters`]: what the program has done, for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows, or that goes up and down.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the number.
    pub fn set(&self, to: u64) {
        self.0.store(to, Ordering::Relaxed);
    }

    /// Returns the number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the program has done since it was started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Answers, by the first digit of the status: the index 2 has `2xx`.
    pub answers: [Counter; 6],
    /// Events that were handed to streams.
    pub events: Counter,
    /// Streams that were ended because their reader was too slow.
    pub dropped: Counter,
    /// Flags that were created or replaced.
    pub puts: Counter,
    /// Flags that were deleted.
    pub deletes: Counter,
    /// How often the journal was synced.
    pub fsyncs: Counter,
    /// How often the journal was compacted.
    pub compactions: Counter,
    /// How many bytes the journal has.
    pub journal_bytes: Counter,
}
