//! What the documentation says, held against the crate.
//!
//! | file | what |
//! |---|---|
//! | `traps_are_defined.rs` | a trap that is named is one that is defined |
//! | `which_calls_lock.rs` | the tables of how often each call takes the mutex |
#![cfg(not(any(counted, loom)))]

mod traps_are_defined;
mod which_calls_lock;
