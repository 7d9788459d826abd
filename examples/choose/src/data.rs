//! What the maps hold: keys that are numbers or strings, values in the map itself or
//! on the heap.

use std::fmt::Debug;
use std::hash::Hash;

pub(crate) trait Key: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    fn nth(number: u64) -> Self;
}

impl Key for u64 {
    /// The factor is odd, so no two keys are equal. The keys are not consecutive,
    /// because few real keys are.
    fn nth(number: u64) -> Self {
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Key for String {
    fn nth(number: u64) -> Self {
        format!("session-{:016x}", u64::nth(number))
    }
}

pub(crate) trait Value: Clone + Send + Sync + 'static {
    fn new(bytes: usize, number: u64) -> Self;

    /// Reads a part of the value, so that its memory is fetched.
    fn look(&self) -> u64;
}

/// A value of up to eight bytes.
impl Value for u64 {
    fn new(_bytes: usize, number: u64) -> Self {
        number
    }

    fn look(&self) -> u64 {
        *self
    }
}

impl Value for Box<[u8]> {
    fn new(bytes: usize, number: u64) -> Self {
        vec![number as u8; bytes].into_boxed_slice()
    }

    fn look(&self) -> u64 {
        let (first, last) = (self.first(), self.last());
        first
            .zip(last)
            .map_or(0, |(first, last)| u64::from(*first) + u64::from(*last))
    }
}
