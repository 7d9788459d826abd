//! Chapter 6: one instant for every call.

/// Returns an order of these calls in which a map that runs one call after the other gives
/// the same results, such as `"BAFCED"`. `None`: there is no such order.
///
/// A call takes effect at an instant between its begin and its end. The map is empty before.
///
/// ```text
/// thread 1   A: insert(x, 1) = -   C: get(x) = 1   F: get(y) = 2   G: get(y) = 2
///            |--|                  |--|            |-----|         |--|
/// thread 2                      B: clear
///                               |--------------------|
/// thread 3                                   E: insert(y, 2) = -
///                                            |-------------|
/// ```
pub fn first_history() -> Option<&'static str> {
    todo!()
}

/// As [`first_history`], for these calls.
///
/// ```text
/// thread 1   A: insert(x, 1) = -   B: get(y) = -
///            |-------------|       |-------|
/// thread 2   C: insert(y, 1) = -   D: get(x) = -
///            |-------------|       |-------|
/// ```
pub fn second_history() -> Option<&'static str> {
    todo!()
}
