//! What is `Recorded`'s own, and the format of the traces that it writes. That the map in
//! it is as good as without is in `concurrent_map/`.
//!
//! | file | what |
//! |---|---|
//! | `keys.rs` | keys whose `Hash` uses the map that is recorded |
//! | `recordings.rs` | what stands in a trace, and what becomes of a recording |
//! | `trace.rs` | what is written is read back, and what is no trace is refused |
#![cfg(not(any(counted, loom)))]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod keys;
mod recordings;
mod trace;
