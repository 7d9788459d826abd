//! The other crates' maps, each used as its documentation shows it first.

use crate::contender::{Contender, Hasher, hasher};
use crate::data::{Key, Value};
use arc_swap::ArcSwap;
use dashmap::DashMap;
use std::collections::HashMap;
use std::hint::black_box;

impl<K: Key, V: Value> Contender<K, V> for papaya::HashMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(self.pin().get(key).map(V::look));
    }

    #[inline]
    fn insert(&self, key: K, value: V) {
        self.pin().insert(key, value);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.pin().remove(key);
    }

    fn clear(&self) {
        self.pin().clear();
    }

    fn walk(&self) {
        for value in self.pin().values() {
            black_box(value.look());
        }
    }
}

impl<K: Key, V: Value> Contender<K, V> for DashMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(DashMap::get(self, key).map(|value| value.look()));
    }

    #[inline]
    fn insert(&self, key: K, value: V) {
        DashMap::insert(self, key, value);
    }

    #[inline]
    fn remove(&self, key: &K) {
        DashMap::remove(self, key);
    }

    fn clear(&self) {
        DashMap::clear(self);
    }

    fn walk(&self) {
        for pair in self {
            black_box(pair.value().look());
        }
    }
}

impl<K: Key, V: Value> Contender<K, V> for scc::HashMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(self.read_sync(key, |_, value| value.look()));
    }

    #[inline]
    fn insert(&self, key: K, value: V) {
        self.upsert_sync(key, value);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.remove_sync(key);
    }

    fn clear(&self) {
        self.clear_sync();
    }

    fn walk(&self) {
        self.iter_sync(|_, value| {
            black_box(value.look());
            true
        });
    }
}

/// Its look-ups give out clones, and so do its iterators: there are no others.
impl<K: Key, V: Value> Contender<K, V> for kovan_map::HashMap<K, V, Hasher> {
    fn new() -> Self {
        Self::with_hasher(hasher())
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(kovan_map::HashMap::get(self, key).map(|value| value.look()));
    }

    #[inline]
    fn insert(&self, key: K, value: V) {
        kovan_map::HashMap::insert(self, key, value);
    }

    #[inline]
    fn remove(&self, key: &K) {
        kovan_map::HashMap::remove(self, key);
    }

    fn clear(&self) {
        kovan_map::HashMap::clear(self);
    }

    fn walk(&self) {
        for value in self.values() {
            black_box(value.look());
        }
    }
}

/// A `HashMap` that is copied at each write.
pub(crate) type Copied<K, V> = ArcSwap<HashMap<K, V, Hasher>>;

impl<K: Key, V: Value> Contender<K, V> for Copied<K, V> {
    fn new() -> Self {
        Self::from_pointee(HashMap::with_hasher(hasher()))
    }

    #[inline]
    fn get(&self, key: &K) {
        black_box(self.load().get(key).map(V::look));
    }

    fn insert(&self, key: K, value: V) {
        self.rcu(|map| {
            let mut copy = HashMap::clone(map);
            copy.insert(key.clone(), value.clone());
            copy
        });
    }

    fn remove(&self, key: &K) {
        self.rcu(|map| {
            let mut copy = HashMap::clone(map);
            copy.remove(key);
            copy
        });
    }

    fn clear(&self) {
        self.store(HashMap::with_hasher(hasher()).into());
    }

    fn walk(&self) {
        for value in self.load().values() {
            black_box(value.look());
        }
    }

    /// All at once: inserting one by one would copy the map for each pair.
    fn fill(&self, pairs: &mut dyn Iterator<Item = (K, V)>) {
        let mut filled = HashMap::with_hasher(hasher());
        filled.extend(pairs);
        self.store(filled.into());
    }
}
