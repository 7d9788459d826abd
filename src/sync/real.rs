//! The real thing: `std`'s atomics, `arc-swap`, `parking_lot` and
//! `crossbeam-epoch`.

pub(crate) use arc_swap::ArcSwapOption;
pub(crate) use std::sync::atomic::{AtomicIsize, AtomicPtr, AtomicUsize, fence};

pub(crate) use super::blocks::{Length, allocate, give_back, retire};
pub(crate) use super::due::contain_panic;
pub(crate) use super::grace::{enter, enter_again, switch_on};
pub(crate) use super::held::{Mutex, MutexGuard, RwLock};
#[cfg(feature = "lock-stats")]
pub(crate) use super::held::{ReadGuard, WriteGuard};

use super::Protection;
use super::bag::{Bag, Deferred, Filling};
use super::blocks::Blocks;
use super::due::{self, AT_ONCE, Ran};
use super::grace;
use super::queue::Node;
use super::thread::{with_bag, with_blocks, with_thread};
use crossbeam_epoch::Collector;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// How many objects one `flush` drops at the most.
const FLUSHED_AT_ONCE: usize = 64 * AT_ONCE;

/// An atomic null that can stand in a `static`.
pub(crate) struct ConstAtomicPtr<T>(AtomicPtr<T>);

impl<T> ConstAtomicPtr<T> {
    pub(crate) const fn null() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

impl<T> Deref for ConstAtomicPtr<T> {
    type Target = AtomicPtr<T>;

    #[inline]
    fn deref(&self) -> &AtomicPtr<T> {
        &self.0
    }
}

/// Memory that is freed by hand, for the models to watch. Here it is nothing.
pub(crate) struct Watch;

impl Watch {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self
    }

    /// Records a look into the memory.
    #[inline(always)]
    pub(crate) fn used(&self) {}

    /// Records that the memory is freed.
    #[inline(always)]
    pub(crate) fn freed(&self) {}
}

/// A pinned epoch: what a thread could reach when it pinned stays allocated
/// until its guard goes.
pub(crate) struct Guard(crossbeam_epoch::Guard);

/// The collector of this crate. Guards of other crates that use crossbeam-epoch are
/// not in its way, nor does it run anything inside their calls.
pub(super) fn collector() -> &'static Collector {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    if let Some(collector) = COLLECTOR.get() {
        return collector;
    }
    // Made outside of the cell, which must not be entered twice: an allocator that
    // uses a map may come by here in between. One of the two is too many, and goes.
    let collector = Collector::new();
    COLLECTOR.get_or_init(|| collector)
}

/// Pins the current thread. Runs nothing of the user's.
#[inline]
pub(crate) fn pin() -> Guard {
    with_thread(|thread| thread.pin()).unwrap_or_else(pin_at_exit)
}

#[cold]
fn pin_at_exit() -> Guard {
    grace::look_if_something_waits();
    // The participant goes with its guard.
    Guard(collector().register().pin())
}

impl Deref for Guard {
    type Target = Protection;

    #[inline]
    fn deref(&self) -> &Protection {
        &Protection(())
    }
}

impl Guard {
    #[inline]
    pub(super) fn new(pinned: crossbeam_epoch::Guard) -> Self {
        Self(pinned)
    }

    /// Drops `objects` objects of the user's, of so many `bytes`, by a call of `free`
    /// at the end of some public call of any thread, when no guard that is alive now
    /// is left.
    ///
    /// A panic in `free` goes no further than the panic hook: the thread that calls it
    /// is a stranger to it.
    ///
    /// # Safety
    ///
    /// `free` may run on another thread and at any later time: what it captures
    /// must be sendable and must not borrow anything that ends before.
    #[inline]
    pub(crate) unsafe fn defer_drop(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
        unsafe { self.defer(objects, free) };
        due::retired(objects, bytes);
    }

