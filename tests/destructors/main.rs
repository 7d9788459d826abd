//! Destructors that use the map they run in, or are a map's own.
//!
//! | file | what |
//! |---|---|
//! | `hybrid.rs` | none runs while a lock of a `HybridMap` is held |
//! | `nested_maps.rs` | maps in maps, many thousand deep |
//!
//! One test at a time: garbage belongs to the whole process.
#![cfg(not(any(counted, loom)))]

#[path = "../common/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod hybrid;
mod nested_maps;
