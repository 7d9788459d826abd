//! An allocator that ends the process, as at a limit of memory, in the middle of a write.
//! Other threads go on for as long as the exit takes.
//!
//! A failure here is memory that is freed while another thread may read it.

#![cfg(all(unix, not(loom)))]

#[path = "common/child.rs"]
mod child;

use readmostly::SyncMap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::env;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::process::{self, Command};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

type Map<V> = SyncMap<u32, V, BuildHasherDefault<DefaultHasher>>;

/// In which allocation of the writer the process ends.
const AT: &str = "READMOSTLY_TEST_ENDS_AT";

/// The exit code of a child that has not come to that allocation.
const NOT_REACHED: i32 = 7;

thread_local! {
    /// How many allocations this thread makes before the process ends. 0: no limit.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// The address of the value that another thread reads. 0: none.
static READ: AtomicUsize = AtomicUsize::new(0);

struct Limited;

// SAFETY: the system's allocator, and exits.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let left = LEFT.try_with(|left| left.replace(left.get().saturating_sub(1)));
        if left == Ok(1) {
            process::exit(0);
        }
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let offset = READ.load(Ordering::SeqCst).wrapping_sub(block.addr());
        if offset < layout.size() {
            process::abort();
        }
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Limited = Limited;

/// A value whose memory goes through the bag, not through the blocks.
struct Counted([u64; 4]);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0 = [0; 4];
    }
}

/// Reads a value on this thread while another one overwrites it, and then ends the process in
/// an allocation.
fn end_in_an_allocation<V: Send + Sync + 'static>(number: usize, value: fn(u64) -> V) -> ! {
    let map: &'static Map<V> = Box::leak(Box::new(Map::default()));
    map.insert(0, value(0));
    map.compact();
    // The first value stands in its entry.
    map.insert(0, value(1));
    let read = map.get(&0).expect("it is there");
    READ.store(ptr::from_ref(&*read).addr(), Ordering::SeqCst);
    let writer = thread::spawn(move || {
        // What is read is retired by the first of these. At some 64 retirements the crate
        // hands on what it has kept.
        for n in 0..60 {
            map.insert(0, value(n));
        }
        LEFT.set(number);
        for n in 0..12 {
            map.insert(0, value(n));
        }
        LEFT.set(0);
    });
    writer.join().expect("the writer does not panic");
    process::exit(NOT_REACHED)
}

/// Runs the test of this name in one process for each allocation.
fn in_every_allocation<V: Send + Sync + 'static>(name: &str, value: fn(u64) -> V) {
    if let Ok(number) = env::var(AT) {
        end_in_an_allocation(number.parse().expect("a number"), value);
    }
    let child = |number: usize| -> Command {
        let mut child = child::again(module_path!(), name);
        child.env(AT, number.to_string());
        child
    };
    for number in 1..1_000 {
        let ended = child(number).output().expect("the program starts");
        match ended.status.code() {
            Some(0) => {}
            Some(NOT_REACHED) if number > 4 => return,
            _ => panic!("allocation {number}: {ended:?}"),
        }
    }
    panic!("no child has come to the end of its writes");
}

#[test]
fn a_block_that_is_read_outlives_the_end() {
    in_every_allocation("a_block_that_is_read_outlives_the_end", |n| [n; 4]);
}

#[test]
fn a_value_that_is_read_outlives_the_end() {
    in_every_allocation("a_value_that_is_read_outlives_the_end", |n| Counted([n; 4]));
}
