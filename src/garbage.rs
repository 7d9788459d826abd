//! What a critical section leaves behind: it is to be retired.
//!
//! The order is: publish, unlock, retire (M5). So the critical section stays short, and
//! nothing of the user's is dropped inside it (M7).

use crate::entry::EntryPtr;
use crate::read_only::ReadOnly;
use crate::reclaim::{Guard, Replaced};

/// How many entries one deferred function frees at the most. A call runs whole functions,
/// up to a bound: no function should be a large part of the bound.
const ENTRIES_PER_CHUNK: usize = 16;

/// A snapshot that was replaced, and entries that are in no table any more. If it is
/// dropped without [`retire`](Self::retire), it leaks: a reader may still use it.
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
        // SAFETY: M5: retired after the unlock. A snapshot is a table of addresses, a state
        // and a counter. Nothing in it is the user's, and any thread may drop it.
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
            // SAFETY: M5: the entry is in no table any more, and was retired once, by whoever
            // took it out of the last one. No guard is left that could reach it.
            unsafe { entry.free_for_strangers() };
        }
    };
    // SAFETY: the entries may be freed on another thread, later: whatever put them in
    // demanded `K: Send + 'static` and `V: Send + 'static`.
    unsafe { guard.defer_drop(objects, bytes, free) };
}
