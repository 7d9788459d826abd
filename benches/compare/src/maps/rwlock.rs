//! A `HashMap` behind one lock, `std`'s and parking_lot's.

use super::hashmap::filled;
use crate::contender::{Contender, Hasher, Reader, Writable, Writer};
use crate::keys::Key;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

type Map<K> = HashMap<K, u64, Hasher>;

/// A readers-writer lock.
pub(crate) trait Lock<T>: Send + Sync + 'static {
    const NAME: &'static str;

    fn new(inner: T) -> Self;
    fn read(&self) -> impl Deref<Target = T>;
    fn write(&self) -> impl DerefMut<Target = T>;
}

impl<T: Send + Sync + 'static> Lock<T> for std::sync::RwLock<T> {
    const NAME: &'static str = "RwLock std";

    fn new(inner: T) -> Self {
        Self::new(inner)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> {
        self.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> {
        self.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> Lock<T> for parking_lot::RwLock<T> {
    const NAME: &'static str = "RwLock parking_lot";

    fn new(inner: T) -> Self {
        Self::new(inner)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> {
        self.read()
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> {
        self.write()
    }
}

pub(crate) struct Behind<K, L> {
    lock: L,
    keys: PhantomData<fn() -> K>,
}

pub(crate) type Std<K> = Behind<K, std::sync::RwLock<Map<K>>>;
pub(crate) type ParkingLot<K> = Behind<K, parking_lot::RwLock<Map<K>>>;

impl<K: Key, L: Lock<Map<K>>> Contender for Behind<K, L> {
    type Key = K;
    type Reader<'m> = &'m Self;

    const NAME: &'static str = L::NAME;
    const USE: &'static str = "RwLock<HashMap>: read() or write() for each call";

    fn build(entries: &[(K, u64)]) -> Self {
        Self {
            lock: L::new(filled(entries)),
            keys: PhantomData,
        }
    }

    fn reader(&self) -> &Self {
        self
    }
}

impl<K: Key, L: Lock<Map<K>>> Reader for &Behind<K, L> {
    type Key = K;

    #[inline]
    fn get(&self, key: &K) -> Option<u64> {
        self.lock.read().get(key).copied()
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(&K, u64)) {
        let map = self.lock.read();
        map.iter().for_each(|(key, value)| f(key, *value));
    }
}

impl<K: Key, L: Lock<Map<K>>> Writable for Behind<K, L> {
    type Writer<'m> = &'m Self;

    fn writer(&self) -> &Self {
        self
    }
}

impl<K: Key, L: Lock<Map<K>>> Writer for &Behind<K, L> {
    type Key = K;

    #[inline]
    fn insert(&self, key: &K, value: u64) {
        self.lock.write().insert(key.clone(), value);
    }

    #[inline]
    fn increment(&self, key: &K) {
        if let Some(value) = self.lock.write().get_mut(key) {
            *value += 1;
        }
    }

    #[inline]
    fn remove(&self, key: &K) {
        self.lock.write().remove(key);
    }

    fn renewed(self) -> Self {
        self
    }
}
