//! scc: `HashMap`, locks by the bucket, and `HashIndex`, reads without locks.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use scc::hash_index::Entry;
use scc::{Guard, HashIndex, HashMap};

pub(crate) struct Locked<K: Key>(HashMap<K, u64, Hasher>);

pub(crate) struct Index<K: Key>(HashIndex<K, u64, Hasher>);

impl<K: Key> Contender for Locked<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "scc HashMap";
    const USE: &'static str = "read_sync, upsert_sync, update_sync";

    fn build(entries: &[(K, u64)]) -> Self {
        let map = HashMap::with_hasher(hasher());
        for (key, value) in entries {
            map.upsert_sync(key.clone(), *value);
        }
        Self(map)
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &Locked<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.read_sync(key, |_, value| *value)
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        self.0.iter_sync(|key, value| {
            f(key, *value);
            true
        });
    }
}

impl<K: Key> Writable for Locked<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key> Writer for &Locked<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.0.upsert_sync(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        self.0.update_sync(key, |_, value| *value += 1);
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.remove_sync(key);
    }

    fn renewed(self) -> Self {
        self
    }
}

impl<K: Key> Contender for Index<K> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = "scc HashIndex";
    const USE: &'static str = "peek_with; overwrites by entry_sync and OccupiedEntry::update";

    fn build(entries: &[(K, u64)]) -> Self {
        let map = HashIndex::with_hasher(hasher());
        for (key, value) in entries {
            let fresh = map.insert_sync(key.clone(), *value);
            assert!(fresh.is_ok(), "no key comes twice");
        }
        Self(map)
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key> Reader for &Index<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.0.peek_with(key, |_, value| *value)
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let guard = Guard::new();
        self.0.iter(&guard).for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key> Writable for Index<K> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key> Writer for &Index<K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        match self.0.entry_sync(key.clone()) {
            Entry::Occupied(mut entry) => entry.update(value),
            Entry::Vacant(entry) => drop(entry.insert_entry(value)),
        }
    }

    #[inline]
    fn increment(&self, key: &K) {
        if let Some(mut entry) = self.0.get_sync(key) {
            let next = entry.get() + 1;
            entry.update(next);
        }
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.0.remove_sync(key);
    }

    fn renewed(self) -> Self {
        self
    }
}
