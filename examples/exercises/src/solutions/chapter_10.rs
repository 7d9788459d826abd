//! Chapter 10: what is commonly said.

/// Returns which of the sentences are so. The rows are those of the chapter.
///
/// 1. No. The word of a is nil, and a store to a known key changes the word alone (rows 1, 15).
/// 2. Yes. The new key has built a dirty map without a, and a is expunged (row 23). So the
///    store has to put the entry back into the dirty map.
/// 3. Yes. The snapshot stays amended (row 26).
/// 4. Yes. Each removal is a miss, and makes the dirty map smaller. So five misses meet five
///    keys (rows 7, 16, 25).
/// 5. No. A conditional removal leaves a nil entry behind (row 29).
/// 6. No. The snapshot is not amended, so the walk changes nothing (row 18).
/// 7. No. A promotion is a change of two pointers. The next new key copies (row 9).
pub fn which_are_so() -> [bool; 7] {
    [false, true, true, true, false, false, false]
}
