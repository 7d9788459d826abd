//! The system's allocator, which ends the process where a block comes back with
//! another layout than it went out with, or a second time, and which leaves its
//! mark in blocks that are free.

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::abort;
use std::ptr;

struct Strict;

/// Stands in front of each block.
#[repr(C)]
struct Header {
    size: usize,
    align: usize,
    state: u64,
}

const IN_USE: u64 = 0x1111_2222_3333_4444;
const FREE: u64 = 0xDEAD_DEAD_DEAD_DEAD;

/// Each byte of a block that is free, and of one that nobody has written to yet.
const FREE_BYTE: u8 = 0xDD;
const NEW_BYTE: u8 = 0xCC;

/// How far the block is from the beginning of what the system gave, and the layout
/// of that.
fn widened(layout: Layout) -> (usize, Layout) {
    let align = layout.align().max(align_of::<Header>());
    let offset = size_of::<Header>().next_multiple_of(align);
    match Layout::from_size_align(offset + layout.size(), align) {
        Ok(whole) => (offset, whole),
        Err(_) => abort(),
    }
}

/// The header of a block.
///
/// # Safety
///
/// The block came from [`Strict`].
unsafe fn header(block: *mut u8) -> *mut Header {
    // SAFETY: our caller's word: there is room for one in front of it.
    unsafe { block.sub(size_of::<Header>()) }.cast()
}

// SAFETY: each block is part of one of the system's, behind room for a header.
unsafe impl GlobalAlloc for Strict {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (offset, whole) = widened(layout);
        // SAFETY: its size is not zero.
        let start = unsafe { System.alloc(whole) };
        if start.is_null() {
            return start;
        }
        // SAFETY: as long as what was just allocated.
        unsafe { ptr::write_bytes(start, NEW_BYTE, whole.size()) };
        // SAFETY: inside of it.
        let block = unsafe { start.add(offset) };
        let (size, align, state) = (layout.size(), layout.align(), IN_USE);
        // SAFETY: the block is ours.
        let header = unsafe { header(block) };
        // SAFETY: in front of the block, and aligned, as both its size and the
        // block's address are multiples of its alignment.
        unsafe { header.write(Header { size, align, state }) };
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: our caller's word.
        let header = unsafe { header(block) };
        // SAFETY: as in `alloc`.
        let Header { size, align, state } = unsafe { header.read() };
        if (size, align, state) != (layout.size(), layout.align(), IN_USE) {
            // Not a panic: this may be anywhere.
            eprintln!("{layout:?} comes back, which was {size}, {align}, {state:x}");
            abort();
        }
        // SAFETY: ours again.
        unsafe { (*header).state = FREE };
        // SAFETY: as above.
        unsafe { ptr::write_bytes(block, FREE_BYTE, size) };
        let (offset, whole) = widened(layout);
        // SAFETY: where the system's block begins.
        let start = unsafe { block.sub(offset) };
        // SAFETY: it was allocated with this layout.
        unsafe { System.dealloc(start, whole) };
    }
}

#[global_allocator]
static ALLOCATOR: Strict = Strict;
