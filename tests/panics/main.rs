//! The user's code panics, in every place where a `SyncMap` calls it. All maps together
//! have `concurrent_map/panics.rs`.
//!
//! | file | what |
//! |---|---|
//! | `everywhere.rs` | every place, destructors too, against what is in the map afterwards |
//! | `under_the_mutex.rs` | comparisons of keys under the mutex, against every last count |
//!
//! One test at a time: garbage, and the panic hook, belong to the whole process.
#![cfg(not(any(counted, loom)))]

#[path = "../common/fuse.rs"]
mod fuse;
#[path = "../common/invariants.rs"]
mod invariants;
#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod everywhere;
mod under_the_mutex;
