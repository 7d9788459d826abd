//! Chapter 5: the misses pay for the copy.

use readmostly::Inspection;

/// Returns how many look-ups of absent keys it takes until the map in this state is promoted.
///
/// If the snapshot is not amended, it answers alone, and nothing counts.
pub fn misses_until_promotion(inside: &Inspection<u32, u32>) -> Option<usize> {
    let dirty = inside.dirty.as_ref().filter(|_| inside.amended)?;
    Some(dirty.len() - inside.misses)
}

/// Returns the potential of a map in this state.
///
/// - A miss adds 1 and costs 1.
/// - The miss that promotes n keys is at least the n-th. The n misses become n entries of the
///   snapshot. So a promotion adds no more than its miss does.
/// - A rebuild copies at most the entries of the snapshot, and spends all of the potential.
pub fn potential(inside: &Inspection<u32, u32>) -> usize {
    match inside.dirty {
        Some(_) => inside.misses,
        None => inside.read.len(),
    }
}
