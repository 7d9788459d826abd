//! One hash for all keys, so that a look-up compares many of them.

use std::hash::Hasher;

#[derive(Default)]
pub(crate) struct Same;

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        7
    }
}
