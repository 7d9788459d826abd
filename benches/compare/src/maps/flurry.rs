//! flurry: a pin for each call, and a pin that is held.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use flurry::{HashMap, HashMapRef};

type Map<K> = HashMap<K, u64, Hasher>;

pub(crate) struct PerCall<K: Key>(Map<K>);

pub(crate) struct Held<K: Key>(Map<K>);

/// A pin, and the map from which it is renewed.
pub(crate) struct Pin<'m, K: Key> {
    map: &'m Map<K>,
    pin: HashMapRef<'m, K, u64, Hasher>,
}

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

    const NAME: &'static str = "flurry per call";
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
        let pin = self.0.pin();
        pin.compute_if_present(key, |_, value| Some(value + 1));
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.pin().remove(key);
    }

    fn renewed(self) -> Self {
        self
    }
}

impl<'m, K: Key> Pin<'m, K> {
    fn new(map: &'m Map<K>) -> Self {
        Self {
            map,
            pin: map.pin(),
        }
    }
}

impl<K: Key> Contender for Held<K> {
    type Key = K;
    type Reader<'m> = Pin<'m, K>;

    const NAME: &'static str = "flurry pinned";
    const USE: &'static str = "map.pin() held; dropped and taken anew every 64 writes";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> Pin<'_, K> {
        Pin::new(&self.0)
    }
}

impl<K: Key> Reader for Pin<'_, K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.pin.get(key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.pin.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for Held<K> {
    type Writer<'m> = Pin<'m, K>;

    fn writer(&self) -> Pin<'_, K> {
        Pin::new(&self.0)
    }
}

impl<K: Key> Writer for Pin<'_, K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.pin.insert(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        let add = |_: &K, value: &u64| Some(value + 1);
        self.pin.compute_if_present(key, add);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.pin.remove(key);
    }

    fn renewed(self) -> Self {
        let map = self.map;
        drop(self);
        Self::new(map)
    }
}
