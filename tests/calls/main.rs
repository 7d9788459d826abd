//! What the calls of a `SyncMap` answer and do, and what they wait for.
//!
//! | file | what |
//! |---|---|
//! | `beyond_go.rs` | what Go's `sync.Map` does not have |
//! | `everyday.rs` | what a user of another map looks for: by a borrowed key, by a hash, upsert, `extract_if` |
//! | `many_keys.rs` | look-ups of many keys in one call |
//! | `overtaken.rs` | removals whose value changes meanwhile |
//! | `reads_do_not_wait.rs` | what goes on while a thread sits inside the mutex |
//!
//! The tests run at the same time. What waits for garbage goes on until no other test
//! holds a guard.
#![cfg(not(any(counted, loom)))]

#[path = "../common/cases.rs"]
mod cases;
#[path = "../common/fuse.rs"]
mod fuse;
#[path = "../common/invariants.rs"]
mod invariants;
#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/succession.rs"]
mod succession;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod beyond_go;
mod everyday;
mod many_keys;
mod overtaken;
mod reads_do_not_wait;
