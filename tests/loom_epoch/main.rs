//! The models of reclamation, over crossbeam-epoch itself: `cargo loom-epoch`. In
//! an ordinary build there is nothing here.
//!
//! What is retired is really freed here, while others read. Keys and values hold a
//! loom cell that a look reads and the destructor writes, and a loom `Arc`, which
//! reports leaks; entries and tables are watched in the same way (`Watch` in
//! `src/sync/model.rs`). So whatever is freed before its last use, or twice, or
//! never, is a red model.
#![cfg(crossbeam_loom)]

mod explore;
#[allow(
    dead_code,
    reason = "what the models of the algorithm do is in there too"
)]
#[path = "../loom/world.rs"]
mod world;

mod entries;
mod snapshots;
mod three;
mod values;
