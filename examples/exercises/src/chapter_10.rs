//! Chapter 10: what is commonly said.

/// Returns for each number whether its last sentence is so. A map has no other keys than those
/// that are named.
///
/// 1. The snapshot has a, deleted. There is no dirty map. A store to a takes the mutex.
/// 2. The snapshot has a, deleted. A new key is stored. Then a store to a takes the mutex.
/// 3. The snapshot has a and b. The new key c is stored, and deleted. Then a look-up of d takes
///    the mutex.
/// 4. The dirty map alone has ten keys. Five of them are deleted. The fifth removal promotes
///    the dirty map.
/// 5. The dirty map alone has a and b. A `compare_remove` deletes a. Then neither map has an
///    entry of a.
/// 6. The snapshot has a, deleted. A walk visits all keys. Then neither map has an entry of a.
/// 7. The dirty map alone has 1,000 keys. So 1,000 look-ups of absent keys promote the dirty
///    map. These look-ups copy the entries.
pub fn which_are_so() -> [bool; 7] {
    todo!()
}
