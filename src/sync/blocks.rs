//! Small blocks of memory for values without a destructor, and the way they go
//! round.
//!
//! The epoch's queue is one for all threads, and whoever comes by empties it. For
//! what has a destructor that is right: it should not wait for a thread that may
//! never come again. But memory that one thread takes from the allocator and
//! another gives back makes the two wait for each other in there. So small blocks
//! without a destructor stay with the thread that retired them: the epoch only
//! says when a batch of them is ripe, and then its blocks hold the thread's next
//! values. A thread keeps up to some 3,100 blocks of one length, until it exits or
//! flushes.

use super::real::Guard;
use std::alloc::{self, Layout, handle_alloc_error};
use std::collections::VecDeque;
use std::mem::{self, needs_drop};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Every block is so many times this long, and aligned to it.
const GRAIN: usize = 16;

/// The lengths there are, in grains.
const LENGTHS: usize = 8;

/// Blocks that become ripe together.
const BATCH: usize = 64;

/// Free blocks of one length that a thread keeps.
const FREE: usize = 16 * BATCH;

/// Batches that a thread keeps. If the oldest of so many is not ripe yet, some
/// guard is held for long, and the thread does not wait for that: the batch goes
/// to the queue of all.
const BATCHES: usize = 32;

/// How long a block is, in grains less one.
#[derive(Clone, Copy)]
pub(crate) struct Length(usize);

impl Length {
    /// That of the block for a `T`. None: a `T` is too long, or has a destructor;
    /// or it takes no room, and needs no block.
    pub(crate) const fn of<T>() -> Option<Self> {
        let grains = size_of::<T>().div_ceil(GRAIN);
        let fits = !needs_drop::<T>() && align_of::<T>() <= GRAIN;
        if fits && 0 < grains && grains <= LENGTHS {
            Some(Self(grains - 1))
        } else {
            None
        }
    }

    fn layout(self) -> Layout {
        // SAFETY: a power of two, and far from the largest size.
        unsafe { Layout::from_size_align_unchecked((self.0 + 1) * GRAIN, GRAIN) }
    }
}

/// A block that nobody uses, or soon nobody will.
struct Block {
    address: NonNull<u8>,
    length: Length,
}

// SAFETY: it owns plain memory.
unsafe impl Send for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `allocate` made it with this layout.
        unsafe { alloc::dealloc(self.address.as_ptr(), self.length.layout()) };
    }
}

/// Blocks that were retired together.
struct Batch {
    blocks: Vec<Block>,
    /// Set when no guard is left that was alive when the last of them was
    /// retired.
    ripe: Arc<AtomicBool>,
}

/// What one thread has for its next values, and what it has retired.
#[derive(Default)]
pub(super) struct Blocks {
    free: [Vec<Block>; LENGTHS],
    filling: Vec<Block>,
    /// The oldest first.
    sealed: VecDeque<Batch>,
}

impl Blocks {
    #[inline]
    fn take(&mut self, length: Length) -> Option<NonNull<u8>> {
        let block = match self.free[length.0].pop() {
            Some(block) => block,
            None => {
                self.reuse_ripe();
                self.free[length.0].pop()?
            }
        };
        let address = block.address;
        mem::forget(block);
        Some(address)
    }

    /// Takes a block that somebody may still be reading.
    #[inline]
    fn retire(&mut self, block: Block, guard: &Guard) {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(BATCH);
        }
        self.filling.push(block);
        if self.filling.len() == BATCH {
            self.seal(guard);
        }
    }

    /// Takes a block that nobody uses.
    fn reuse(&mut self, block: Block) {
        let free = &mut self.free[block.length.0];
        if free.len() < FREE {
            free.push(block);
        }
    }

    /// Makes the blocks of the oldest batch ready for use, if it is ripe.
    #[cold]
    fn reuse_ripe(&mut self) {
        // ORDERING: Acquire, pairs with the Release in `seal`: what the readers
        // that have gone did with the blocks comes before they are used anew.
        let ripe = |oldest: &Batch| oldest.ripe.load(Ordering::Acquire);
        if !self.sealed.front().is_some_and(ripe) {
            return;
        }
        if let Some(mut oldest) = self.sealed.pop_front() {
            for block in oldest.blocks.drain(..) {
                self.reuse(block);
            }
            if self.filling.capacity() == 0 {
                self.filling = oldest.blocks;
            }
        }
    }

    fn seal(&mut self, guard: &Guard) {
        self.reuse_ripe();
        if self.sealed.len() == BATCHES {
            if let Some(oldest) = self.sealed.pop_front() {
                give_to_all(oldest.blocks, guard);
            }
        }
        let ripe = Arc::new(AtomicBool::new(false));
        self.sealed.push_back(Batch {
            blocks: mem::take(&mut self.filling),
            ripe: Arc::clone(&ripe),
        });
        // ORDERING: Release, pairs with the Acquire in `reuse_ripe`.
        let ripens = move || ripe.store(true, Ordering::Release);
        // SAFETY: it owns what it captures, and that can be sent. It runs nothing of
        // the user's.
        unsafe { guard.defer_free(BATCH, 0, ripens) };
    }

    /// Gives what is retired to the queue of all, and what is free back: the thread
    /// exits, or is in a hurry.
    pub(super) fn give_all_to_all(&mut self, guard: &Guard) {
        for batch in self.sealed.drain(..) {
            give_to_all(batch.blocks, guard);
        }
        give_to_all(mem::take(&mut self.filling), guard);
        self.give_free_back();
    }

    /// Gives what is free back.
    pub(super) fn give_free_back(&mut self) {
        self.free = Default::default();
    }
}

/// Lets any thread give the blocks back, once no guard that is alive now is left.
fn give_to_all(blocks: Vec<Block>, guard: &Guard) {
    if !blocks.is_empty() {
        // SAFETY: it owns what it captures, and that can be sent. Blocks have no
        // destructor.
        unsafe { guard.defer_free(1, 0, move || drop(blocks)) };
    }
}

/// A block of that length, for the caller to fill.
#[inline]
pub(crate) fn allocate(length: Length) -> NonNull<u8> {
    let reused = super::thread::with_blocks(|blocks| blocks.take(length)).flatten();
    reused.unwrap_or_else(|| {
        // SAFETY: the length is not zero.
        let address = unsafe { alloc::alloc(length.layout()) };
        NonNull::new(address).unwrap_or_else(|| handle_alloc_error(length.layout()))
    })
}

/// Takes back a block that nobody uses.
///
/// # Safety
///
/// It came from [`allocate`], with that length, and this is the only call.
pub(crate) unsafe fn give_back(address: NonNull<u8>, length: Length) {
    let block = Block { address, length };
    super::thread::with_blocks(move |blocks| blocks.reuse(block));
}

/// Takes back a block that may be in use under guards that are alive now.
///
/// # Safety
///
/// As for [`give_back`]; and nobody can come to use it any more.
#[inline]
pub(crate) unsafe fn retire(address: NonNull<u8>, length: Length, guard: &Guard) {
    let mut block = Some(Block { address, length });
    super::thread::with_blocks(|blocks| {
        if let Some(block) = block.take() {
            blocks.retire(block, guard);
        }
    });
    if let Some(block) = block {
        give_to_all(vec![block], guard);
    }
}
