//! Keys to look up: present ones, and as many absent ones.

use std::hash::Hash;

/// A key, made from a number.
pub(crate) trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    fn of(number: u64) -> Self;
}

impl Key for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

impl Key for String {
    fn of(number: u64) -> Self {
        format!("a/key/as/long/as/a/path/{number:07}")
    }
}

/// Present and absent keys, both shuffled.
pub(crate) struct Keys<K> {
    pub(crate) present: Vec<K>,
    #[allow(dead_code, reason = "not every benchmark looks for them")]
    pub(crate) absent: Vec<K>,
}

impl<K: Key> Keys<K> {
    pub(crate) fn new(size: u64) -> Self {
        Self {
            present: shuffled(0, size),
            absent: shuffled(size, size),
        }
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.present.iter().cloned().zip(0..)
    }
}

fn shuffled<K: Key>(first: u64, count: u64) -> Vec<K> {
    let mut numbers: Vec<u64> = (first..first + count).collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for last in (1..numbers.len()).rev() {
        numbers.swap(last, random.below(last as u64 + 1) as usize);
    }
    numbers.into_iter().map(K::of).collect()
}

/// Xorshift: always the same numbers, so that runs can be compared.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}
