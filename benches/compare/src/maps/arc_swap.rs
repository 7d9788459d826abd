//! A `HashMap` in an `ArcSwap`, copied on every write.

use super::hashmap::filled;
use crate::contender::{Contender, Hasher, Reader, Writable, Writer};
use crate::keys::Key;
use arc_swap::ArcSwap;
use std::collections::HashMap;

type Map<K> = HashMap<K, u64, Hasher>;

pub(crate) struct Copied<K>(ArcSwap<Map<K>>);

impl<K: Key> Copied<K> {
    fn change(&self, change: impl Fn(&mut Map<K>)) {
        self.0.rcu(|map| {
            let mut copy = Map::clone(map);
            change(&mut copy);
            copy
        });
    }
}

impl<K: Key> Contender for Copied<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "ArcSwap";
    const USE: &'static str = "ArcSwap<HashMap>: load for each call, a copy of the map for each \
         write; built from a filled HashMap";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(ArcSwap::from_pointee(filled(entries)))
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &Copied<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.load().get(key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let map = self.0.load();
        map.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for Copied<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key> Writer for &Copied<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.change(|map| {
            map.insert(key.clone(), value);
        });
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.change(|map| {
            if let Some(value) = map.get_mut(key) {
                *value += 1;
            }
        });
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.change(|map| {
            map.remove(key);
        });
    }

    fn renewed(self) -> Self {
        self
    }
}
