//! The queue of what has come due (`queue.rs`), for its models. In the models of the
//! map nothing comes due: a model flushes where it wants garbage to be freed.

use crate::sync::queue::{Node, Queue, Taken};

/// The queue.
pub struct DueQueue<T>(Queue<T>);

impl<T> std::fmt::Debug for DueQueue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueQueue").finish_non_exhaustive()
    }
}

impl<T> DueQueue<T> {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "for models alone")]
    pub fn new() -> Self {
        Self(Queue::new())
    }

    /// Adds an item.
    pub fn add(&self, item: T) {
        self.0.add(Box::new(Node::new(item)));
    }

    /// Takes the oldest item. None: the queue is empty, or, with `true`, another
    /// thread is taking.
    pub fn take(&self) -> (Option<T>, bool) {
        match self.0.take_if(|_| true) {
            Taken::Item(item) => (Some(item), false),
            Taken::Unwanted | Taken::Nothing => (None, false),
            Taken::Busy => (None, true),
        }
    }
}
