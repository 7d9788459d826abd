//! evmap: two copies of a map. Each thread has its own read handle, and sees a write
//! once it is published.

use crate::contender::{Contender, Hasher, Reader, Writable, Writer, hasher};
use crate::keys::Key;
use evmap::Options;
use evmap::handles::{ReadHandle, WriteHandle};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Writing<K> = WriteHandle<K, u64, (), Hasher>;
type Reading<K> = ReadHandle<K, u64, (), Hasher>;

pub(crate) struct LeftRight<K: Key>(Mutex<Writing<K>>);

/// The writing handle, which all writers share.
pub(crate) struct Publisher<'m, K: Key>(&'m Mutex<Writing<K>>);

impl<K: Key> Contender for LeftRight<K> {
    type Key = K;
    type Reader<'m> = Reading<K>;

    const NAME: &'static str = "evmap";
    const USE: &'static str = "a ReadHandle for each thread; writers share the WriteHandle behind a \
         mutex, publish every 64 writes, and before and after each increment";

    fn build(entries: &[(K, u64)]) -> Self {
        // SAFETY: foldhash's hasher of one seed gives the same hash every time.
        let options = unsafe { Options::default().with_hasher(hasher()) };
        let (mut writer, _) = options.construct();
        for (key, value) in entries {
            writer.insert(key.clone(), *value);
        }
        // Once for each copy.
        writer.publish();
        writer.publish();
        Self(Mutex::new(writer))
    }

    fn reader(&self) -> Reading<K> {
        ReadHandle::clone(&lock(&self.0))
    }
}

impl<K: Key> Reader for Reading<K> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.get_one(key).map(|value| *value)
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let Some(map) = self.enter() else { return };
        for (key, values) in map.iter() {
            values.iter().for_each(|value| f(key, *value));
        }
    }
}

impl<K: Key> Writable for LeftRight<K> {
    type Writer<'m> = Publisher<'m, K>;

    fn writer(&self) -> Publisher<'_, K> {
        Publisher(&self.0)
    }
}

fn lock<K: Key>(writer: &Mutex<Writing<K>>) -> MutexGuard<'_, Writing<K>> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Key> Writer for Publisher<'_, K> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        lock(self.0).update(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        let mut writer = lock(self.0);
        writer.publish();
        let value = writer.get_one(key).map(|value| *value);
        if let Some(value) = value {
            writer.update(key.clone(), value + 1);
            writer.publish();
        }
    }

    #[inline]
    fn remove(&self, key: &K) {
        lock(self.0).remove_entry(key.clone());
    }

    fn renewed(self) -> Self {
        lock(self.0).publish();
        self
    }
}
