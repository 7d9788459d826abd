//! A counting allocator: how many bytes are allocated and not yet freed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// More than the threads that ever live at once. Each slot has one writer at a time, so
/// counting needs no locked instruction and no slot is contended.
const SLOTS: usize = 256;

#[repr(align(128))]
struct Slot(AtomicI64);

static BYTES: [Slot; SLOTS] = [const { Slot(AtomicI64::new(0)) }; SLOTS];
static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: Cell<Option<usize>> = const { Cell::new(None) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes allocated now, by all threads together. Exact while no other thread runs.
pub(crate) fn live_bytes() -> i64 {
    let slots = BYTES.iter();
    slots.map(|slot| slot.0.load(Ordering::Relaxed)).sum()
}

fn count(bytes: i64) {
    let slot = &BYTES[OWN.get().unwrap_or_else(claim)].0;
    let before = slot.load(Ordering::Relaxed);
    slot.store(before + bytes, Ordering::Relaxed);
}

#[cold]
fn claim() -> usize {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The first slot is the main thread's, which outlives all others.
    let slot = match number {
        0 => 0,
        _ => 1 + number % (SLOTS - 1),
    };
    OWN.set(Some(slot));
    slot
}

fn size(layout: Layout) -> i64 {
    i64::try_from(layout.size()).expect("a layout's size fits in an isize")
}

// SAFETY: all memory comes from `System`, and goes back to it, unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as i64 - size(layout));
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, new_size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-size(layout));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}
