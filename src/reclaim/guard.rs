//! A full pin: a pinned epoch.

use super::bag::Bag;
use super::due;
use super::protection::Protection;
use super::queue::Node;
use super::waiting;
use crate::sync::real::epoch::Pin;
use std::ops::Deref;

/// A pinned epoch: what a thread can reach when it pins stays allocated until its guard is
/// gone.
pub(crate) struct Guard(pub(super) Pin);

impl Deref for Guard {
    type Target = Protection;

    #[inline]
    fn deref(&self) -> &Protection {
        &Protection(())
    }
}

impl Guard {
    #[inline]
    pub(super) fn new(pinned: Pin) -> Self {
        Self(pinned)
    }

    /// Lets the bag come due when every guard that is alive now is gone.
    pub(super) fn hand_over(&self, mut bag: Box<Node<Bag>>) {
        waiting::one_more_waits(bag.item().amount());
        // SAFETY: the function captures a bag alone, which can be sent and borrows nothing.
        unsafe { self.0.defer_unchecked(move || due::add(bag)) };
    }
}
