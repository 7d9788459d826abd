//! Chapter 4: what each operation does.

use readmostly::SyncMap;

/// Makes `read{a:X b:2}+ dirty{b:2 c:3} 0`.
pub fn makes_an_expunged_entry(map: &SyncMap<&'static str, u32>) {
    map.insert("a", 1);
    map.insert("b", 2);
    // Two misses for two keys: promoted.
    map.get("a");
    map.get("b");
    map.remove("a");
    // A new key: dirty is built without the removed key.
    map.insert("c", 3);
}

/// Makes `read{}+ dirty{a:nil b:2} 1`.
///
/// A conditional removal finds the entry first, and compares after the unlock. Under the mutex
/// the call does not know yet whether it will remove the key. So the key stays in dirty.
pub fn makes_a_nil_entry_in_dirty_alone(map: &SyncMap<&'static str, u32>) {
    map.insert("a", 1);
    map.insert("b", 2);
    map.compare_remove("a", &1);
}

/// Says for each call whether it takes the mutex.
pub fn takes_the_mutex() -> [bool; 12] {
    [
        // The snapshot answers for a, b and c, whatever their states. It has neither d nor z,
        // and it is amended.
        false, // get a
        false, // get b
        false, // get c
        true,  // get d
        true,  // get z
        // A compare-and-swap is enough for a value and for nil. An expunged entry goes back
        // into dirty first. d is in dirty alone.
        false, // insert a
        false, // insert b
        true,  // insert c
        true,  // insert d
        // A removal and an exchange find their entry in the snapshot. Neither stores to an
        // expunged entry.
        false, // remove a
        false, // remove c
        false, // compare_exchange c
    ]
}
