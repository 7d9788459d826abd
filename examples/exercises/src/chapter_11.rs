//! Chapter 11: the leak of Go 1.15.

use crate::two_maps::TwoMaps;

/// Returns how many keys the dirty map and the snapshot have in the end: a key of both counts
/// once, and a deleted key counts too. The map is a [`TwoMaps`], which removes as Go 1.15 did.
/// The program stores `others` keys before its loop. Then it does, in each turn, for a key that
/// it never uses again:
///
/// ```text
/// store(key, value)
/// load_and_delete(key)
/// ```
pub fn keys_that_stay(others: usize, turns: usize) -> usize {
    todo!()
}

/// As [`TwoMaps::load_and_delete`], but mended: after each call the two maps are as they are in
/// Go 1.23.9. Copy the removal of Go 1.15, and add what it lacks, at the right place.
pub fn load_and_delete(map: &mut TwoMaps, key: u32) -> Option<u32> {
    todo!()
}