    /// Puts a function into this thread's bag.
    ///
    /// # Safety
    ///
    /// As for [`defer_drop`](Self::defer_drop).
    #[inline]
    unsafe fn defer(&self, objects: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
        let function = unsafe { Deferred::new(free) };
        let mut function = Some(function);
        let full = with_bag(|bag| bag.add(function.take()?, objects)).flatten();
        if let Some(full) = full {
            self.hand_over(full);
        }
        if let Some(function) = function {
            self.hand_over(Bag::of(function, objects));
        }
    }

    /// Gives memory back by a call of `free`, when no guard that is alive now is left.
    /// It counts for so many objects and bytes.
    ///
    /// # Safety
    ///
    /// As for [`defer_drop`](Self::defer_drop).
    #[inline]
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller's word.
        unsafe { self.defer(0, free) };
        due::retired(objects, bytes);
    }

    /// Lets the bag come due when no guard that is alive now is left.
    pub(super) fn hand_over(&self, bag: Box<Node<Bag>>) {
        grace::one_more_waits();
        // SAFETY: a bag can be sent, and borrows nothing.
        unsafe { self.0.defer_unchecked(move || due::add(bag)) };
    }

    /// Hands over what this thread has retired, and lets the epoch move on if it can.
    /// What comes due by that goes to the queue: nothing of the user's runs.
    fn hand_over_all(&self) {
        if let Some(bag) = with_bag(|bag| bag.take()).flatten() {
            self.hand_over(bag);
        }
        grace::handed_over(due::handed_over());
        self.0.flush();
    }

    /// Collects if this thread has retired enough since the last time, or should look
    /// after what is waiting, or something may be run (rule M8). Runs destructors of
    /// the user's, [`AT_ONCE`] objects at the most. A public call comes by here once, at
    /// its end.
    ///
    /// crossbeam-epoch collects by itself only in an outermost `pin`, which a
    /// thread that holds a guard never reaches: without this call, writes under
    /// a held guard would leak without bound.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        if due::is_time() {
            self.collect();
        }
    }

    #[cold]
    fn collect(&self) {
        if due::is_running() {
            return;
        }
        let looks = due::takes_a_look();
        if due::has_retired_enough() {
            self.hand_over_all();
        } else if looks {
            self.0.flush();
        }
        grace::attend(looks);
        if !due::holds_a_lock() {
            self.run_at_most(AT_ONCE);
        }
        if due::is_left() {
            grace::come_again_soon();
        }
    }

    /// Runs what is due.
    fn run_at_most(&self, objects: usize) -> Ran {
        let ran = due::run(objects);
        if due::has_retired_enough() {
            // This thread may never come again: what the destructors have retired is for
            // whoever comes by.
            self.hand_over_all();
        }
        ran
    }

    /// The end of a thread, which is no public call, and yet collects once: something
    /// may have come due in its last pin.
    pub(super) fn collect_at_exit() {
        grace::look_if_something_waits();
        if due::is_time() {
            pin_at_exit().collect();
        }
    }

    /// Releases and re-acquires the pin. Has no effect while another guard of this thread
    /// is alive.
    pub(crate) fn repin(&mut self) {
        self.0.repin();
        if due::is_time_to_pin_anew() {
            // crossbeam-epoch collects in one of 128 pins, and in no `repin`: without
            // this, threads that only renew a pin would never let anything come due.
            // It needs the handle that the thread's own things hold.
            with_thread(|_| self.0.repin_after(|| ()));
            grace::count_pin();
        }
    }
}

/// Flushes until everything this thread has retired so far has been freed, and
/// whatever was queued before that. False: a guard stood in the way, there was more
/// than one call frees, or this is no time to run destructors: inside one, or while a
/// lock of the crate is held.
pub(crate) fn flush() -> bool {
    if due::is_running() || due::holds_a_lock() {
        return false;
    }
    let guard = pin();
    with_blocks(|blocks| blocks.give_all_to_all(&guard));
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
