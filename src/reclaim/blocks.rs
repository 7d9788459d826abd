//! Small blocks of memory for values without a destructor, and how a thread reuses them.
//!
//! The queue of what has come due is one for all threads, and any thread that collects
//! empties it. That is right for a value with a destructor: it should not wait for a thread
//! that may never come again. But if one thread allocates memory and another thread frees
//! it, the two contend in the allocator. So small blocks without a destructor stay with the
//! thread that retired them. The queue only says when a batch of them is ripe. Then its
//! blocks hold the thread's next values. A thread keeps up to some 3,100 blocks of one
//! length, until it exits or flushes.

use std::alloc::{self, Layout};
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
pub(super) const BATCH: usize = 64;

/// Free blocks of one length that a thread keeps.
const FREE: usize = 16 * BATCH;

/// Batches that a thread keeps. If it has so many and the oldest is not ripe yet, some guard
/// is held for long. The thread does not wait for that: the oldest batch goes to the queue
/// of all threads.
const BATCHES: usize = 32;

/// How long a block is, in grains less one.
#[derive(Clone, Copy)]
pub(crate) struct Length(usize);

impl Length {
    /// The length of the block for a `T`. None: a `T` is too long, or has a destructor, or
    /// has no size and needs no block.
    pub(crate) const fn of<T>() -> Option<Self> {
        let grains = size_of::<T>().div_ceil(GRAIN);
        let fits = !needs_drop::<T>() && align_of::<T>() <= GRAIN;
        if fits && 0 < grains && grains <= LENGTHS {
            Some(Self(grains - 1))
        } else {
            None
        }
    }

    pub(super) fn layout(self) -> Layout {
        // SAFETY: the alignment is a power of two, and the size is far below the largest.
        unsafe { Layout::from_size_align_unchecked((self.0 + 1) * GRAIN, GRAIN) }
    }
}

/// A block that nobody uses, or that was retired.
pub(super) struct Block {
    pub(super) address: NonNull<u8>,
    pub(super) length: Length,
}

// SAFETY: it owns plain memory.
unsafe impl Send for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `allocate` made it with this layout, and nobody uses it any more.
        unsafe { alloc::dealloc(self.address.as_ptr(), self.length.layout()) };
    }
}

/// Blocks that were retired together.
struct Batch {
    blocks: Vec<Block>,
    /// Set when every guard is gone that was alive when the last of them was retired.
    ripe: Arc<AtomicBool>,
}

/// How many bytes the blocks have.
pub(super) fn bytes_of(blocks: &[Block]) -> usize {
    let bytes = blocks.iter().map(|block| block.length.layout().size());
    bytes.sum()
}

/// A batch has been sealed.
pub(super) struct Sealed<F> {
    /// Blocks to be given to all threads.
    pub(super) too_many: Vec<Block>,
    /// How many bytes the batch has.
    pub(super) bytes: usize,
    /// Says that the batch is ripe. To be called when every guard that is alive now is gone.
    pub(super) ripens: F,
}

/// What one thread has for its next values, and what it has retired.
#[derive(Default)]
pub(super) struct Blocks {
    free: [Vec<Block>; LENGTHS],
    filling: Vec<Block>,
    /// How many bytes these have.
    filling_bytes: usize,
    /// The oldest first.
    sealed: VecDeque<Batch>,
}

impl Blocks {
    #[inline]
    pub(super) fn take(&mut self, length: Length) -> Option<NonNull<u8>> {
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

    /// Takes a block that somebody may still be reading. True: that makes a batch, to be
    /// [sealed](Self::seal).
    #[inline]
    pub(super) fn retire(&mut self, block: Block) -> bool {
        if self.filling.capacity() == 0 {
            self.filling.reserve_exact(BATCH);
        }
        self.filling_bytes += block.length.layout().size();
        self.filling.push(block);
        self.filling.len() == BATCH
    }

    /// Takes a block that nobody uses.
    pub(super) fn reuse(&mut self, block: Block) {
        let free = &mut self.free[block.length.0];
        if free.len() < FREE {
            free.push(block);
        }
    }

    /// Makes the blocks of the oldest batch ready for use, if it is ripe.
    #[cold]
    fn reuse_ripe(&mut self) {
        // ORDERING: Acquire, pairs with the Release in `seal`: the last reads of the blocks
        // come before the blocks are used anew.
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

    /// Seals the batch.
    pub(super) fn seal(&mut self) -> Sealed<impl FnOnce() + use<>> {
        self.reuse_ripe();
        let bytes = mem::take(&mut self.filling_bytes);
        let mut too_many = Vec::new();
        if self.sealed.len() == BATCHES {
            if let Some(oldest) = self.sealed.pop_front() {
                too_many = oldest.blocks;
            }
        }
        let ripe = Arc::new(AtomicBool::new(false));
        self.sealed.push_back(Batch {
            blocks: mem::take(&mut self.filling),
            ripe: Arc::clone(&ripe),
        });
        // ORDERING: Release, pairs with the Acquire in `reuse_ripe`.
        let ripens = move || ripe.store(true, Ordering::Release);
        Sealed {
            too_many,
            bytes,
            ripens,
        }
    }

    /// Takes out what is retired, to be given to all threads, and frees what is free: the
    /// thread exits, or flushes. With each batch the result says whether it is sealed.
    pub(super) fn take_all(&mut self) -> Vec<(Vec<Block>, bool)> {
        let sealed = self.sealed.drain(..).map(|batch| (batch.blocks, true));
        let mut all: Vec<_> = sealed.collect();
        all.push((mem::take(&mut self.filling), false));
        self.filling_bytes = 0;
        self.give_free_back();
        all
    }

    /// Gives what is free back to the allocator.
    pub(super) fn give_free_back(&mut self) {
        self.free = Default::default();
    }
}
