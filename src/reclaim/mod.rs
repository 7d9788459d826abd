//! Keeps allocated what readers have found. Frees it when no reader can be reading it any
//! more. This is our own protocol of snapshots and pins.
//!
//! # Parts
//!
//! - *What is current*: `snapshots.rs`.
//! - *Pins*: `guard.rs` is a full pin, of the epoch. `light.rs` is a light pin, which costs
//!   no fence. `protection.rs` is what both give. `pin.rs` is how a thread takes either.
//!   `anchor.rs` holds either with an address, or a share of a full one.
//! - *On the way to the destructors*: what is retired (`retire.rs`) goes into a bag
//!   (`bag.rs`). The bag goes through the epoch into a queue (`queue.rs`, `due.rs`). There it
//!   waits for a grace period, if light pins are on or ending (`grace.rs`, `waiting.rs`,
//!   `marks.rs`). A small boxed value without a destructor leaves its memory to the thread
//!   that retires it (`blocks.rs`). `collect.rs` is a collection, at the end of a public
//!   call. `flush.rs` is what `flush` does.
//! - *Until every guard is gone*: `cookies.rs` says whether that is so, `synchronize.rs`
//!   waits for it.
//! - *Of each thread*: `thread.rs` is what the crate keeps for a thread. `exit.rs` is when
//!   that is made, and when it is freed. `reader.rs` is the thread's record of light pins.
//!   `closures.rs` says which entries the thread writes to while a closure runs: destructors
//!   run apart from that.
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
mod cookies;
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
mod synchronize;
#[cfg(not(loom))]
mod thread;
#[cfg(not(loom))]
mod waiting;

pub(crate) use anchor::Anchor;
pub(crate) use chosen::{Guard, Length, LightGuard, allocate, contain_panic, flush, give_back};
pub(crate) use chosen::{amount_waiting, can_wait, oldest_guard};
pub(crate) use chosen::{cookie, enter, enter_again, pin, retire};
pub(crate) use cookies::Cookie;
pub(crate) use protection::Protection;
pub(crate) use snapshots::{Replaced, SUPERSEDED, Snapshot, SnapshotGuard, Snapshots};
