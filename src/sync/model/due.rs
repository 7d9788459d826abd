//! The queue of what has come due (`queue.rs`) and its marks (`marks.rs`), for their
//! models, and for the models with light pins (`light.rs` in this folder).

use crate::sync::marks::Marks;
use crate::sync::queue::{Node, Queue, Taken};

/// The queue.
pub struct DueQueue<T> {
    /// None is a mark.
    queue: Queue<Option<T>>,
    marks: Marks,
}

impl<T> std::fmt::Debug for DueQueue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DueQueue").finish_non_exhaustive()
    }
}

impl<T> DueQueue<T> {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "for models alone")]
    pub fn new() -> Self {
        Self {
            queue: Queue::new(),
            marks: Marks::new(),
        }
    }

    /// Adds an item.
    pub fn add(&self, item: T) {
        self.queue.add(Box::new(Node::new(Some(item))));
    }

    /// Adds a mark: a grace period begins.
    pub fn add_mark(&self) {
        self.queue.add(Box::new(Node::new(None)));
    }

    /// A grace period is over.
    pub fn one_more_is_over(&self) {
        self.marks.one_more_is_over();
    }

    /// Takes the oldest item. None: the queue is empty, or, with `true`, another
    /// thread is taking.
    pub fn take(&self) -> (Option<T>, bool) {
        self.take_if(|| true)
    }

    /// As [`take`](Self::take), if the item need not wait for a grace period. None: or it
    /// has to wait.
    pub fn take_ripe(&self) -> (Option<T>, bool) {
        self.take_if(|| self.marks.front_may_go())
    }

    fn take_if(&self, may_go: impl Fn() -> bool) -> (Option<T>, bool) {
        loop {
            let wanted = |item: &Option<T>| {
                let wanted = may_go();
                if wanted && item.is_none() {
                    self.marks.one_leaves();
                }
                wanted
            };
            match self.queue.take_if(wanted) {
                Taken::Item(Some(item)) => return (Some(item), false),
                // A mark.
                Taken::Item(None) => {}
                Taken::Unwanted | Taken::Nothing => return (None, false),
                Taken::Busy => return (None, true),
            }
        }
    }
}
