//! Frees what a map leaves behind, so that no run pays for an earlier one.

use readmostly::SyncMap;

/// Frees everything that was retired. No other thread may hold a pin.
pub(crate) fn free_all() {
    let any_map = SyncMap::<(), ()>::new();
    // `false`: one call did not free everything.
    while !any_map.flush() {}
}
