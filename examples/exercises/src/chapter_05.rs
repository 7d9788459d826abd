//! Chapter 5: the misses pay for the copy.

use readmostly::Inspection;

/// Returns how many look-ups of absent keys it takes until the map in this state is promoted.
/// `None`: no number of look-ups promotes it.
pub fn misses_until_promotion(inside: &Inspection<u32, u32>) -> Option<usize> {
    todo!()
}

/// Returns the potential of a map in this state: how many copied entries its misses have paid
/// for and the map has not spent yet.
///
/// A call costs 1, and 1 more for each entry that a rebuild copies. Find a potential so that
/// for each call, except a walk, what it costs and what it adds to the potential together are
/// at most 2. A new map has the potential 0. (Then n calls together cost at most 2n, although
/// one of them may copy all entries.)
pub fn potential(inside: &Inspection<u32, u32>) -> usize {
    todo!()
}
