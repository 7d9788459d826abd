//! Chapter 8: the weakest orderings that will do.

use std::sync::atomic::Ordering;

/// Returns the weakest orderings for one key.
///
/// What the writer did before the Release store happens before what the reader does after the
/// Acquire load that finds the stored pointer.
pub fn for_one_key() -> (Ordering, Ordering) {
    (Ordering::Release, Ordering::Acquire)
}

/// Returns the weakest orderings for two keys.
///
/// Release and Acquire order a load after the store that it finds. Here each load finds no
/// store, so they order nothing. SeqCst puts all four accesses in one order: the first of them
/// is a store, and the load of the other thread comes later and finds it.
pub fn for_two_keys() -> (Ordering, Ordering) {
    (Ordering::SeqCst, Ordering::SeqCst)
}
