//! What is `HybridMap`'s own. What it shares with the other maps is for
//! `concurrent_map/`.
//!
//! | file | what |
//! |---|---|
//! | `map.rs` | which keys are hot, and when |
//! | `walks.rs` | walks meet every key once, whichever way keys become hot meanwhile |
//!
//! How its garbage is dropped is for `destructors/hybrid.rs` and `hybrid_collections.rs`:
//! other tests would drop it too.
#![cfg(not(any(counted, loom)))]

#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod map;
mod walks;
