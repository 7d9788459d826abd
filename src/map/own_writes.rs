//! Ends the loops that would not end: those of a closure that writes to the key it was
//! called for, each time that it is called.

use crate::entry::{Entry, Found, Slot};
use crate::reclaim::closures;
use std::ptr;

/// How many calls of one closure may write to the key of their own operation before the
/// operation gives up. An update within an update of the same key writes there now and
/// then, and stays far below.
const OWN_WRITES_AT_MOST: usize = 100;

/// Counts, for one operation, the calls of its closure that wrote to the entry
/// whose value they were shown.
pub(super) struct OwnWrites(usize);

impl OwnWrites {
    pub(super) fn none() -> Self {
        Self(0)
    }

    /// Calls `f`, which is shown the value of `entry`. Panics instead if too many calls of
    /// `f` have written to `entry` already.
    pub(super) fn watch<K, V, R>(&mut self, entry: &Entry<K, V>, f: impl FnOnce() -> R) -> R {
        assert!(
            self.0 < OWN_WRITES_AT_MOST,
            "a closure, or the comparison of a value, wrote to the key that it was called for, \
             {OWN_WRITES_AT_MOST} times: it would be called again for ever"
        );
        let (result, wrote) = closures::watched(ptr::from_ref(entry).cast(), f);
        self.0 += usize::from(wrote);
        result
    }
}

/// Takes the value out, if `wanted`, a closure of the user's, says yes to it.
pub(crate) fn take_if<'g, K, V>(
    slot: Slot<'g, K, V>,
    mut wanted: impl FnMut(&K, &V) -> bool,
) -> Option<Found<'g, K, V>> {
    let entry = slot.entry();
    let mut own = OwnWrites::none();
    slot.take_if(|value| own.watch(entry, || wanted(entry.key(), value)))
}
