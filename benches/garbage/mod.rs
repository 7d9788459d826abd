//! What a map leaves behind: a run must not pay for the one before.

use readmostly::SyncMap;

/// Frees everything that was retired. No other thread may hold a pin.
pub(crate) fn free_all() {
    let any_map = SyncMap::<(), ()>::new();
    // False: there is more of it than one call frees.
    while !any_map.flush() {}
}
