//! Chapter 3: the states of the word `p`.

use readmostly::EntryState;

/// Returns the states of the entry of key `a`, one after each of these calls on a new map:
///
/// ```text
///  1  insert a 1            7  get a
///  2  get a                 8  insert a 4
///  3  remove a              9  remove a
///  4  insert a 2           10  get z, twice
///  5  remove a             11  insert c 5
///  6  insert b 3           12  for_each over all keys
/// ```
///
/// `None`: neither map has an entry of `a`.
pub fn states_of_a() -> [Option<EntryState<u32>>; 12] {
    todo!()
}
