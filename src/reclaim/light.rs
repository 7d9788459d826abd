//! Light pins: a read that announces itself by a plain store, without a fence.
//!
//! # Problem
//!
//! Who pins says "I read from now on", and then reads. Who frees looks whether anybody
//! reads. Between the reader's store and its first load there has to be a fence: without
//! one the processor may load first, and then who frees does not see the reader, and the
//! reader does not see what was unlinked. That fence is most of what a pin costs, and
//! readers pay it at each call.
//!
//! # Idea
//!
//! Who frees pays it for all: a *heavy fence* (`membarrier(2)`) makes every thread of the
//! process execute a fence within the call. A reader is then on one of two sides. Its
//! store came before its fence: who frees sees it. Or its loads come after its fence:
//! they see what was unlinked before.
//!
//! # Protocol
//!
//! Each thread has a [`Record`] with a *stamp*; 0 says that it does not read. There is one
//! *generation*, which goes up by one with each grace period.
//!
//! - *Reader*: load the generation (Acquire); store it as the stamp (Release); a fence for
//!   the compiler alone; read. At the end store 0 (Release).
//! - *Grace period*: store the next generation (Release); heavy fence; load every stamp
//!   (Acquire). It is over when each of them has been seen to be 0 or the new generation.
//!   Who finds another stamp looks again later: nobody waits.
//!
//! What was unlinked before the grace period began can be freed when it is over.
//!
//! # Argument
//!
//! Let a reader have found X, which was unlinked before the grace period began. So its
//! load of the address came before its fence: else it would have seen the unlinking. Its
//! stamp was stored before that load in program order, and so before its fence too: every
//! load of that stamp after the heavy fence finds it, or a later one. What it finds is not
//! the new generation: who has loaded that sees what came before its store, the unlinking
//! of X among it. So the grace period is not over before the reader has stored 0, or a
//! later stamp; and that store carries the reader's last look at X (Release, Acquire).
//!
//! Reads within a read have no stamp of their own: a count says how many there are. The
//! stamp stays that of the first until the last has ended, in any order.

use super::protection::Protection;
use crate::sync::bare::{Cell, fence};
use crate::sync::uncounted::{AtomicIsize, AtomicPtr, AtomicUsize};
use crate::sync::{CachePadded, Ordering};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicI32, compiler_fence};

/// What one thread announces. Lives for ever, and is used by one thread after the other.
/// On cache lines of its own: its owner writes it in each read.
#[repr(align(128))]
pub(crate) struct Record {
    /// The generation under which its owner reads; 0: it does not.
    stamp: AtomicUsize,
    /// Reads within the first one; and [`ORPHAN`]. The owner's alone.
    nested: Cell<usize>,
    /// After so many reads the owner takes the long way once, and looks after what is
    /// waiting. Who ends light pins takes it away.
    credit: AtomicI32,
    /// Whether it has an owner: 1, or 0.
    taken: AtomicUsize,
    /// The record that was made before it. Never changes.
    older: *const Record,
}

// SAFETY: `nested` is used by the owner alone: who set `taken` from 0 to 1.
unsafe impl Sync for Record {}

/// A bit of `nested`: the owner has ended, and left reads behind. The last of them gives
/// the record back.
const ORPHAN: usize = 1 << (usize::BITS - 1);

/// The stamp of a record that nobody owns, and under which nobody reads.
const NOBODY: usize = usize::MAX;

