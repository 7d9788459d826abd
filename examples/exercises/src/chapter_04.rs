//! Chapter 4: what each operation does.

use readmostly::SyncMap;

/// Makes this state of a new map, by calls of the map:
///
/// ```text
/// read{a:X b:2}+ dirty{b:2 c:3} 0
/// ```
///
/// The snapshot has `a`, expunged, and `b`. It is amended. There are no misses.
pub fn makes_an_expunged_entry(map: &SyncMap<&'static str, u32>) {
    todo!()
}

/// Makes this state of a new map, by calls of the map:
///
/// ```text
/// read{}+ dirty{a:nil b:2} 1
/// ```
///
/// A removed key is in dirty alone. Which operation leaves such a key there, and why?
pub fn makes_a_nil_entry_in_dirty_alone(map: &SyncMap<&'static str, u32>) {
    todo!()
}

/// Says for each call whether it takes the mutex, if the map is in this state before:
///
/// ```text
/// read{a:1 b:nil c:X}+ dirty{a:1 b:nil d:4} 0
///
///  1  get a        5  get z         9  insert d 9
///  2  get b        6  insert a 9   10  remove a
///  3  get c        7  insert b 9   11  remove c
///  4  get d        8  insert c 9   12  compare_exchange c, 1 for 2
/// ```
pub fn takes_the_mutex() -> [bool; 12] {
    todo!()
}
