//! `std`'s `HashMap`, with no synchronisation at all: what the hash table alone
//! costs.

use crate::contender::{Contender, Hasher, Reader, hasher};
use crate::keys::Key;
use std::collections::HashMap;

pub(crate) struct Plain<K>(HashMap<K, u64, Hasher>);

/// A `HashMap` with these entries.
pub(crate) fn filled<K: Key>(entries: &[(K, u64)]) -> HashMap<K, u64, Hasher> {
    let mut map = HashMap::with_hasher(hasher());
    for (key, value) in entries {
        map.insert(key.clone(), *value);
    }
    map
}

impl<K: Key> Contender for Plain<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "hashmap";
    const USE: &'static str = "std HashMap by shared reference, never written to: the limit";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &Plain<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.get(key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.0.iter().for_each(|(key, value)| f(key, *value));
    }
}
