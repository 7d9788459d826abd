//! A queue that many threads add to without ever waiting, and that one thread at a
//! time takes from: first in, first out.
//!
//! A node is made before it is added, so adding needs no memory. Who adds swaps its
//! node in as the newest, and then links the node that was newest before to it.
//! Who takes holds `taking`. A thread that finds it held is told so, and has to see to
//! it that somebody looks again: the holder may have looked before. The node taken last
//! stays, emptied: the next link hangs on it. This is Vyukov's queue for many producers
//! and one consumer.

use crate::sync::Ordering;
use crate::sync::bare::{AtomicBool, AtomicPtr, Cell};
use std::ptr;

/// An item on its way.
pub(crate) struct Node<T> {
    /// Null until another node has been added after this one.
    next: AtomicPtr<Node<T>>,
    item: Option<T>,
}

impl<T> Node<T> {
    /// A node that is in no queue.
    pub(crate) fn new(item: T) -> Self {
        Self {
            next: AtomicPtr::new(ptr::null_mut()),
            item: Some(item),
        }
    }

    /// What it carries. It is in no queue.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn item(&mut self) -> &mut T {
        match &mut self.item {
            Some(item) => item,
            None => unreachable!("an item leaves its node in a queue"),
        }
    }
}

/// What came of an attempt to take the oldest item.
pub(crate) enum Taken<T> {
    /// The item.
    Item(T),
    /// There is one, and it was not wanted.
    Unwanted,
    /// The queue is empty.
    Nothing,
    /// Another thread is taking. It may have looked before the last item came.
    Busy,
}

/// The queue.
pub(crate) struct Queue<T> {
    /// The node added last. Null: none ever was.
    newest: AtomicPtr<Node<T>>,
    /// The link to the node added first.
    first: AtomicPtr<Node<T>>,
    /// Who sets it may take.
    taking: AtomicBool,
    /// The node taken last. Null: none ever was. Belongs to who holds `taking`.
    last_taken: Cell<*mut Node<T>>,
}

// SAFETY: items go from the thread that adds to the one that takes. `last_taken` is
// used by the holder of `taking` alone.
unsafe impl<T: Send> Sync for Queue<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Queue<T> {}

impl<T> Queue<T> {
    /// An empty queue, which can stand in a `static`.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
            first: AtomicPtr::new(ptr::null_mut()),
            taking: AtomicBool::new(false),
            last_taken: Cell::new(ptr::null_mut()),
        }
    }

    /// An empty queue, for a model.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
            first: AtomicPtr::new(ptr::null_mut()),
            taking: AtomicBool::new(false),
            last_taken: Cell::new(ptr::null_mut()),
        }
    }

    /// Adds an item. Never waits, allocates nothing, frees nothing.
    pub(crate) fn add(&self, node: Box<Node<T>>) {
        let node = Box::into_raw(node);
        // ORDERING: AcqRel, pairs with itself, in the thread that adds next: the
        // node is whole before that thread links to it.
        // Weakened: `queue::two_threads_add_while_one_takes`.
        let before = self.newest.swap(node, Ordering::AcqRel);
        // SAFETY: nobody frees a node before a later one has been linked to it, and
        // that is what we are about to do.
        let link = unsafe { self.link_of(before) };
        // ORDERING: Release, pairs with the Acquire in `take_if`: the item comes with
        // its node. Weakened: as above.
        link.store(node, Ordering::Release);
    }

    /// The link that the node after `node` hangs on; `node` may be null. The rest of
    /// the node is not looked at: another thread may be taking the item out.
    ///
    /// # Safety
    ///
    /// The node has not been freed.
    unsafe fn link_of(&self, node: *mut Node<T>) -> &AtomicPtr<Node<T>> {
        if node.is_null() {
            return &self.first;
        }
        // SAFETY: our caller's word.
        unsafe { &(*node).next }
    }

    /// Takes the oldest item, if it is wanted. Never waits.
    pub(crate) fn take_if(&self, wanted: impl FnOnce(&T) -> bool) -> Taken<T> {
        // ORDERING: Acquire, pairs with the Release below: what the last holder did
        // to `last_taken` and to its node. Weakened:
        // `queue::two_threads_take_what_was_added`. On failure Relaxed: nothing is
        // looked at then.
        let mine =
            (self.taking).compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        if mine.is_err() {
            return Taken::Busy;
        }
        let last = self.last_taken.get();
        // SAFETY: the node taken last is freed by who holds `taking`, which is us, and
        // below.
        let link = unsafe { self.link_of(last) };
        // ORDERING: Acquire, pairs with the Release in `add`. Weakened: the model
        // named there.
        let node = link.load(Ordering::Acquire);
        let (taken, done_with) = if node.is_null() {
            (Taken::Nothing, ptr::null_mut())
        } else {
            // SAFETY: a node that is linked stays until a later one has been taken, by
            // us. Its item is looked at by who takes alone; its link is another's.
            let item = unsafe { &mut (*node).item };
            match item.take_if(|item| wanted(item)) {
                None => (Taken::Unwanted, ptr::null_mut()),
                Some(item) => {
                    self.last_taken.set(node);
                    (Taken::Item(item), last)
                }
            }
        };
        // ORDERING: Release, pairs with the Acquire above.
        self.taking.store(false, Ordering::Release);
        if !done_with.is_null() {
            // SAFETY: it was the node taken last, and is so no longer. Its link is
            // there, so the thread that set it is done with it.
            drop(unsafe { Box::from_raw(done_with) });
        }
        taken
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        while let Taken::Item(item) = self.take_if(|_| true) {
            drop(item);
        }
        let last = self.last_taken.get();
        if !last.is_null() {
            // SAFETY: nobody else is there, and nothing is linked to it.
            drop(unsafe { Box::from_raw(last) });
        }
    }
}
