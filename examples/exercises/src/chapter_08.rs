//! Chapter 8: the weakest orderings that will do.

use std::sync::atomic::Ordering;

/// Returns the weakest orderings for one key: of the store and of the load.
///
/// ```text
/// writer                          reader
/// writes the bytes of a value
/// stores the pointer in p         loads p
///                                 if p is that pointer: reads the bytes
/// ```
///
/// The reader must never find the pointer without the bytes.
pub fn for_one_key() -> (Ordering, Ordering) {
    todo!()
}

/// Returns the weakest orderings for two keys: of both stores and of both loads.
///
/// ```text
/// thread 1                        thread 2
/// stores 1 in p of a              stores 1 in p of b
/// loads p of b                    loads p of a
/// ```
///
/// Both words are 0 before. The two threads must not both load 0.
pub fn for_two_keys() -> (Ordering, Ordering) {
    todo!()
}
