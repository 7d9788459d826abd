//! The real things with counters, for `--cfg counted`. They count what each public call
//! does to memory that more than one thread can reach. `tests/counted.rs` compares the
//! table in `docs/reference/benchmarks.md` with the counts.
//!
//! # What is counted where it happens
//!
//! Every access to an atomic of a map.
//!
//! - A load counts as a load of a shared cache line.
//! - A read-modify-write counts as one of a shared cache line. So does a
//!   compare-and-swap that fails: it takes the cache line all the same.
//! - A fence counts as a read-modify-write of a cache line of the thread's own.
//!
//! The counted atomics have no plain store, so no map can make one. A light pin
//! (`reclaim/light.rs`) is counted where it begins and where it ends.
//!
//! # What is counted as a constant
//!
//! What happens inside other crates, as read from their sources, for x86-64 and
//! without contention:
//!
//! - crossbeam-epoch 0.9.21. An outermost pin loads the global epoch and does one
//!   `lock cmpxchg` on the thread's own record, which is its fence. An unpin stores
//!   there. A nested pin does nothing. A repin loads both epochs. It stores only if the
//!   epoch has moved, which is not counted.
//! - parking_lot 0.12. A compare-and-swap to lock, and one to unlock. An `RwLock`,
//!   for reading: a load and a compare-and-swap, and a subtraction to unlock.
//! - arc-swap 1.9. A load looks for a free slot of the thread's own, fills it by
//!   a swap, loads the pointer before and after, and empties the slot by a
//!   compare-and-swap; `load_full` counts a reference in between. A swap counts
//!   and gives back a reference, and visits every thread's slots: see
//!   [`SWAP_PER_THREAD`].
//!
//! # What is not counted
//!
//! - Collections, which belong to no call: a thread collects when it has retired 64
//!   objects or 64 KiB, or looks after what waits.
//! - The flags of `reclaim/`, which a call loads to decide whether it collects, and
//!   whether light pins are on.
//! - A thread's first call, which registers it.
//! - Plain memory: tables, keys, values, and what only this thread can reach.

pub(crate) mod arc_swap;
pub(crate) mod atomics;
pub(crate) mod counts;
pub(crate) mod locks;
