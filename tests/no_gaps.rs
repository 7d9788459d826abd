//! An allocator without headers may put one block right behind another. A value
//! that takes no room then stands at the address where the next block begins.

#![cfg(not(loom))]

use readmostly::SyncMap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Serves this thread, when it asks for it, from an arena without gaps, and counts
/// what comes back there.
struct NoGaps;

thread_local! {
    static FROM_ARENA: Cell<bool> = const { Cell::new(false) };
}

const ARENA: usize = 1 << 16;

static BEGIN: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static FREED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the arena's blocks are aligned, apart, and never given out twice; all
// others are the system's.
unsafe impl GlobalAlloc for NoGaps {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if FROM_ARENA.try_with(Cell::get).unwrap_or(false) && layout.align() <= 16 {
            let size = layout.size().next_multiple_of(16);
            let at = NEXT.fetch_add(size, Ordering::Relaxed);
            assert!(at + size <= BEGIN.load(Ordering::Relaxed) + ARENA);
            return std::ptr::with_exposed_provenance_mut(at);
        }
        // SAFETY: our caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let begin = BEGIN.load(Ordering::Relaxed);
        if (begin..begin + ARENA).contains(&block.addr()) {
            FREED.fetch_add(1, Ordering::Relaxed);
        } else {
            // SAFETY: our caller's word.
            unsafe { System.dealloc(block, layout) };
        }
    }
}

#[global_allocator]
static ALLOCATOR: NoGaps = NoGaps;

/// A failure here is an entry that was freed while the map has it.
#[test]
fn a_value_without_size_is_not_taken_for_what_lies_behind_its_entry() {
    let layout = Layout::from_size_align(ARENA, 4096).expect("a layout");
    // SAFETY: its size is not zero.
    let arena = unsafe { System.alloc(layout) }.expose_provenance();
    NEXT.store(arena, Ordering::Relaxed);
    BEGIN.store(arena, Ordering::Relaxed);

    // A key that fills its entry to the end.
    let set: SyncMap<[u64; 2], ()> = SyncMap::new();
    set.insert([0, 0], ());
    set.compact();
    FROM_ARENA.set(true);
    set.insert([1, 1], ());
    set.insert([1, 1], ());
    FROM_ARENA.set(false);
    set.compact();
    // What the crate has taken for itself comes back now.
    while !set.flush() {}
    let freed = FREED.load(Ordering::Relaxed);
    set.remove(&[1, 1]);
    while !set.flush() {}

    assert_eq!(
        FREED.load(Ordering::Relaxed),
        freed,
        "freed while in a table"
    );
    assert!(set.insert([1, 1], ()).is_none());
    assert!(set.contains_key(&[1, 1]));
}
