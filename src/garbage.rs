//! What a critical section leaves behind, on its way to the epoch.
//!
//! The order is: publish, unlock, then retire. So the critical section stays
//! short, and nothing of the user's is dropped inside it (rule M7).

use crate::entry::EntryPtr;
use crate::read_only::ReadOnly;
use crate::reclaim::{Guard, Replaced};

/// How many entries one deferred function frees at the most. One call runs whole
/// functions, up to a bound: none of them should be a large part of that.
const ENTRIES_PER_CHUNK: usize = 16;

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

    /// Hands everything to the epoch. Runs nothing of the user's: the public call
    /// collects at its end.
    pub(crate) fn retire(self, guard: &Guard) {
        // SAFETY: a snapshot is a table of addresses, a flag and a counter: of
        // the user's there is nothing in it, and it may be dropped anywhere.
        unsafe { self.snapshot.retire(|read| read.table().bytes(), guard) };
        let mut entries = self.entries;
        while entries.len() > ENTRIES_PER_CHUNK {
            let chunk = entries.split_off(entries.len() - ENTRIES_PER_CHUNK);
            retire(chunk.into_boxed_slice(), guard);
        }
        for entry in entries {
            retire([entry], guard);
        }
    }
}

fn retire<K, V>(entries: impl AsRef<[EntryPtr<K, V>]>, guard: &Guard) {
    let objects = entries.as_ref().len();
    let bytes = objects.saturating_mul(EntryPtr::<K, V>::BYTES);
    let free = move || {
        for entry in entries.as_ref() {
            // SAFETY: M5: in no table any more, retired once, by whoever took them
            // out of the last, and freed when no guard is left that could reach them.
            unsafe { entry.free_for_strangers() };
        }
    };
    // SAFETY: they may be freed on another thread, later: whatever put them in
    // demanded `K: Send + 'static` and `V` likewise.
    unsafe { guard.defer_drop(objects, bytes, free) };
}
