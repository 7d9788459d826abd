//! Chapter 7: who frees what, and when.

use readmostly::SyncMap;
use std::fmt::Display;

/// Returns how many values have been dropped at each of the four places. No other thread has
/// a guard.
///
/// ```text
/// map.insert("a", one);
/// let held = map.get("a");
/// map.insert("a", two);
/// map.remove("a");
/// map.flush();                    // place 1
/// drop(held);
/// while !map.flush() {}           // place 2
/// map.insert("b", three);
/// map.insert("c", four);
/// map.get("b");
/// while !map.flush() {}           // place 3
/// drop(map);                      // place 4
/// ```
pub fn values_dropped() -> [usize; 4] {
    todo!()
}

/// Removes a key. Returns what its value displays, or `None` if the key is absent.
///
/// The destructor of the value must have run when the function returns. No other thread has a
/// guard. ([`flush`](SyncMap::flush) frees what has been retired. A loop until it returns
/// `true` does not end while this thread itself holds a guard.)
pub fn take_out<V: Display + Send + Sync + 'static>(
    map: &SyncMap<&'static str, V>,
    key: &str,
) -> Option<String> {
    todo!()
}
