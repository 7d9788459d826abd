//! [`Keys`]: those that a load uses again and again.

use crate::contender::Contender;
use crate::data::{Key, Value};
use crate::script::Script;

/// The keys that are the same in all passes, built in advance.
#[derive(Debug)]
pub(crate) struct Keys<K> {
    stable: Vec<K>,
}

impl<K: Key> Keys<K> {
    pub(crate) fn of(script: &Script) -> Self {
        let stable = (0..u64::from(script.stable)).map(K::nth).collect();
        Self { stable }
    }

    /// Fills a map with the keys that are present at the start.
    pub(crate) fn fill<V: Value>(
        &self,
        map: &impl Contender<K, V>,
        script: &Script,
        value_bytes: usize,
    ) {
        let present = self.stable.iter().take(script.present as usize);
        let value = |n| V::new(value_bytes, n);
        let mut pairs = present.zip(0..).map(|(key, n)| (key.clone(), value(n)));
        map.fill(&mut pairs);
    }

    /// Overwrites `count` of the keys that are present at the start.
    pub(crate) fn overwrite<V: Value>(
        &self,
        map: &impl Contender<K, V>,
        script: &Script,
        value_bytes: usize,
        count: usize,
    ) {
        let present = self.stable.iter().take(script.present as usize);
        for (key, n) in present.take(count).zip(0..) {
            map.insert(key.clone(), V::new(value_bytes, n));
        }
    }

    /// Calls `f` with the key of this number.
    #[inline]
    pub(crate) fn with<R>(&self, number: u64, f: impl FnOnce(&K) -> R) -> R {
        match self.stable.get(number as usize) {
            Some(key) => f(key),
            None => f(&K::nth(number)),
        }
    }

    #[inline]
    pub(crate) fn owned(&self, number: u64) -> K {
        match self.stable.get(number as usize) {
            Some(key) => key.clone(),
            None => K::nth(number),
        }
    }
}
