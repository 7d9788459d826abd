//! Light pins: a read that announces itself by a plain store, without a fence.
//!
//! Two threads appear below: the *reader*, and the *writer*, which frees.
//!
//! # Problem
//!
//! The reader stores an announcement, and then loads addresses. The writer unlinks, and then
//! looks for announcements. Between the reader's store and its first load there has to be a
//! fence. Without one the processor may load first. Then the writer does not see the
//! announcement, and the reader does not see the unlinking. That fence is most of the cost
//! of a pin, and readers pay it at each call.
//!
//! # Idea
//!
//! The writer pays the fence for all readers: a *heavy fence* (`membarrier(2)`) makes every
//! running thread of the process execute a fence within the call. There are two cases:
//!
//! 1. The reader's store came before its fence: the writer sees the announcement.
//! 2. The reader's loads come after its fence: they see what was unlinked before.
//!
//! # Protocol
//!
//! Each thread that reads has a [`Record`] with a *stamp*; 0 says that the thread does not
//! read. There is one *generation*, which goes up by one with each grace period.
//!
//! The reader:
//!
//! 1. loads the generation (Acquire);
//! 2. stores it as the stamp (Release);
//! 3. executes a fence for the compiler alone;
//! 4. reads;
//! 5. stores 0 as the stamp (Release).
//!
//! The writer, in a grace period:
//!
//! 1. stores the next generation (Release);
//! 2. executes the heavy fence;
//! 3. loads every stamp (Acquire).
//!
//! The grace period is over when each stamp has been seen to be 0 or the new generation. If
//! a stamp is something else, the writer looks again later: no thread waits. What was
//! unlinked before the grace period began can be freed when it is over.
//!
//! # Argument
//!
//! Let a reader have found X, which was unlinked before the grace period began. Let F be the
//! fence that the heavy fence makes the reader execute.
//!
//! 1. The reader loaded the address of X before F. After F it would have seen the unlinking.
//! 2. The reader stored its stamp before that load in program order, and so before F. So
//!    every load of the stamp after the heavy fence finds this stamp, or a later one.
//! 3. The stamp is not the new generation. A reader that has loaded the new generation sees
//!    what came before its store, and so sees the unlinking of X.
//! 4. So the grace period is not over before the reader has stored 0, or a later stamp. That
//!    store is a Release, and the writer's load an Acquire: the reader's last look at X comes
//!    before X is freed.
//!
//! Reads within a read have no stamp of their own: a count says how many there are. The
//! stamp stays that of the first read until the last one has ended, in any order.
//!
//! # The first record
//!
//! A grace period that begins while there is no record has no heavy fence. Let a reader take
//! the first record meanwhile. Reader and writer both execute a SeqCst fence:
//!
//! - *Reader*: 1. add the record to the list; 2. fence; 3. load the generation; 4. read.
//! - *Writer*: 1. store the next generation; 2. fence; 3. look for a record.
//!
//! The two fences have one order:
//!
//! - The reader's comes first: the writer finds the record, and executes the heavy fence.
//! - The writer's comes first: the reader finds the next generation, and nothing that was
//!   unlinked before. So the writer, which may find no record, needs no heavy fence.

use super::protection::Protection;
use crate::sync::bare::{Cell, fence};
use crate::sync::uncounted::{AtomicIsize, AtomicPtr, AtomicUsize};
use crate::sync::{CachePadded, Ordering};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicI32, compiler_fence};

/// What one thread announces. Lives for ever, and is used by one thread after another. On
/// its own cache lines: its owner writes it in each read.
#[repr(align(128))]
pub(crate) struct Record {
    /// The generation under which its owner reads. 0: its owner does not read.
    stamp: AtomicUsize,
    /// How many reads there are within the first one; and [`ORPHAN`]. Only the owner uses it.
    nested: Cell<usize>,
    /// After so many reads the owner takes a full pin once, and looks after what is waiting.
    /// The thread that ends light pins sets this to 0.
    credit: AtomicI32,
    /// Whether it has an owner. 1: yes. 0: no.
    taken: AtomicUsize,
    /// The record that was made before it. Never changes.
    older: *const Record,
}

// SAFETY: only the owner uses `nested`: the thread that made the record, or that set `taken`
// from 0 to 1.
unsafe impl Sync for Record {}

/// A bit of `nested`: the owner has given the record up while reads were under way. The end
/// of the last read gives it back.
const ORPHAN: usize = 1 << (usize::BITS - 1);

/// The stamp of [`Record::none`], under which no thread reads.
const NOBODY: usize = usize::MAX;

