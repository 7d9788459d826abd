//! Chapter 11: the leak of Go 1.15.

use crate::two_maps::{TwoMaps, take};

/// Returns how many keys the two maps have in the end.
///
/// Each turn adds a key to the dirty map, and one miss. Without other keys the first miss meets
/// one key, and promotes. The next new key leaves the deleted one out. With other keys the
/// misses are always fewer than the keys, so nothing is ever promoted.
pub fn keys_that_stay(others: usize, turns: usize) -> usize {
    match others {
        0 => turns.min(1),
        _ => others + turns,
    }
}

/// Removes a key. A key of the dirty map alone leaves the dirty map before the miss counts. The
/// misses are compared with the length that the dirty map has then.
pub fn load_and_delete(map: &mut TwoMaps, key: u32) -> Option<u32> {
    let mut entry = map.read.get(&key).cloned();
    if entry.is_none() && map.amended {
        entry = map.dirty.as_mut()?.remove(&key);
        map.miss();
    }
    take(&entry?)
}
