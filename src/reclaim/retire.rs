//! How something is retired under a guard: it goes into this thread's bag. The memory of a
//! small value goes to this thread's blocks.

use super::bag::{Amount, Bag, Deferred};
use super::blocks::{BATCH, Block, Blocks, Length, bytes_of};
use super::due;
use super::guard::Guard;
use super::thread::{with_bag, with_blocks};
use std::alloc::{self, handle_alloc_error};
use std::ptr::NonNull;

impl Guard {
    /// Drops `objects` objects of the user's, of so many `bytes`, by a call of `free`. Some
    /// thread makes that call at the end of a public call, when every guard that is alive
    /// now is gone.
    ///
    /// A panic in `free` goes no further than the panic hook: the thread that calls `free`
    /// has nothing to do with it.
    ///
    /// # Safety
    ///
    /// `free` may run on another thread and at any later time: what it captures
    /// must be sendable and must not borrow anything that ends before.
    #[inline]
    pub(crate) unsafe fn defer_drop(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.defer(objects, Amount { objects, bytes }, free) };
        due::retired(objects, bytes);
    }

    /// Puts a function into this thread's bag.
    ///
    /// # Safety
    ///
    /// As for [`defer_drop`](Self::defer_drop).
    #[inline]
    unsafe fn defer(&self, objects: usize, amount: Amount, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        let function = unsafe { Deferred::new(free) };
        let mut function = Some(function);
        let full = with_bag(|bag| bag.add(function.take()?, objects, amount)).flatten();
        if let Some(full) = full {
            self.hand_over(full);
        }
        if let Some(function) = function {
            self.hand_over(Bag::of(function, objects, amount));
        }
    }

    /// Gives memory back by a call of `free`, when every guard that is alive now is gone.
    /// It counts for so many objects and bytes.
    ///
    /// # Safety
    ///
    /// As for [`defer_drop`](Self::defer_drop).
    #[inline]
    pub(crate) unsafe fn defer_free(&self, objects: usize, bytes: usize, free: impl FnOnce()) {
        // SAFETY: our caller promised that what `free` captures can be sent and does not end
        // before.
        unsafe { self.defer(0, Amount { objects, bytes }, free) };
        due::retired(objects, bytes);
    }
}

/// Lets any thread free the blocks, when every guard that is alive now is gone. `is_counted`:
/// the function that waits until they are ripe counts for them.
pub(super) fn give_to_all(blocks: Vec<Block>, is_counted: bool, guard: &Guard) {
    if blocks.is_empty() {
        return;
    }
    let mut amount = Amount::default();
    if !is_counted {
        amount.objects = blocks.len();
        amount.bytes = bytes_of(&blocks);
    }
    // SAFETY: the function owns what it captures, and that can be sent. The drop of a block
    // runs nothing of the user's.
    unsafe { guard.defer(0, amount, move || drop(blocks)) };
    due::retired(1, 0);
}

/// A block of that length, for the caller to fill.
#[inline]
pub(crate) fn allocate(length: Length) -> NonNull<u8> {
    let reused = with_blocks(|blocks| blocks.take(length)).flatten();
    reused.unwrap_or_else(|| {
        // SAFETY: the length is not zero.
        let address = unsafe { alloc::alloc(length.layout()) };
        NonNull::new(address).unwrap_or_else(|| handle_alloc_error(length.layout()))
    })
}

/// Takes a block back that nobody uses.
///
/// # Safety
///
/// It came from [`allocate`], with that length, and this is the only call.
pub(crate) unsafe fn give_back(address: NonNull<u8>, length: Length) {
    let block = Block { address, length };
    with_blocks(move |blocks| blocks.reuse(block));
}

/// Takes a block back that may be in use under guards that are alive now.
///
/// # Safety
///
/// As for [`give_back`]; and no thread can begin to use it any more.
#[inline]
pub(crate) unsafe fn retire(address: NonNull<u8>, length: Length, guard: &Guard) {
    let mut block = Some(Block { address, length });
    let is_batch = with_blocks(|blocks| Some(blocks.retire(block.take()?))).flatten();
    if is_batch == Some(true) {
        seal(guard);
    }
    if let Some(block) = block {
        give_to_all(vec![block], false, guard);
    }
}

/// Seals the batch that this thread has filled.
#[cold]
fn seal(guard: &Guard) {
    if let Some(sealed) = with_blocks(Blocks::seal) {
        give_to_all(sealed.too_many, true, guard);
        // SAFETY: the function owns what it captures, and that can be sent. It runs nothing
        // of the user's.
        unsafe { guard.defer_free(BATCH, sealed.bytes, sealed.ripens) };
    }
}
