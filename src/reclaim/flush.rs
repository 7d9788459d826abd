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
pub(super) const FLUSHED_AT_ONCE: usize = 64 * AT_ONCE;

/// Collects until everything that this thread has retired so far has been freed, and all
/// that was queued before that. False: a guard was in the way, or there was more than one
/// call frees, or destructors must not run now: inside one, or while this thread holds a
/// lock of the crate.
pub(crate) fn flush() -> bool {
    if due::is_running() || holds_a_lock() {
        return false;
    }
    let guard = pin();
    let blocks = with_blocks(Blocks::take_all);
    for (blocks, is_sealed) in blocks.into_iter().flatten() {
        give_to_all(blocks, is_sealed, &guard);
    }
    drop(guard);
    // Three rounds. What is retired first comes due first, but other threads may have an
    // older bag in hand. Let B be a bag that is older than the mark of round 1:
    //
    // 1. This thread reaches its mark. Thread 2 may have got B from the epoch without having
    //    added it to the queue. Thread 2 is pinned meanwhile.
    // 2. This thread retires a second mark, which comes due only after thread 2 has unpinned.
    //    So B is in the queue, in front of this mark. When the mark is reached, B is out of
    //    the queue. Thread 3 may have taken B and still be emptying it. Thread 3 is pinned
    //    meanwhile.
    // 3. This thread retires a third mark, which comes due only after thread 3 has unpinned.
    //    When the mark is reached, B is empty.
    let mut left = FLUSHED_AT_ONCE;
    let all = (0..3).all(|_| free_all_queued(&mut left));
    // What was freed may have been blocks of this thread's.
    with_blocks(Blocks::give_free_back);
    with_bag(Filling::give_rooms_back);
    if all {
        grace::rest();
    }
    all
}

/// One round: retires a mark, and collects until the mark is reached, `left` objects at the
/// most. (This is not the mark of a grace period.)
fn free_all_queued(left: &mut usize) -> bool {
    /// How often it collects at the most. Each collection advances the epoch once at the
    /// most.
    const ROUNDS: usize = 1024;

    let reached = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&reached);
    // ORDERING: Release, pairs with the Acquire below: what the destructors before it wrote
    // is visible to the caller, whichever thread ran them.
    let mark = move || mark.store(true, Ordering::Release);
    // SAFETY: the function owns what it captures, and that can be sent.
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
