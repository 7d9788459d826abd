//! A queue that many threads add to without ever waiting, and that one thread at a
//! time takes from: first in, first out.
//!
//! This is Vyukov's queue for many producers and one consumer.
//!
//! - *Adding*: 1. swap the node in as the newest; 2. store its address in the link of the
//!   node that was the newest before. The node is made before, so adding needs no memory.
//! - *Taking*: 1. set `taking`; 2. take the item of the node that the node taken last links
//!   to; 3. clear `taking`; 4. free the node that was taken last before. The emptied node
//!   stays, as the next link is in it.
//!
//! # Busy
//!
//! A thread that finds `taking` set is told so, and has to make sure that some thread looks
//! again. Two threads, in order of time:
//!
//! 1. Thread 1 sets `taking`, and finds the queue empty.
//! 2. Thread 2 adds an item.
//! 3. Thread 2 tries to take the item, and finds `taking` set ([`Taken::Busy`]).
//! 4. Thread 1 clears `taking`. The item is in the queue, and neither thread takes it.

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

    /// Its item. The node is in no queue yet.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn item(&mut self) -> &mut T {
        match &mut self.item {
            Some(item) => item,
            None => unreachable!("an item leaves its node in a queue"),
        }
    }
}

/// The result of an attempt to take the oldest item.
pub(crate) enum Taken<T> {
    /// The item.
    Item(T),
    /// There is an item, and it was not wanted.
    Unwanted,
    /// The queue is empty, or the next item is still being added: it is not linked yet.
    Nothing,
    /// Another thread is taking, and may have looked before the last item came.
    Busy,
}

/// The queue.
pub(crate) struct Queue<T> {
    /// The node added last. Null: none ever was.
    newest: AtomicPtr<Node<T>>,
    /// The link to the node added first.
    first: AtomicPtr<Node<T>>,
    /// Set while a thread takes. That thread is its holder.
    taking: AtomicBool,
    /// The node taken last. Null: none ever was. Only the holder of `taking` uses it.
    last_taken: Cell<*mut Node<T>>,
}

// SAFETY: an item goes from the thread that adds it to the thread that takes it. Only the
// holder of `taking` uses `last_taken`.
unsafe impl<T: Send> Sync for Queue<T> {}
// SAFETY: the queue owns its nodes, and their items can be sent.
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
        // node is whole before that thread writes its link.
        // Weakened: `queue::two_threads_add_while_one_takes`.
        let before = self.newest.swap(node, Ordering::AcqRel);
        // SAFETY: a node is freed only after a later one has been linked to it. Only this
        // thread links one to `before`, below.
        let link = unsafe { self.link_of(before) };
        // ORDERING: Release, pairs with the Acquire in `take_if`: the item is visible with
        // its node. Weakened: `queue::two_threads_add_while_one_takes`.
        link.store(node, Ordering::Release);
    }

    /// The link from `node` to the node after it. `node` may be null. Only the link is
    /// borrowed: another thread may be taking the item out.
    ///
    /// # Safety
    ///
    /// The node has not been freed.
    unsafe fn link_of(&self, node: *mut Node<T>) -> &AtomicPtr<Node<T>> {
        if node.is_null() {
            return &self.first;
        }
        // SAFETY: our caller promised that the node has not been freed.
        unsafe { &(*node).next }
    }

    /// Takes the oldest item, if it is wanted. Never waits.
    pub(crate) fn take_if(&self, wanted: impl FnOnce(&T) -> bool) -> Taken<T> {
        // ORDERING: Acquire, pairs with the Release below: makes visible what the last
        // holder did to `last_taken` and to its node. Weakened:
        // `queue::two_threads_take_what_was_added`. On failure Relaxed: nothing is
        // read then.
        let mine =
            (self.taking).compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        if mine.is_err() {
            return Taken::Busy;
        }
        let last = self.last_taken.get();
        // SAFETY: a node that was taken last is freed by the thread that takes the next
        // one. This thread holds `taking`, so no other thread takes.
        let link = unsafe { self.link_of(last) };
        // ORDERING: Acquire, pairs with the Release in `add`. Weakened:
        // `queue::two_threads_add_while_one_takes`.
        let node = link.load(Ordering::Acquire);
        let (taken, done_with) = if node.is_null() {
            (Taken::Nothing, ptr::null_mut())
        } else {
            // SAFETY: a node that is linked is freed only after a later one has been taken.
            // Only the holder of `taking` uses its item. Another thread may use its link,
            // which is not borrowed here.
            let item = unsafe { &mut (*node).item };
            match item.take_if(|item| wanted(item)) {
                None => (Taken::Unwanted, ptr::null_mut()),
                Some(item) => {
                    self.last_taken.set(node);
                    (Taken::Item(item), last)
                }
            }
        };
        // ORDERING: Release, pairs with the Acquire of `taking` above, in the next holder.
        self.taking.store(false, Ordering::Release);
        if !done_with.is_null() {
            // SAFETY: it was the node taken last and is so no longer: no other thread finds
            // it. Its link is set, and the thread that set the link is done with the node.
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
            // SAFETY: no other thread has the queue, and nothing links to this node.
            drop(unsafe { Box::from_raw(last) });
        }
    }
}
