//! The first and the last thing a thread does in `reclaim/`: it makes its own things
//! (`thread.rs`), and hands over what is left in them.

use super::blocks::Blocks;
use super::due;
use super::grace::look_if_something_waits;
use super::guard::Guard;
use super::reader::give_record_back;
use super::retire::give_to_all;
use super::thread::{Thread, set_current};
use super::waiting;
use crate::sync::real::epoch::register;
use std::cell::Cell;
use std::mem;
use std::ptr;

thread_local! {
    static OWNER: Owner = const { Owner(Cell::new(ptr::null_mut())) };
}

/// Frees the thread's things when it exits.
struct Owner(Cell<*mut Thread>);

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: null: this thread has no things from here on.
        unsafe { set_current(ptr::null()) };
        if self.0.get().is_null() {
            return;
        }
        // SAFETY: `first_use` made it, and nobody finds it any more. What is freed below may
        // use a map, and finds no things of this thread.
        let thread = unsafe { Box::from_raw(self.0.get()) };
        give_record_back();
        // A thread that has never pinned has not retired anything.
        if thread.has_pinned() {
            let guard = thread.pin();
            let Some(blocks) = thread.blocks(Blocks::take_all) else {
                // An allocator ends the process while the blocks are in use: no function
                // goes on with them, but other threads may read from them.
                mem::forget(thread);
                return;
            };
            for (blocks, is_sealed) in blocks {
                give_to_all(blocks, is_sealed, &guard);
            }
            if let Some(bag) = thread.bag().take() {
                guard.hand_over(bag);
            }
            waiting::handed_over(due::handed_over());
        }
        // The participant leaves the epoch, and pins once more for that.
        drop(thread);
        collect_at_exit();
    }
}

/// The end of a thread is no public call, and yet collects once: something may have come due
/// in its last pin.
fn collect_at_exit() {
    look_if_something_waits();
    if due::is_time() {
        pin_at_exit().collect();
    }
}

/// Makes this thread's things. False: it is exiting, and they are gone.
#[cold]
pub(super) fn first_use() -> bool {
    let made = OWNER.try_with(|owner| {
        // Made once at the most, even if `CURRENT` has lost its pointer.
        if owner.0.get().is_null() {
            let thread = Box::new(Thread::default());
            // An allocator that uses a map may have made them meanwhile.
            if owner.0.get().is_null() {
                owner.0.set(Box::into_raw(thread));
            }
        }
        owner.0.get().cast_const()
    });
    // Null if the owner is gone: nobody would free the things.
    let thread = made.unwrap_or(ptr::null());
    // SAFETY: the things stay until the owner is dropped, which calls this with null.
    unsafe { set_current(thread) };
    !thread.is_null()
}

/// A pin of a thread that has no things of its own any more.
#[cold]
pub(super) fn pin_at_exit() -> Guard {
    look_if_something_waits();
    // The participant leaves the epoch when its guard is gone.
    Guard::new(register().pin())
}
