//! What every map of the crate promises, written once against the trait that they
//! share, and checked of each. Besides, the auto traits of all types (`auto_traits.rs`),
//! and what is `ShardedMap`'s own (`sharded.rs`).
#![cfg(not(any(counted, loom)))]

#[path = "../common/fuse.rs"]
mod fuse;
#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod family;

mod against_a_model;
mod auto_traits;
mod closures;
mod conveniences;
mod drops;
mod equality;
mod in_place;
mod methods;
mod one_alias;
mod panics;
mod sharded;
mod threads;
