//! Nothing that can be reached is freed: under an allocator that keeps what is
//! freed, writes over it, and knows what it gave out.
//!
//! So a use after a free does not depend on luck to be found, and neither does a
//! block that is freed twice, or at an address that is none.
#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;

use alone::alone;
use readmostly::SyncMap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hash::BuildHasher;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// The system's allocator, with a word before each block that says what it is.
struct Keeping;

/// Of a block that is in use, and of one that was freed.
const LIVE: usize = 0x6c69_7665;
const FREED: usize = 0x6672_6565;

/// What is written over what is freed. As a state of a snapshot it says that this
/// is the current one; as an address it is none.
const WIPED: u8 = 0xfe;

/// Frees of what is not a block in use.
static WRONG: AtomicUsize = AtomicUsize::new(0);

/// Blocks that are.
static IN_USE: AtomicUsize = AtomicUsize::new(0);

/// How far before a block its word stands: that much is asked for in addition.
fn before(layout: Layout) -> usize {
    layout.align().max(size_of::<usize>())
}

fn enlarged(layout: Layout) -> Option<Layout> {
    let align = layout.align().max(align_of::<usize>());
    Layout::from_size_align(layout.size() + before(layout), align).ok()
}

fn word(block: *mut u8) -> *mut usize {
    block.cast::<usize>().wrapping_sub(1)
}

// SAFETY: blocks are the system's, longer by what stands before each, and are
// never given back. `realloc` and `alloc_zeroed` come by here, as is their
// default.
unsafe impl GlobalAlloc for Keeping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(enlarged) = enlarged(layout) else {
            return ptr::null_mut();
        };
        // SAFETY: its size is not zero.
        let whole = unsafe { System.alloc(enlarged) };
        if whole.is_null() {
            return whole;
        }
        let block = whole.wrapping_add(before(layout));
        // SAFETY: there is room for it, and it is aligned, as the block is.
        unsafe { word(block).write(LIVE) };
        IN_USE.fetch_add(1, Ordering::Relaxed);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: it stands before the block; or, if this is none, before some
        // address inside of one, which may not be aligned.
        let was = unsafe { word(block).read_unaligned() };
        if was != LIVE {
            WRONG.fetch_add(1, Ordering::Relaxed);
            return;
        }
        IN_USE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: as in `alloc`.
        unsafe { word(block).write(FREED) };
        // SAFETY: nobody uses it any more, they say.
        unsafe { block.write_bytes(WIPED, layout.size()) };
    }
}

#[global_allocator]
static ALLOCATOR: Keeping = Keeping;

fn free_all<K, V, S: BuildHasher>(map: &SyncMap<K, V, S>) {
    while !map.flush() {
        thread::yield_now();
    }
}

/// On a thread of its own, which then exits.
fn elsewhere(work: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(work).join()).unwrap();
}

fn nothing_was_freed_that_was_not_in_use() {
    assert_eq!(WRONG.load(Ordering::Relaxed), 0, "freed twice, or no block");
}

/// The memory of an entry is that of its first value, too: the second of the two
/// to go frees it.
#[test]
fn an_entry_outlives_its_first_value_and_a_first_value_its_entry() {
    let _alone = alone();
    let map = SyncMap::from([(1, String::from("first"))]);
    map.compact();
    map.insert(1, String::from("second"));
    free_all(&map);
    assert_eq!(map.get(&1).as_deref().map(String::as_str), Some("second"));

    map.insert(2, String::from("first of another"));
    map.compact();
    let held = map.get(&2).unwrap();
    map.clear();
    assert!(!map.flush());
    assert_eq!((*held.key(), held.as_str()), (2, "first of another"));
    drop(held);
    free_all(&map);
    nothing_was_freed_that_was_not_in_use();
}

/// A value that knows whether it is one.
struct Whole(u64);

const WHOLE: u64 = 0x7768_6f6c_6521;

impl Drop for Whole {
    fn drop(&mut self) {
        WRONG.fetch_add(usize::from(self.0 != WHOLE), Ordering::Relaxed);
    }
}

/// A map that is dropped frees its entries at once; a first value that was
/// overwritten has to wait.
#[test]
fn an_overwritten_first_value_outlives_its_map() {
    let _alone = alone();
    let map = SyncMap::from([(1, Whole(WHOLE))]);
    map.insert(1, Whole(WHOLE));
    drop(map);
    free_all(&SyncMap::from([(1, 1)]));
    nothing_was_freed_that_was_not_in_use();
}

#[test]
fn the_memory_of_entries_is_freed_in_the_end() {
    const ENTRIES: u64 = 1_000;
    let _alone = alone();
    let ways: [fn(SyncMap<u64, u64>); 4] = [
        drop,
        |map| map.clear(),
        |map| {
            map.retain(|_, _| false);
            map.compact();
        },
        |mut map| {
            map.extend((0..ENTRIES).map(|n| (n, 1)));
            map.clear();
        },
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let in_use = IN_USE.load(Ordering::Relaxed);
        way((0..ENTRIES).map(|n| (n, 0)).collect());
        free_all(&SyncMap::from([(1, 1)]));
        let left = IN_USE.load(Ordering::Relaxed).saturating_sub(in_use);
        assert!(left < 200, "{index}: {left} blocks are left");
    }
    nothing_was_freed_that_was_not_in_use();
}

/// Values without a destructor stand in blocks, but for the first.
#[test]
fn a_first_value_is_no_block_and_a_block_no_first_value() {
    let _alone = alone();
    let map = SyncMap::from([(1, 10_u64), (2, 20)]);
    map.compact();
    for n in 0..1_000 {
        map.insert(1, n);
        assert_eq!(map.get(&1).as_deref(), Some(&n));
    }
    map.remove(&2);
    map.compact();
    free_all(&map);
    assert_eq!(map.get(&1).as_deref(), Some(&999));
    drop(map);
    nothing_was_freed_that_was_not_in_use();
}

