//! What keeps the things that readers have found allocated, and frees them when no reader
//! can be reading them any more: our own protocol of snapshots and pins.
//!
//! # Parts
//!
//! - *What is current*: `snapshots.rs`.
//! - *Pins*: `guard.rs` is a full pin, of the epoch. `light.rs` is a light pin, which costs
//!   no fence. `protection.rs` is what both give. `pin.rs` is how a thread takes either.
//!   `anchor.rs` holds either with an address.
//! - *On the way to the destructors*: what is retired (`retire.rs`) goes through a bag
//!   (`bag.rs`), the epoch, a queue (`queue.rs`, `due.rs`) and a grace period
//!   (`grace.rs`, `waiting.rs`, `marks.rs`), in this order. Small values leave their memory
//!   to their thread (`blocks.rs`). `collect.rs` is what each public call does at its end,
//!   `flush.rs` what `flush` does.
//! - *Of each thread*: `thread.rs` is its own things, `reader.rs` its record of light pins.
//!   `exit.rs` makes and frees its own things. `closures.rs` says which entries it writes to
//!   while a closure runs.
//!
//! `model/` has the same names for loom, `counted.rs` counts what pins do, and `chosen.rs`
//! says which of them is built.

mod anchor;
#[cfg(not(loom))]
mod bag;
#[cfg(not(loom))]
mod blocks;
pub(crate) mod chosen;
pub(crate) mod closures;
#[cfg(not(loom))]
mod collect;
#[cfg(counted)]
mod counted;
#[cfg(not(loom))]
mod due;
#[cfg(not(loom))]
mod exit;
#[cfg(not(loom))]
mod flush;
#[cfg(not(loom))]
mod grace;
#[cfg(not(loom))]
mod guard;
mod light;
mod marks;
#[cfg(loom)]
pub(crate) mod model;
#[cfg(not(loom))]
mod pin;
mod protection;
mod queue;
#[cfg(not(loom))]
mod reader;
#[cfg(not(loom))]
mod retire;
mod snapshots;
#[cfg(not(loom))]
mod thread;
#[cfg(not(loom))]
mod waiting;

pub(crate) use anchor::Anchor;
pub(crate) use chosen::{Guard, Length, LightGuard, allocate, contain_panic, flush, give_back};
pub(crate) use chosen::{enter, enter_again, pin, retire};
pub(crate) use protection::Protection;
pub(crate) use snapshots::{Replaced, SUPERSEDED, Snapshot, SnapshotGuard, Snapshots};
