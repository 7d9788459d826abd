//! [`HotOrCold`]: a value that has left the map.

use crate::refs::Ref;
use std::fmt;
use std::ops::Deref;

/// A value that has left the map. This is the type
/// [`Old`](crate::primitives::ConcurrentMap::Old) of a [`HybridMap`](super::HybridMap).
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, HotOrCold, HybridMap};
///
/// let map = HybridMap::from([("a", 1)]);
/// map.insert_hot("b", 2);
/// assert!(matches!(map.remove("a"), Some(HotOrCold::Cold(1))));
/// assert!(matches!(map.remove("b"), Some(HotOrCold::Hot(two)) if *two == 2));
/// ```
pub enum HotOrCold<'m, K, V> {
    /// The value of a hot key. Other threads may still be reading this value.
    Hot(Ref<'m, K, V>),
    /// The value of a cold key.
    Cold(V),
}

impl<K, V> Deref for HotOrCold<'_, K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        match self {
            Self::Hot(value) => value,
            Self::Cold(value) => value,
        }
    }
}

impl<K, V: fmt::Debug> fmt::Debug for HotOrCold<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
