//! The queue of what has come due (`reclaim/queue.rs`) with its marks (`reclaim/marks.rs`):
//! for their own models, and for an execution with light pins (`light.rs` in this folder). And
//! the cookies (`reclaim/cookies.rs`) of an execution.

use crate::reclaim::cookies::Cookies;
use crate::reclaim::marks::Marks;
use crate::reclaim::queue::{Node, Queue, Taken};
use std::cell::Cell;

/// A function that frees something.
pub(super) type Free = Box<dyn FnOnce()>;

thread_local! {
    /// What has come due in this execution. None: light pins are off. loom runs the threads
    /// of a model on one thread of the system. So they share this, and loom does not see it.
    static DUE: Cell<Option<&'static DueQueue<Free>>> = const { Cell::new(None) };
}

thread_local! {
    /// The cookies of this execution. loom runs the threads of a model on one thread of the
    /// system. So they share this, and loom does not see it.
    static COOKIES: Cell<Option<&'static Cookies>> = const { Cell::new(None) };
}

/// Makes the cookies of this execution, before its race. Until [`end_light_pins`] every thread
/// has them.
pub fn make_cookies() {
    forget_cookies();
    COOKIES.set(Some(Box::leak(Box::new(Cookies::new()))));
}

pub(super) fn cookies() -> &'static Cookies {
    COOKIES.get().expect("this model has no cookies")
}

/// The execution has ended.
pub(super) fn forget_cookies() {
    if let Some(cookies) = COOKIES.take() {
        // SAFETY: leaked in `make_cookies`, and taken out of `COOKIES`: no thread can find it.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(cookies).cast_mut()) });
    }
}

/// The full grace period with this number is over. What is left at the end of an execution is
/// run after its cookies have gone.
pub(super) fn end_grace_period(number: usize) {
    if let Some(cookies) = COOKIES.get() {
        cookies.end(number);
    }
}

/// Light pins are on from here on.
pub(super) fn begin() {
    DUE.set(Some(Box::leak(Box::new(DueQueue::new()))));
}

/// Frees what is left, at the end of an execution whose threads have been joined.
pub(super) fn end() {
    if let Some(due) = DUE.take() {
        // SAFETY: leaked in `begin`, and taken out of `DUE`: no thread can find it.
        let due = unsafe { Box::from_raw(std::ptr::from_ref(due).cast_mut()) };
        while let (Some(free), _) = due.take() {
            free();
        }
    }
}

/// Leaks what is left.
#[cfg(not(crossbeam_loom))]
pub(super) fn forget() {
    DUE.set(None);
    COOKIES.set(None);
}

/// Whether light pins are on.
#[cfg(not(crossbeam_loom))]
pub(super) fn is_on() -> bool {
    DUE.get().is_some()
}

/// Adds `free`, which the epoch has released. Calls it at once if light pins are off.
pub(super) fn add_due(free: Free) {
    match DUE.get() {
        Some(due) => due.add(free),
        None => free(),
    }
}

/// Adds a mark: a grace period begins.
pub(super) fn add_mark() {
    if let Some(due) = DUE.get() {
        due.add_mark();
    }
}

/// A grace period is over.
pub(super) fn one_more_is_over() {
    if let Some(due) = DUE.get() {
        due.one_more_is_over();
    }
}

/// Takes the oldest function, if it need not wait for a grace period.
pub(super) fn take_ripe() -> Option<Free> {
    DUE.get()?.take_ripe().0
}

/// The queue.
pub struct DueQueue<T> {
    /// A mark is `None`.
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

    /// Takes the oldest item. `None` and `false`: the queue is empty. `None` and `true`:
    /// another thread is taking.
    pub fn take(&self) -> (Option<T>, bool) {
        self.take_if(|| true)
    }

    /// As [`take`](Self::take), if the item need not wait for a grace period. `None` and
    /// `false`, too, if the item has to wait.
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
