//! dashmap: sharded locks.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use dashmap::DashMap;

pub(crate) struct Sharded<K: Key>(DashMap<K, u64, Hasher>);

impl<K: Key> Contender for Sharded<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "dashmap";
    const USE: &'static str = "DashMap::get and insert, get_mut to increment";

    fn build(entries: &[(K, u64)]) -> Self {
        let map = DashMap::with_hasher(hasher());
        for (key, value) in entries {
            map.insert(key.clone(), *value);
        }
        Self(map)
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &Sharded<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.get(key).map(|value| *value)
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.0.iter().for_each(|pair| f(pair.key(), *pair.value()));
    }
}

impl<K: Key> Writable for Sharded<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key> Writer for &Sharded<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.0.insert(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        if let Some(mut value) = self.0.get_mut(key) {
            *value += 1;
        }
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.remove(key);
    }

    fn renewed(self) -> Self {
        self
    }
}
