//! A flush: everything that this thread has retired so far is freed.

use super::bag::Filling;
use super::blocks::Blocks;
use super::due::{self, AT_ONCE};
use super::grace;
use super::pin::pin;
use super::retire::give_to_all;
use super::thread::{with_bag, with_blocks};
use crate::sync::real::locks::holds_a_lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many objects one `flush` drops at the most.
const FLUSHED_AT_ONCE: usize = 64 * AT_ONCE;

/// Flushes until everything this thread has retired so far has been freed, and
/// whatever was queued before that. False: a guard stood in the way, there was more
/// than one call frees, or this is no time to run destructors: inside one, or while a
/// lock of the crate is held.
pub(crate) fn flush() -> bool {
    if due::is_running() || holds_a_lock() {
        return false;
    }
    let guard = pin();
    let blocks = with_blocks(Blocks::take_all);
    for blocks in blocks.into_iter().flatten() {
        give_to_all(blocks, &guard);
    }
    drop(guard);
    // Three times. What is retired first comes due first, but while the mark of the
    // first time is reached, another thread may still have a bag in hand that it is
    // about to add to the queue, or to empty. It is pinned meanwhile, so the next mark
    // comes due when it has done that: after the second all bags that are older than
    // the first are out of the queue, after the third they are empty.
    let mut left = FLUSHED_AT_ONCE;
    let all = (0..3).all(|_| free_all_queued(&mut left));
    // What was freed by that may be blocks of this thread's.
    with_blocks(Blocks::give_free_back);
    with_bag(Filling::give_rooms_back);
    if all {
        grace::rest();
    }
    all
}

/// Retires a mark, and collects until that is reached, at most `left` objects.
fn free_all_queued(left: &mut usize) -> bool {
    /// Each advances the epoch once at the most.
    const ROUNDS: usize = 1024;

    let reached = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&reached);
    // ORDERING: Release and Acquire, so that what the destructors before it
    // wrote is visible to the caller, whichever thread ran them.
    let mark = move || mark.store(true, Ordering::Release);
    // SAFETY: it owns what it captures, and that can be sent.
    unsafe { pin().defer_drop(0, 0, mark) };
    for _ in 0..ROUNDS {
        let guard = pin();
        guard.hand_over_all();
        grace::hurry();
        let ran = guard.run_at_most(AT_ONCE.min(*left));
        *left -= ran.objects;
        // ORDERING: Acquire, pairs with the Release of the mark.
        if reached.load(Ordering::Acquire) {
            return true;
        }
        if ran.more && *left < AT_ONCE {
            return false;
        }
    }
    false
}
