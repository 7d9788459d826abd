//! [`Owned`]: a value that has left a map with locks.

use std::fmt;
use std::ops::Deref;

/// A value that has left the map. It belongs to the caller that removed or overwrote it.
/// This is the type [`Old`](super::ConcurrentMap::Old) of the maps that have locks.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, MutexMap};
///
/// let map = MutexMap::from([("a", String::from("x"))]);
/// let removed: String = map.remove("a").unwrap().into_inner();
/// assert_eq!(removed, "x");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Owned<V>(pub(super) V);

impl<V> Owned<V> {
    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let map = MutexMap::from([("a", 1)]);
    /// assert_eq!(map.insert("a", 2).unwrap().into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> V {
        self.0
    }
}

impl<V> Deref for Owned<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

impl<V: fmt::Debug> fmt::Debug for Owned<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<V: fmt::Display> fmt::Display for Owned<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
