//! The traits of `std`, and of `serde` behind its feature, for [`Recorded`]: those that its
//! map has.

use super::Recorded;
use crate::primitives::concurrent_map::ConcurrentMap;
use std::fmt;
use std::hash::Hash;

/// Wraps the default map, without recording.
impl<M: Default> Default for Recorded<M> {
    fn default() -> Self {
        Self::new(M::default())
    }
}

/// Wraps a clone of the map, without recording.
impl<M: Clone> Clone for Recorded<M> {
    fn clone(&self) -> Self {
        Self::new(self.map.clone())
    }
}

/// Shows the map. This is not recorded.
impl<M: fmt::Debug> fmt::Debug for Recorded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map.fmt(f)
    }
}

/// Compares the maps. This is not recorded.
impl<M: PartialEq<N>, N> PartialEq<Recorded<N>> for Recorded<M> {
    fn eq(&self, other: &Recorded<N>) -> bool {
        self.map == other.map
    }
}

impl<M: Eq> Eq for Recorded<M> {}

/// Inserts the pairs one after the other. Each insertion is a step.
impl<K, V, M> Extend<(K, V)> for &Recorded<M>
where
    K: Hash,
    M: ConcurrentMap<K, V>,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

/// Inserts the pairs one after the other. Each insertion is a step.
impl<K, V, M> Extend<(K, V)> for Recorded<M>
where
    K: Hash,
    M: ConcurrentMap<K, V>,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        (&*self).extend(pairs);
    }
}

/// Moves the pairs out of the map. Stops recording.
impl<M: IntoIterator> IntoIterator for Recorded<M> {
    type Item = M::Item;
    type IntoIter = M::IntoIter;

    fn into_iter(self) -> M::IntoIter {
        self.into_inner().into_iter()
    }
}

/// The same as for the map.
impl<P, M: FromIterator<P>> FromIterator<P> for Recorded<M> {
    fn from_iter<I: IntoIterator<Item = P>>(pairs: I) -> Self {
        Self::new(M::from_iter(pairs))
    }
}

/// The same as for the map.
impl<K, V, M: From<[(K, V); N]>, const N: usize> From<[(K, V); N]> for Recorded<M> {
    fn from(pairs: [(K, V); N]) -> Self {
        Self::new(M::from(pairs))
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::Recorded;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// The same as for the map. This is not recorded.
    impl<M: Serialize> Serialize for Recorded<M> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.map.serialize(serializer)
        }
    }

    /// The same as for the map.
    impl<'de, M: Deserialize<'de>> Deserialize<'de> for Recorded<M> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            M::deserialize(deserializer).map(Self::new)
        }
    }
}
