//! This crate's map: a pin for each call, and a pin that is held.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use readmostly::{Pinned, SyncMap};
use std::ops::ControlFlow;

type Map<K> = SyncMap<K, u64, Hasher>;

pub(crate) struct OneShot<K>(Map<K>);

pub(crate) struct Held<K>(Map<K>);

/// A filled map. All keys are promoted, so no look-up takes the mutex.
fn filled<K: Key>(entries: &[(K, u64)]) -> Map<K> {
    let map = SyncMap::with_hasher(hasher());
    for (key, value) in entries {
        map.insert(key.clone(), *value);
    }
    settle(&map);
    map
}

/// Promotes all new keys, and frees the replaced tables.
fn settle<K: Key>(map: &Map<K>) {
    map.compact();
    let inside = map.inspect();
    assert!(!inside.amended && inside.dirty.is_none(), "not settled");
    collect(map);
}

/// Frees what is retired. The first pass retires the queue of the garbage, and the
/// second pass frees that queue. A pass takes a few flushes, because no other thread is
/// running.
fn collect<K>(map: &Map<K>) {
    for _ in 0..2 {
        let mut flushes = 0..1_000;
        assert!(flushes.any(|_| map.flush()), "something is never freed");
    }
}

impl<K: Key> Contender for OneShot<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "readmostly one-shot";
    const USE: &'static str = "SyncMap::get; compacted after the fill";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &OneShot<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.get(key).map(|value| *value)
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let _ = self.0.for_each(|key, value| {
            f(key, *value);
            ControlFlow::<()>::Continue(())
        });
    }
}

impl<K: Key> Writable for OneShot<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }

    fn collect(&self) {
        collect(&self.0);
    }
}

impl<K: Key> Writer for &OneShot<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.0.insert(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.0.update(key, |value| value + 1);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.remove(key);
    }

    fn renewed(self) -> Self {
        self
    }
}

impl<K: Key> Contender for Held<K> {
    type Key = K;
    type Reader<'m> = Pinned<'m, K, u64, Hasher>;

    const NAME: &'static str = "readmostly pinned";
    const USE: &'static str = "Pinned::get, the pin held; Pinned::repin every 64 writes";

    fn build(entries: &[(K, u64)]) -> Self {
        Self(filled(entries))
    }

    fn reader(&self) -> Self::Reader<'_> {
        self.0.pin()
    }
}

impl<K: Key> Reader for Pinned<'_, K, u64, Hasher> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        Pinned::get(self, key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for Held<K> {
    type Writer<'m> = Pinned<'m, K, u64, Hasher>;

    fn writer(&self) -> Self::Writer<'_> {
        self.0.pin()
    }

    fn collect(&self) {
        collect(&self.0);
    }
}

impl<K: Key> Writer for Pinned<'_, K, u64, Hasher> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        Pinned::insert(self, key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.update(key, |value| value + 1);
    }

    #[inline]
    fn remove(&self, key: &K) {
        Pinned::remove(self, key);
    }

    fn renewed(mut self) -> Self {
        self.repin();
        self
    }
}
