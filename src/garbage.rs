//! What a critical section leaves behind, on its way to the epoch.
//!
//! The order is: publish, unlock, then retire. So the critical section stays
//! short, and nothing of the user's is dropped inside it (rule M7).

use crate::entry::{EntryPtr, OwnedEntries};
use crate::read_only::ReadOnly;
use crate::sync::{Guard, Replaced};

/// How many entries one deferred function frees at the most. One collection,
/// which may be inside some stranger's `get`, runs up to 512 of them: it should
/// not have to free a whole map at once.
const ENTRIES_PER_CHUNK: usize = 16;

/// How many places of a retired table count as one retired object.
const ENTRIES_PER_OBJECT: usize = 16;

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

    /// Hands everything to the epoch, and collects if that is due: a look-up
    /// that promotes comes by here, and nowhere else. The mutex is not held.
    pub(crate) fn retire(self, guard: &Guard) {
        self.hand_over(guard);
        guard.collect_if_due();
    }

    /// [`retire`](Self::retire), as far as no destructor can run.
    pub(crate) fn hand_over(self, guard: &Guard) {
        // A table counts for its size, so that a thread does not keep dozens of
        // large ones back.
        let weight = |read: &ReadOnly<K, V>| 1 + read.table().len() / ENTRIES_PER_OBJECT;
        // SAFETY: a snapshot is a table of addresses, a flag and a counter: of
        // the user's there is nothing in it, and it may be dropped anywhere.
        unsafe { self.snapshot.retire(weight, guard) };
        let mut entries = self.entries;
        while entries.len() > ENTRIES_PER_CHUNK {
            retire_chunk(entries.split_off(entries.len() - ENTRIES_PER_CHUNK), guard);
        }
        if !entries.is_empty() {
            retire_chunk(entries, guard);
        }
    }
}

fn retire_chunk<K, V>(chunk: Vec<EntryPtr<K, V>>, guard: &Guard) {
    let objects = chunk.len();
    // SAFETY: M5: in no table any more, retired once, by whoever took them out
    // of the last, and freed when no guard is left that could reach them.
    let free = move || unsafe { OwnedEntries::new(chunk) }.free_for_strangers();
    // SAFETY: they may be freed on another thread, later: whatever put them in
    // demanded `K: Send + 'static` and `V` likewise.
    unsafe { guard.defer(objects, free) };
}
