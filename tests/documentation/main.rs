//! What the documentation says, held against the crate.
//!
//! | file | what |
//! |---|---|
//! | `error_codes.rs` | the error code that a reader sees above a rejected program is the one that is checked |
//! | `links_stay_in_the_package.rs` | a relative link leads to a file of the published package, and to a heading that is there |
//! | `names.rs` | names that a user of another map guesses, and those of `docs/moving.md` |
//! | `traps_are_defined.rs` | a trap that is named is one that is defined |
//! | `which_calls_lock.rs` | the tables of how often each call takes the mutex |
#![cfg(not(any(counted, loom)))]

mod error_codes;
mod links_stay_in_the_package;
mod names;
mod traps_are_defined;
mod which_calls_lock;
