//! The floor everything stands on, and the only place that names an outside
//! concurrency crate.
//!
//! `real.rs` re-exports the atomics of `std`, `arc-swap`, `parking_lot` and
//! `crossbeam-epoch`; `model/` has the same names, with the same signatures,
//! for loom (`--cfg loom`), and `counted.rs` wraps the real things to count what
//! is done with them (`--cfg counted`). `snapshots.rs`, which says what is current, and
//! `light.rs`, which lets readers announce themselves without a fence, stand on any of
//! them. `metered.rs` wraps the
//! real locks to measure how they are waited for (feature `lock-stats`). Everything
//! above is written once, without a `cfg`.
//!
//! What is retired goes through `bag.rs`, the epoch, `queue.rs` and `due.rs`, in this
//! order; `marks.rs` says which part of the queue may be run, `held.rs` whether a thread
//! holds a lock, and `closures.rs` which entries it writes to while a closure runs.
//!
//! # Rule
//!
//! A model may promise less than the real thing, never more. What passes on the
//! model then passes on the real thing.

mod anchor;
#[cfg(not(loom))]
mod bag;
#[cfg(not(loom))]
mod blocks;
pub(crate) mod closures;
#[cfg(counted)]
pub(crate) mod counted;
#[cfg(not(loom))]
mod due;
#[cfg(not(loom))]
mod grace;
#[cfg(not(loom))]
mod held;
mod light;
mod marks;
#[cfg(not(loom))]
mod membarrier;
#[cfg(all(feature = "lock-stats", not(any(counted, loom))))]
mod metered;
#[cfg(loom)]
pub(crate) mod model;
mod queue;
#[cfg(feature = "lock-stats")]
mod readings;
#[cfg(not(loom))]
mod real;
mod snapshots;
pub(crate) mod switch;
#[cfg(not(loom))]
mod thread;
#[cfg(not(all(feature = "lock-stats", not(any(counted, loom)))))]
mod unmetered;

#[cfg(counted)]
use counted as chosen;
#[cfg(loom)]
use model as chosen;
#[cfg(not(any(counted, loom)))]
use real as chosen;

#[cfg(all(feature = "lock-stats", not(any(counted, loom))))]
use metered as locks;
#[cfg(not(all(feature = "lock-stats", not(any(counted, loom)))))]
use unmetered as locks;

#[cfg(counted)]
pub(crate) use counted::{Arc, LightGuard};
#[cfg(not(counted))]
pub(crate) use std::sync::Arc;

/// What keeps retired things from being freed: a pin of the epoch, or a light one. To
/// look at something is all it allows; to retire something takes a [`Guard`].
pub(crate) struct Protection(());

pub(crate) use anchor::Anchor;
pub(crate) use chosen::{AtomicIsize, AtomicPtr, AtomicUsize, Guard, Length, MutexGuard, Watch};
pub(crate) use chosen::{allocate, contain_panic, flush, give_back, pin, retire};
pub(crate) use chosen::{enter, enter_again};
pub(crate) use crossbeam_utils::CachePadded;
#[cfg(not(counted))]
pub(crate) use light::LightGuard;
#[cfg(feature = "metrics")]
pub(crate) use locks::read_unmetered;
pub(crate) use locks::{Mutex, RwLock, lock_unmetered};
#[cfg(feature = "lock-stats")]
pub(crate) use readings::{Readings, power_of};
pub(crate) use snapshots::{Replaced, SUPERSEDED, Snapshot, SnapshotGuard, Snapshots};
pub(crate) use std::sync::atomic::Ordering;
