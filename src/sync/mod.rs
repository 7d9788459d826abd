//! The floor everything stands on, and the only place that names an outside
//! concurrency crate.
//!
//! `real.rs` re-exports the atomics of `std`, `arc-swap`, `parking_lot` and
//! `crossbeam-epoch`; `model.rs` has the same names, with the same signatures,
//! for loom (`--cfg loom`), and `counted.rs` wraps the real things to count what
//! is done with them (`--cfg counted`). `snapshots.rs` and `slots.rs`, which say
//! what is current and remember it, stand on any of them. Everything above is
//! written once, without a `cfg`.
//!
//! # Rule
//!
//! A model may promise less than the real thing, never more. What passes on the
//! model then passes on the real thing.

#[cfg(counted)]
pub(crate) mod counted;
#[cfg(loom)]
pub(crate) mod model;
#[cfg(not(loom))]
mod plain;
#[cfg(not(loom))]
mod real;
pub(crate) mod recording;
mod slots;
mod snapshots;
#[cfg(not(loom))]
mod thread;

#[cfg(counted)]
use counted as chosen;
#[cfg(loom)]
use model as chosen;
#[cfg(not(any(counted, loom)))]
use real as chosen;

#[cfg(counted)]
pub(crate) use counted::Arc;
#[cfg(not(counted))]
pub(crate) use std::sync::Arc;

pub(crate) use chosen::{AtomicIsize, AtomicPtr, AtomicUsize, Guard, Length, Mutex, MutexGuard};
pub(crate) use chosen::{RwLock, Watch};
pub(crate) use chosen::{allocate, contain_panic, flush, give_back, pin, retire};
pub(crate) use crossbeam_utils::CachePadded;
pub(crate) use snapshots::{Replaced, SUPERSEDED, Snapshot, SnapshotGuard, Snapshots};
pub(crate) use std::sync::atomic::Ordering;