impl Record {
    /// A record for threads that have none: it can't be entered, and never lacks credit.
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
        // ORDERING: Relaxed: our own store, or a constant.
        if self.stamp.load(Ordering::Relaxed) != 0 {
            return None;
        }
        // ORDERING: Relaxed: a number. If somebody takes it away in between, that is lost,
        // and done again.
        let left = self.credit.load(Ordering::Relaxed) - 1;
        if left < 0 {
            return None;
        }
        // ORDERING: Relaxed, as above.
        self.credit.store(left, Ordering::Relaxed);
        // ORDERING: Acquire, pairs with the Release in `begin`: who reads under a
        // generation sees what had been unlinked before it. Weakened:
        // `light::a_reader_of_the_new_generation_does_not_find_what_was_unlinked_before`.
        let generation = lights.generation.load(Ordering::Acquire);
        // ORDERING: Release, pairs with the Acquire in `is_over`, which may find this stamp
        // in the place of the 0 before it: the reads before this one have ended. Weakened:
        // `light::a_stamp_carries_the_end_of_the_read_before_it`.
        self.stamp.store(generation, Ordering::Release);
        light_fence();
        Some(LightGuard::new(self))
    }

    /// Begins a read within another one of this thread. None: there is none.
    pub(crate) fn enter_again(&'static self) -> Option<LightGuard> {
        // ORDERING: Relaxed: our own store, or a constant.
        let stamp = self.stamp.load(Ordering::Relaxed);
        if stamp == 0 || stamp == NOBODY {
            return None;
        }
        // No overflow: also where each is forgotten it would take a century.
        self.nested.set(self.nested.get() + 1);
        Some(LightGuard::new(self))
    }

    #[inline(always)]
    fn leave(&self) {
        if self.nested.get() != 0 {
            self.leave_one_of_several();
        } else {
            // ORDERING: Release, pairs with the Acquire in `is_over`: what was read is
            // freed after that. Weakened:
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

    /// The owner ends, or does without from now on. Reads of its own may go on: they are
    /// dropped after that, or never.
    fn retire(&self) {
        // ORDERING: Relaxed: our own store.
        if self.stamp.load(Ordering::Relaxed) != 0 {
            self.nested.set(self.nested.get() | ORPHAN);
        } else {
            self.give_back();
        }
    }

    fn give_back(&self) {
        // ORDERING: Release, pairs with the Acquire in `take` (what the owner did to
        // `nested` comes before the next one uses it) and in `all_given_back` (its reads
        // have ended). Weakened: `light::a_record_that_was_given_back_is_used_again`.
        self.taken.store(0, Ordering::Release);
    }

    /// Makes the calling thread its owner. False: it has one.
    fn take(&self) -> bool {
        // ORDERING: Relaxed: a look, which leaves the line with its reader.
        if self.taken.load(Ordering::Relaxed) != 0 {
            return false;
        }
        // ORDERING: Acquire, pairs with `give_back`. No model fails without it, as the fence
        // in `record` does the same. On failure Relaxed: nothing is looked at then.
        let taken = (self.taken).compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_ok() {
            // The last owner may have left a mark there.
            self.nested.set(0);
        }
        taken.is_ok()
    }
}

/// Keeps the compiler from moving loads to before the announcement. The processor may:
/// that is what the heavy fence is for.
#[inline(always)]
fn light_fence() {
    compiler_fence(Ordering::SeqCst);
}

/// The stamp, after a heavy fence that began after a read of interest did.
fn visible_after_a_heavy_fence(stamp: &AtomicUsize) -> usize {
    // ORDERING: Acquire, pairs with the Release in `enter` and `leave`. Weakened:
    // `light::what_was_read_is_freed_after_the_end_of_the_read`.
    #[cfg(not(loom))]
    return stamp.load(Ordering::Acquire);
    // Every store from before that fence is visible. loom would let a load miss it.
    #[cfg(loom)]
    return stamp.newest(Ordering::Acquire);
}

/// A light pin: a read that is under way.
pub(crate) struct LightGuard {
    record: &'static Record,
    /// It belongs to its thread, as the record's cell does.
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
    /// Under which reads are announced from now on. Not 0. Its line is written once a
    /// grace period, and read in each read.
    generation: CachePadded<AtomicUsize>,
    /// The record made last, of a list that only grows.
    newest: AtomicPtr<Record>,
    /// About how many records have no owner. Below zero for a moment, where a record is
    /// taken before it is counted.
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

    /// A record for the calling thread: one that was given back, or a new one. Waits for
    /// nobody.
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
        // ORDERING: SeqCst, pairs with the fence in `begin`: if that finds no record,
        // this thread's reads come after it. Weakened:
        // `light::a_thread_that_comes_while_there_is_no_record_finds_nothing_freed`.
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
            // ORDERING: AcqRel, pairs with the Acquire in `all`, and with itself: who
            // finds a record finds those before it whole. Weakened:
            // `light::two_threads_that_have_no_record_come_during_a_grace_period`. On
            // failure Relaxed: nothing is looked at.
            let added =
                (self.newest).compare_exchange(older, record, Ordering::AcqRel, Ordering::Relaxed);
            match added {
                // SAFETY: leaked above.
                Ok(_) => return unsafe { &*record },
                Err(newer) => older = newer,
            }
            // SAFETY: not in the list yet, so nobody else has it.
            unsafe { (*record).older = older };
        }
    }

    /// Gives the calling thread's record back, at its end.
    pub(crate) fn give_back(&self, record: &Record) {
        record.retire();
        // ORDERING: Relaxed: a hint. A record that is still read under is counted, too:
        // nobody else could count it later.
        self.idle.fetch_add(1, Ordering::Relaxed);
    }

    /// Sends every thread with a record the long way.
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

    /// About how many of them have an owner.
    #[cfg(not(loom))]
    pub(crate) fn readers(&self) -> usize {
        // ORDERING: Relaxed: a number.
        let idle = self.idle.load(Ordering::Relaxed).max(0);
        self.records().saturating_sub(idle.unsigned_abs())
    }

    /// Begins a grace period, with a heavy fence. One thread at a time, and when the one
    /// before is over. Its generation, or none: the system has refused the fence.
    ///
    /// `mark` comes first: what it marks was unlinked before the grace period began.
    pub(crate) fn begin(
        &self,
        mark: impl FnOnce(),
        heavy_fence: impl FnOnce() -> bool,
    ) -> Option<usize> {
        mark();
        // ORDERING: Relaxed: only we change it. No overflow: light pins are for
        // words of 64 bits.
        let generation = self.generation.load(Ordering::Relaxed) + 1;
        // Before the heavy fence, so that few readers are waited for: those that come after
        // the fence see the unlinking under any generation.
        //
        // ORDERING: Release, pairs with the Acquire in `enter`. Weakened: the model named
        // there.
        self.generation.store(generation, Ordering::Release);
        // ORDERING: SeqCst, pairs with the fence in `record`. Without it: the model named
        // there.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed: after the fence.
        if self.newest.load(Ordering::Relaxed).is_null() {
            // Who makes the first record comes after us.
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
        // ORDERING: SeqCst, pairs with the fence in `record`: who takes one and is not
        // seen here finds that light pins have ended.
        fence(Ordering::SeqCst);
        // ORDERING: Acquire, pairs with `give_back`.
        self.all()
            .all(|record| record.taken.load(Ordering::Acquire) == 0)
    }

    fn all(&self) -> impl Iterator<Item = &'static Record> {
        // ORDERING: Acquire, pairs with the AcqRel in `add_record`. Weakened: the model
        // named there.
        let newest = self.newest.load(Ordering::Acquire).cast_const();
        // SAFETY: records live for ever.
        let first = unsafe { newest.as_ref() };
        // SAFETY: as above.
        std::iter::successors(first, |record| unsafe { record.older.as_ref() })
    }
}

/// An execution of a model has ended: its threads have been joined.
#[cfg(loom)]
impl Drop for Lights {
    fn drop(&mut self) {
        let records: Vec<_> = self.all().map(ptr::from_ref).collect();
        for record in records {
            // SAFETY: leaked in `add_record`; nobody is left that uses it.
            drop(unsafe { Box::from_raw(record.cast_mut()) });
        }
    }
}
