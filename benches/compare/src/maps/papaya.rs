//! papaya: a pin for each call, and a pin that is held.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use papaya::{HashMap, HashMapRef, LocalGuard};

type Map<K> = HashMap<K, u64, Hasher>;
type Pin<'m, K> = HashMapRef<'m, K, u64, Hasher, LocalGuard<'m>>;

pub(crate) struct PerCall<K>(Map<K>);

pub(crate) struct Held<K>(Map<K>);

fn filled<K: Key>(entries: &[(K, u64)]) -> Map<K> {
    let map = HashMap::with_hasher(hasher());
    for (key, value) in entries {
        map.pin().insert(key.clone(), *value);
    }
    map
}

impl<K: Key> Contender for PerCall<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "papaya per call";
    const USE: &'static str = "map.pin() for each call, no other guard alive";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &PerCall<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.pin().get(key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let pin = self.0.pin();
        pin.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for PerCall<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key> Writer for &PerCall<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.0.pin().insert(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.0.pin().update(key.clone(), |value| value + 1);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.pin().remove(key);
    }

    fn renewed(self) -> Self {
        self
    }
}

impl<K: Key> Contender for Held<K> {
    type Key = K;
    type Reader<'m> = Pin<'m, K>;

    const NAME: &'static str = "papaya pinned";
    const USE: &'static str = "map.pin() held; dropped and taken anew every 64 writes";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> Pin<'_, K> {
        self.0.pin()
    }
}

impl<K: Key> Reader for Pin<'_, K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        HashMapRef::get(self, key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for Held<K> {
    type Writer<'m> = Pin<'m, K>;

    fn writer(&self) -> Pin<'_, K> {
        self.0.pin()
    }
}

impl<K: Key> Writer for Pin<'_, K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        HashMapRef::insert(self, key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.update(key.clone(), |value| value + 1);
    }

    #[inline]
    fn remove(&self, key: &K) {
        HashMapRef::remove(self, key);
    }

    fn renewed(self) -> Self {
        let map = self.map();
        drop(self);
        map.pin()
    }
}
