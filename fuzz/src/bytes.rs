//! A program as a sequence of choices.

use super::MAPS;
use arbitrary::Unstructured;
use std::cell::RefCell;

/// The program: bytes that are consumed one by one. After the last byte, every choice
/// is the first one.
pub(crate) struct Bytes<'d>(RefCell<Unstructured<'d>>);

impl<'d> Bytes<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Self {
        Self(RefCell::new(Unstructured::new(bytes)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: u8) -> u8 {
        let number = self.0.borrow_mut().int_in_range(0..=end - 1);
        number.unwrap_or(0)
    }

    /// One of the few keys that are used most.
    pub(crate) fn key(&self) -> u8 {
        self.below(8)
    }

    pub(crate) fn map(&self) -> usize {
        usize::from(self.below(MAPS as u8))
    }

    pub(crate) fn choose<T: Copy>(&self, choices: &[T]) -> T {
        choices[usize::from(self.below(choices.len() as u8))]
    }
}