impl Record {
    /// The record of threads that have none: it can't be entered, and never lacks credit.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> Self {
        Self {
            stamp: AtomicUsize::new(NOBODY),
            nested: Cell::new(0),
            credit: AtomicI32::new(i32::MAX),
            taken: AtomicUsize::new(1),
            older: ptr::null(),
        }
    }

    /// Gives the owner credit for so many reads.
    #[cfg(not(loom))]
    pub(crate) fn credit(&self, reads: i32) {
        // ORDERING: Relaxed: a number.
        self.credit.store(reads, Ordering::Relaxed);
    }

    /// Whether the owner reads. For the owner alone.
    #[cfg(not(loom))]
    pub(crate) fn is_reading(&self) -> bool {
        // ORDERING: Relaxed: this thread's own store, or a constant.
        !matches!(self.stamp.load(Ordering::Relaxed), 0 | NOBODY)
    }

    /// Whether the owner has no credit left.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn has_no_credit(&self) -> bool {
        // ORDERING: Relaxed: a number.
        self.credit.load(Ordering::Relaxed) <= 0
    }

    /// Begins a read, unless this thread reads already, or has no credit left.
    #[inline(always)]
    pub(crate) fn enter(&'static self, lights: &Lights) -> Option<LightGuard> {
        // ORDERING: Relaxed: this thread's own store, or a constant.
        if self.stamp.load(Ordering::Relaxed) != 0 {
            return None;
        }
        // ORDERING: Relaxed: a number. If another thread sets it to 0 before the store below,
        // the 0 is lost. A later collection sets it to 0 again.
        let left = self.credit.load(Ordering::Relaxed) - 1;
        if left < 0 {
            return None;
        }
        // ORDERING: Relaxed, as the load.
        self.credit.store(left, Ordering::Relaxed);
        // ORDERING: Acquire, pairs with the Release in `begin`: a thread that reads under a
        // generation sees what was unlinked before that was stored. Weakened:
        // `light::a_reader_of_the_new_generation_does_not_find_what_was_unlinked_before`.
        let generation = lights.generation.load(Ordering::Acquire);
        // ORDERING: Release, pairs with the Acquire in `is_over`, which may find this stamp
        // and not the 0 before it: the reads before this one have ended. Weakened:
        // `light::a_stamp_carries_the_end_of_the_read_before_it`.
        self.stamp.store(generation, Ordering::Release);
        light_fence();
        Some(LightGuard::new(self))
    }

    /// Begins a read within another read of this thread. None: this thread does not read.
    pub(crate) fn enter_again(&'static self) -> Option<LightGuard> {
        // ORDERING: Relaxed: this thread's own store, or a constant.
        let stamp = self.stamp.load(Ordering::Relaxed);
        if stamp == 0 || stamp == NOBODY {
            return None;
        }
        // No overflow: even if each guard is forgotten, that takes a century.
        self.nested.set(self.nested.get() + 1);
        Some(LightGuard::new(self))
    }

    #[inline(always)]
    fn leave(&self) {
        if self.nested.get() != 0 {
            self.leave_one_of_several();
        } else {
            // ORDERING: Release, pairs with the Acquire in `is_over`: this read has ended
            // before what was read is freed. Weakened:
            // `light::what_was_read_is_freed_after_the_end_of_the_read`.
            self.stamp.store(0, Ordering::Release);
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_one_of_several(&self) {
        let nested = self.nested.get();
        if nested == ORPHAN {
            // ORDERING: Release, as in `leave`. Weakened:
            // `light::a_read_goes_on_when_its_thread_has_given_its_record_back`.
            self.stamp.store(0, Ordering::Release);
            self.give_back();
        } else {
            self.nested.set(nested - 1);
        }
    }

    /// The owner ends, or gives the record up. Its reads may go on: their guards are dropped
    /// later, or never.
    fn retire(&self) {
        // ORDERING: Relaxed: this thread's own store.
        if self.stamp.load(Ordering::Relaxed) != 0 {
            self.nested.set(self.nested.get() | ORPHAN);
        } else {
            self.give_back();
        }
    }

    fn give_back(&self) {
        // ORDERING: Release, pairs with the Acquire in `take` (what the owner did to
        // `nested` comes before the next owner uses it) and in `all_given_back` (the owner's
        // reads have ended). Weakened: `light::a_record_that_was_given_back_is_used_again`.
        self.taken.store(0, Ordering::Release);
    }

    /// Makes the calling thread its owner. False: the record has an owner.
    fn take(&self) -> bool {
        // ORDERING: Relaxed: a hint. A load does not take the cache line from the owner, as a
        // compare-and-swap that fails does.
        if self.taken.load(Ordering::Relaxed) != 0 {
            return false;
        }
        // ORDERING: Acquire, pairs with the Release in `give_back`. No model fails without
        // it, as the fence in `record` does the same. On failure Relaxed: nothing is read
        // then.
        let taken = (self.taken).compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_ok() {
            // The last owner may have left `ORPHAN` there.
            self.nested.set(0);
        }
        taken.is_ok()
    }
}

/// Keeps the compiler from moving loads before the announcement. The processor may still
/// move them: the heavy fence is for that.
#[inline(always)]
fn light_fence() {
    compiler_fence(Ordering::SeqCst);
}

/// Loads the stamp, after a heavy fence. If a read began before the heavy fence, its stamp is
/// visible, or a later one.
fn visible_after_a_heavy_fence(stamp: &AtomicUsize) -> usize {
    // ORDERING: Acquire, pairs with the Release in `enter` and `leave`. Weakened:
    // `light::what_was_read_is_freed_after_the_end_of_the_read`.
    #[cfg(not(loom))]
    return stamp.load(Ordering::Acquire);
    // Every store from before the heavy fence is visible. loom would let a load miss one.
    #[cfg(loom)]
    return stamp.newest(Ordering::Acquire);
}

/// A light pin: a read that is under way.
pub(crate) struct LightGuard {
    record: &'static Record,
    /// Stays on its thread, as the record's `nested` is that thread's.
    not_send: PhantomData<*mut ()>,
}

impl LightGuard {
    #[inline(always)]
    fn new(record: &'static Record) -> Self {
        Self {
            record,
            not_send: PhantomData,
        }
    }
}

impl Deref for LightGuard {
    type Target = Protection;

    #[inline]
    fn deref(&self) -> &Protection {
        &Protection(())
    }
}

impl Drop for LightGuard {
    #[inline(always)]
    fn drop(&mut self) {
        self.record.leave();
    }
}

/// All records, and the generation.
pub(crate) struct Lights {
    /// The generation under which reads are announced. Not 0. On its own cache line: each
    /// read loads it, and only a grace period stores to it.
    generation: CachePadded<AtomicUsize>,
    /// The record made last, of a list that only grows.
    newest: AtomicPtr<Record>,
    /// About how many records have no owner. Below zero for a moment if a record that was
    /// given back is taken before it is counted.
    idle: AtomicIsize,
    /// How many records there are.
    records: AtomicUsize,
}

impl Lights {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            generation: CachePadded::new(AtomicUsize::new(1)),
            newest: AtomicPtr::new(ptr::null_mut()),
            idle: AtomicIsize::new(0),
            records: AtomicUsize::new(0),
        }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self {
            generation: CachePadded::new(AtomicUsize::new(1)),
            newest: AtomicPtr::new(ptr::null_mut()),
            idle: AtomicIsize::new(0),
            records: AtomicUsize::new(0),
        }
    }

    /// A record for the calling thread: one that was given back, or a new one. Never waits.
    pub(crate) fn record(&self) -> &'static Record {
        // ORDERING: Relaxed: a hint.
        let some_are_idle = self.idle.load(Ordering::Relaxed) > 0;
        let free = some_are_idle.then(|| self.all().find(|record| record.take()));
        let record = match free.flatten() {
            Some(record) => {
                // ORDERING: Relaxed: a hint.
                self.idle.fetch_sub(1, Ordering::Relaxed);
                record
            }
            None => self.add_record(),
        };
        // ORDERING: SeqCst, pairs with the fence in `begin` ("The first record", above): if
        // that finds no record, this thread's reads come after it. Weakened:
        // `light::a_thread_that_comes_while_there_is_no_record_finds_nothing_freed`.
        // Pairs with the fence in `all_given_back`, too.
        fence(Ordering::SeqCst);
        record
    }

    fn add_record(&self) -> &'static Record {
        // ORDERING: Relaxed: a number.
        self.records.fetch_add(1, Ordering::Relaxed);
        // ORDERING: Relaxed: a hint for the exchange below.
        let mut older = self.newest.load(Ordering::Relaxed);
        let record = Box::leak(Box::new(Record {
            stamp: AtomicUsize::new(0),
            nested: Cell::new(0),
            credit: AtomicI32::new(i32::MAX),
            taken: AtomicUsize::new(1),
            older,
        }));
        let record: *mut Record = record;
        loop {
            // ORDERING: AcqRel, pairs with the Acquire in `all`, and with itself: a thread
            // that finds a record finds it whole, and those before it. Weakened:
            // `light::two_threads_that_have_no_record_come_during_a_grace_period`. On
            // failure Relaxed: nothing is read then.
            let added =
                (self.newest).compare_exchange(older, record, Ordering::AcqRel, Ordering::Relaxed);
            match added {
                // SAFETY: leaked above: it lives for ever.
                Ok(_) => return unsafe { &*record },
                Err(newer) => older = newer,
            }
            // SAFETY: it is not in the list yet, so no other thread has it.
            unsafe { (*record).older = older };
        }
    }

    /// Gives the calling thread's record back: the thread ends, or light pins do.
    pub(crate) fn give_back(&self, record: &Record) {
        record.retire();
        // ORDERING: Relaxed: a hint. A record under which reads go on is counted, too: their
        // end has no access to this number.
        self.idle.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends every thread that has a record to the slow path, at its next read.
    #[cfg(not(loom))]
    pub(crate) fn take_credit_away(&self) {
        self.all().for_each(|record| record.credit(0));
    }

    /// How many records there are.
    #[cfg(not(loom))]
    pub(crate) fn records(&self) -> usize {
        // ORDERING: Relaxed: a number.
        self.records.load(Ordering::Relaxed)
    }

    /// About how many records have an owner.
    #[cfg(not(loom))]
    pub(crate) fn readers(&self) -> usize {
        // ORDERING: Relaxed: a number.
        let idle = self.idle.load(Ordering::Relaxed).max(0);
        self.records().saturating_sub(idle.unsigned_abs())
    }

    /// Begins a grace period, with a heavy fence. One thread at a time may call this, and
    /// only when the grace period before is over. The result is the generation. None: the
    /// system has refused the heavy fence.
    ///
    /// `mark` comes first: what it marks was unlinked before the grace period began.
    pub(crate) fn begin(
        &self,
        mark: impl FnOnce(),
        heavy_fence: impl FnOnce() -> bool,
    ) -> Option<usize> {
        mark();
        // ORDERING: Relaxed: only the thread that begins a grace period changes it. No
        // overflow: light pins are for words of 64 bits.
        let generation = self.generation.load(Ordering::Relaxed) + 1;
        // Before the heavy fence, so that few readers are in the way: a reader that comes
        // after the heavy fence sees the unlinking under any generation.
        //
        // ORDERING: Release, pairs with the Acquire in `enter`. Weakened:
        // `light::a_reader_of_the_new_generation_does_not_find_what_was_unlinked_before`.
        self.generation.store(generation, Ordering::Release);
        // ORDERING: SeqCst, pairs with the fence in `record`. Without it:
        // `light::a_thread_that_comes_while_there_is_no_record_finds_nothing_freed`.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed: after the fence.
        if self.newest.load(Ordering::Relaxed).is_null() {
            // The thread that adds the first record reads after the fence above.
            return Some(generation);
        }
        heavy_fence().then_some(generation)
    }

    /// Whether the grace period of `generation`, which began last, is over.
    pub(crate) fn is_over(&self, generation: usize) -> bool {
        self.all().all(|record| {
            let stamp = visible_after_a_heavy_fence(&record.stamp);
            stamp == 0 || stamp == generation
        })
    }

    /// Whether no thread has a record.
    #[cfg(not(loom))]
    pub(crate) fn all_given_back(&self) -> bool {
        // ORDERING: SeqCst, pairs with the fence in `record`: a thread that takes a record
        // and is not seen here finds that light pins are ending (`waiting.rs`).
        fence(Ordering::SeqCst);
        // ORDERING: Acquire, pairs with the Release in `give_back`.
        self.all()
            .all(|record| record.taken.load(Ordering::Acquire) == 0)
    }

    fn all(&self) -> impl Iterator<Item = &'static Record> {
        // ORDERING: Acquire, pairs with the AcqRel in `add_record`. Weakened:
        // `light::two_threads_that_have_no_record_come_during_a_grace_period`.
        let newest = self.newest.load(Ordering::Acquire).cast_const();
        // SAFETY: records live for ever.
        let first = unsafe { newest.as_ref() };
        // SAFETY: records live for ever.
        std::iter::successors(first, |record| unsafe { record.older.as_ref() })
    }
}

/// Frees the records at the end of a model's execution, whose threads have been joined.
#[cfg(loom)]
impl Drop for Lights {
    fn drop(&mut self) {
        let records: Vec<_> = self.all().map(ptr::from_ref).collect();
        for record in records {
            // SAFETY: leaked in `add_record`. No thread is left that uses it.
            drop(unsafe { Box::from_raw(record.cast_mut()) });
        }
    }
}
