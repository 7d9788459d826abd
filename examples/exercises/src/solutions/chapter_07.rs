//! Chapter 7: who frees what, and when.

use readmostly::SyncMap;
use std::fmt::Display;

/// Returns how many values have been dropped at each of the four places.
///
/// 1. `held` is a guard that was alive when each of the two values was retired.
/// 2. No guard is left. The first value was overwritten, the second one removed.
/// 3. Both values are in the map. A promotion retires no value.
/// 4. The map owns the values of the keys that are present. A guard borrows the map, so nobody
///    can see these values any more.
pub fn values_dropped() -> [usize; 4] {
    [0, 2, 2, 4]
}

/// Removes a key, and waits for the destructor of its value.
pub fn take_out<V: Display + Send + Sync + 'static>(
    map: &SyncMap<&'static str, V>,
    key: &str,
) -> Option<String> {
    let removed = map.remove(key)?;
    let shown = removed.to_string();
    // The reference is a guard.
    drop(removed);
    while !map.flush() {}
    Some(shown)
}
