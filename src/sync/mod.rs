//! The floor everything stands on, and the only place that names an outside
//! concurrency crate.
//!
//! - `real/` has the atomics of `std`, `arc-swap`, `parking_lot`, `crossbeam-epoch` and
//!   `membarrier(2)`.
//! - `model/` has the same names, with the same signatures, for loom (`--cfg loom`).
//! - `counted/` wraps the real things to count what is done with them (`--cfg counted`).
//! - `chosen.rs` says which of the three is built, and has the atomics that are not counted.
//!   For the epoch, `reclaim/chosen.rs` chooses.
//! - `makers.rs`: threads that others wait for.
//! - `locks/` measures how long threads wait for the real locks (feature `lock-stats`).
//! - `switch.rs` has what a recorder needs (feature `record`).
//!
//! The code above is written once, except in `reclaim/`, which has models of its own.
//!
//! # Rule
//!
//! A model may promise less than the real thing, never more. What passes on the
//! model then passes on the real thing.

pub(crate) mod chosen;
#[cfg(counted)]
pub(crate) mod counted;
mod locks;
mod makers;
#[cfg(loom)]
pub(crate) mod model;
#[cfg(not(loom))]
pub(crate) mod real;
#[cfg(feature = "record")]
pub(crate) mod switch;

pub(crate) use chosen::locks::MutexGuard;
pub(crate) use chosen::{Arc, ArcSwapOption, ConstAtomicPtr, Watch, fence};
pub(crate) use chosen::{AtomicIsize, AtomicPtr, AtomicUsize};
pub(crate) use chosen::{bare, story, uncounted};
pub(crate) use crossbeam_utils::CachePadded;
#[cfg(feature = "metrics")]
pub(crate) use locks::read_unmetered;
pub(crate) use locks::{Mutex, RwLock, lock_unmetered};
#[cfg(feature = "lock-stats")]
pub(crate) use locks::{Readings, power_of};
pub(crate) use makers::{Maker, OwnWait};
pub(crate) use std::sync::atomic::Ordering;
