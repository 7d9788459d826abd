//! Which entries this thread writes to while a closure of the user's runs.
//!
//! An operation such as `update` shows a closure the value of an entry. If the
//! compare-and-swap that follows fails, another thread came in between, or the
//! closure wrote to the entry itself. This file tells the two apart: each running
//! closure has a frame on this thread's stack, and a thread that takes a value out
//! of an entry marks the frames of that entry.
//!
//! Under loom nothing is watched: the threads of a model share a thread of the system.

use std::cell::Cell;
use std::ptr;

/// A closure that is running on this thread.
struct Frame {
    /// The address of the entry whose value it was shown. Null: the writes that run inside
    /// this frame do not count for the closures further out.
    entry: *const (),
    written: Cell<bool>,
    /// The closure that this one runs in, or null.
    outer: *const Frame,
}

#[cfg(not(loom))]
mod innermost {
    use super::{Cell, Frame, ptr};

    thread_local! {
        /// The head of the list of frames. A cell without a destructor, so reading it is
        /// one load.
        static INNERMOST: Cell<*const Frame> = const { Cell::new(ptr::null()) };
    }

    #[inline]
    pub(super) fn get() -> *const Frame {
        INNERMOST.try_with(Cell::get).unwrap_or(ptr::null())
    }

    pub(super) fn set(frame: *const Frame) {
        let _ = INNERMOST.try_with(|innermost| innermost.set(frame));
    }
}

#[cfg(loom)]
mod innermost {
    use super::{Frame, ptr};

    pub(super) fn get() -> *const Frame {
        ptr::null()
    }

    pub(super) fn set(_frame: *const Frame) {}
}

/// Takes a frame off the list, also if its closure panics.
struct Listed<'f>(&'f Frame);

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        // Closures that switch stacks may end in another order than that in which
        // they began. Then the list is given up, as no frame in it may outlive its closure.
        let is_innermost = ptr::eq(innermost::get(), self.0);
        innermost::set(if is_innermost {
            self.0.outer
        } else {
            ptr::null()
        });
    }
}

/// Calls `f`, which was shown the value of the entry at this address. Also says
/// whether this thread took a value out of that entry meanwhile.
pub(crate) fn watched<R>(entry: *const (), f: impl FnOnce() -> R) -> (R, bool) {
    let frame = Frame {
        entry,
        written: Cell::new(false),
        outer: innermost::get(),
    };
    let listed = Listed(&frame);
    innermost::set(&frame);
    let result = f();
    drop(listed);
    (result, frame.written.get())
}

/// Calls `f`, whose writes count for no closure that is running: a deferred function runs
/// in any call that collects.
#[cfg(not(loom))]
pub(crate) fn apart<R>(f: impl FnOnce() -> R) -> R {
    watched(ptr::null(), f).0
}

/// This thread took a value out of the entry at this address.
#[inline]
pub(crate) fn wrote(entry: *const ()) {
    let innermost = innermost::get();
    if !innermost.is_null() {
        mark(innermost, entry);
    }
}

#[cold]
fn mark(innermost: *const Frame, entry: *const ()) {
    let mut next = innermost;
    // SAFETY: `Listed` takes a frame off the list before the frame is gone, and only this
    // thread has the list.
    while let Some(frame) = unsafe { next.as_ref() } {
        if frame.entry.is_null() {
            return;
        }
        if frame.entry == entry {
            frame.written.set(true);
        }
        next = frame.outer;
    }
}
