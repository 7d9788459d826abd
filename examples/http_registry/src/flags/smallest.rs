//! [`Smallest`]: the smallest items of many.

use std::collections::BinaryHeap;

/// Keeps the smallest `room` items of those that it is offered. The memory is bounded by
/// `room`, however many there are.
#[derive(Debug)]
pub struct Smallest<T> {
    room: usize,
    /// The largest item is at the top. It goes first.
    kept: BinaryHeap<T>,
}

impl<T: Ord> Smallest<T> {
    /// Returns an empty one with this much room.
    pub fn new(room: usize) -> Self {
        let kept = BinaryHeap::new();
        Self { room, kept }
    }

    /// Returns whether an item for which `is_before` is true of the largest one would be kept.
    pub fn wants(&self, is_before: impl FnOnce(&T) -> bool) -> bool {
        self.kept.len() < self.room || self.kept.peek().is_some_and(is_before)
    }

    /// Adds an item. The largest goes if there is no room.
    pub fn add(&mut self, item: T) {
        self.kept.push(item);
        if self.kept.len() > self.room {
            self.kept.pop();
        }
    }

    /// Returns the items in order.
    pub fn sorted(self) -> Vec<T> {
        self.kept.into_sorted_vec()
    }
}
