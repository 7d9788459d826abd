//! Chapter 3: the states of the word `p`.

use readmostly::EntryState::{self, Expunged, Nil, Value};

/// Returns the states of the entry of key `a`.
pub fn states_of_a() -> [Option<EntryState<u32>>; 12] {
    [
        // A new key: the entry is in dirty alone.
        Some(Value(1)),
        // One miss for one key: promoted. The entry is the same.
        Some(Value(1)),
        // A removal leaves nil, by a compare-and-swap.
        Some(Nil),
        // An insertion over nil needs no lock.
        Some(Value(2)),
        Some(Nil),
        // A new key: the rebuild leaves the entry out of dirty, and marks it.
        Some(Expunged),
        // A look-up changes no entry.
        Some(Expunged),
        // The insertion puts the entry back in dirty, under the mutex.
        Some(Value(4)),
        // A removal never expunges.
        Some(Nil),
        // Two misses for two keys: promoted. The entry is nil in the new snapshot too.
        Some(Nil),
        // The next rebuild.
        Some(Expunged),
        // The walk promotes dirty, and dirty does not have the entry.
        None,
    ]
}
