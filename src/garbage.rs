//! What a critical section leaves behind, on its way to the epoch.
//!
//! The order is: publish, unlock, then retire. So the critical section stays
//! short, and nothing of the user's is dropped inside it (rule M7).

use crate::entry::{EntryPtr, OwnedEntries};
use crate::read_only::ReadOnly;
use crate::sync::{Guard, Replaced};

/// How many entries one deferred function frees at the most. It may run inside
/// some stranger's `get`, which should not have to free a whole map at once.
const ENTRIES_PER_CHUNK: usize = 1024;

/// A snapshot that was replaced, and entries that are in no table any more.
/// Dropped without [`retire`](Self::retire) it leaks rather than being freed
/// under a reader.
#[must_use = "garbage has to be retired, after the unlock"]
pub(crate) struct Garbage<K, V> {
    pub(crate) snapshot: Replaced<ReadOnly<K, V>>,
    pub(crate) entries: Vec<EntryPtr<K, V>>,
}

impl<K, V> Garbage<K, V> {
    pub(crate) const fn none() -> Self {
        Self {
            snapshot: Replaced::nothing(),
            entries: Vec::new(),
        }
    }

    /// Hands everything to the epoch. The mutex is not held.
    pub(crate) fn retire(self, guard: &Guard) {
        // SAFETY: a snapshot is a table of addresses, a flag and a counter: of
        // the user's there is nothing in it, and it may be dropped anywhere.
        unsafe { self.snapshot.retire(guard) };
        retire_entries(self.entries.into_iter(), guard);
    }
}

/// Retires entries that have left the last table, a chunk at a time. The mutex
/// is not held.
pub(crate) fn retire_entries<K, V>(
    mut entries: impl Iterator<Item = EntryPtr<K, V>>,
    guard: &Guard,
) {
    loop {
        let chunk: Vec<_> = entries.by_ref().take(ENTRIES_PER_CHUNK).collect();
        if chunk.is_empty() {
            return;
        }
        // SAFETY: M5: in no table any more, and retired once: by whoever took
        // them out of the last. They may be freed on another thread, later:
        // whatever put them in demanded `K: Send + 'static` and `V` likewise.
        unsafe { guard.defer(chunk.len(), move || drop(OwnedEntries::new(chunk))) };
    }
}