/// A table is kept for who looks into it, though another one is published.
#[test]
fn an_iteration_keeps_the_table_it_began_with() {
    const KEYS: u32 = 1_000;
    let _alone = alone();
    let map: SyncMap<u32, u32> = (0..KEYS).map(|n| (n, n)).collect();
    map.compact();
    let pinned = map.pin();
    let mut pairs = pinned.iter();
    let mut seen: Vec<_> = pairs.by_ref().take(1).collect();
    elsewhere(|| {
        map.insert(KEYS, KEYS);
        map.compact();
        assert!(!map.flush());
    });
    seen.extend(pairs);
    seen.sort_unstable();
    let seen = seen.into_iter().map(|(key, value)| (*key, *value));
    assert!(seen.eq((0..KEYS).map(|n| (n, n))));
    nothing_was_freed_that_was_not_in_use();
}

/// A block that somebody reads is not put to use anew by the thread that has
/// overwritten it.
#[test]
fn an_overwritten_block_is_not_used_anew_while_it_is_read() {
    let _alone = alone();
    let map = SyncMap::from([(1, 0_u64)]);
    map.compact();
    map.insert(1, 1);
    let held = map.get(&1).unwrap();
    elsewhere(|| (2..2_000).for_each(|n| drop(map.insert(1, n))));
    assert_eq!(*held, 1);
    nothing_was_freed_that_was_not_in_use();
}

/// Nor is it because an older one may be. In order of time:
///
/// 1. A guard keeps the epoch from moving on by more than one.
/// 2. The writer retires a batch of blocks, and the epoch moves on by one.
/// 3. This thread reads a value, under a guard that is alive to the end.
/// 4. The writer retires the next batch, which has that value.
/// 5. The guard of step 1 goes, and the epoch moves on by one: the first batch is ripe,
///    and the second is not.
/// 6. The writer needs blocks.
///
/// A thread's first pin moves the epoch, and its 129th: so those of steps 1 and 2 are
/// others.
#[test]
fn a_batch_of_blocks_is_not_used_anew_because_an_older_one_is() {
    const BATCH: u64 = 64;
    let _alone = alone();
    let map = &SyncMap::from([(1, 0_u64)]);
    map.compact();
    // The first value stands in its entry, and is no block.
    map.insert(1, 1);

    let (ask, asked) = mpsc::channel();
    let (say, written) = mpsc::channel();
    let (say_pinned, pinned) = mpsc::channel();
    let (unpin, may_unpin) = mpsc::channel::<()>();
    let (say_unpinned, unpinned) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for values in asked {
                let before = IN_USE.load(Ordering::Relaxed);
                for value in values {
                    map.insert(1, value);
                }
                let after = IN_USE.load(Ordering::Relaxed);
                say.send(after.saturating_sub(before)).unwrap();
            }
        });
        let new_blocks_for = |values: Range<u64>| {
            ask.send(values).unwrap();
            written.recv().unwrap()
        };
        new_blocks_for(2..3);
        free_all(map);
        scope.spawn(move || {
            drop(map.pin());
            let held = map.pin();
            say_pinned.send(()).unwrap();
            may_unpin.recv().unwrap();
            drop(held);
            say_unpinned.send(()).unwrap();
        });
        pinned.recv().unwrap();
        // With the value of `new_blocks_for(2..3)` it is a batch.
        new_blocks_for(3..2 + BATCH);
        let held = map.get(&1).unwrap();
        assert_eq!(*held, 1 + BATCH);
        new_blocks_for(100..100 + BATCH);
        unpin.send(()).unwrap();
        unpinned.recv().unwrap();
        assert!(!map.flush());
        let new_blocks = new_blocks_for(200..200 + BATCH);
        assert!(new_blocks < 60, "{new_blocks}: the first batch is not used");
        assert_eq!(*held, 1 + BATCH);
        new_blocks_for(300..300 + 2 * BATCH);
        assert_eq!(*held, 1 + BATCH);
        drop(ask);
    });
    nothing_was_freed_that_was_not_in_use();
}

/// Nor is it given back when that thread exits.
#[test]
fn an_overwritten_block_outlives_the_thread_that_has_overwritten_it() {
    let _alone = alone();
    let map = SyncMap::from([(1, 0_u64)]);
    map.compact();
    map.insert(1, 1);
    let held = map.get(&1).unwrap();
    elsewhere(|| drop(map.insert(1, 2)));
    assert_eq!(*held, 1);
    nothing_was_freed_that_was_not_in_use();
}

/// A pin that is renewed no longer keeps what it has seen, and must see it anew.
#[test]
fn a_pin_that_is_renewed_does_not_look_into_what_it_saw_before() {
    let _alone = alone();
    let map = SyncMap::from([(1, 1)]);
    map.compact();
    let mut pinned = map.pin();
    assert_eq!(pinned.get(&1), Some(&1));
    let others: Vec<_> = (0..100).map(|n| SyncMap::from([(1, n)])).collect();
    for other in &others {
        other.compact();
        assert!(other.contains_key(&1));
    }
    elsewhere(|| {
        map.insert(2, 2);
        map.compact();
    });
    for _ in 0..4 {
        pinned.repin();
        elsewhere(|| _ = map.flush());
    }
    assert_eq!(pinned.get(&2), Some(&2));
    nothing_was_freed_that_was_not_in_use();
}
