//! Users who do what they should not, or what nobody expects of them. Code of theirs that
//! panics is for `panics/`.
//!
//! | file | what |
//! |---|---|
//! | `leaked_guards.rs` | guards that are leaked |
//! | `lying_keys.rs` | keys whose `Eq` or `Hash` is wrong |
//! | `no_deadlock.rs` | calls from within closures, comparisons, clones and destructors |
//! | `odd_places.rs` | maps in thread-locals, in a `static`, on the move, dropped by threads that exit |
//! | `own_writes.rs` | closures that write to the key that they were called for |
//! | `users.rs` | hashers, closures and maps in maps that mean no good, and processes that end |
//!
//! One test at a time, or in a process of its own: garbage belongs to the whole process.
#![cfg(not(any(counted, loom)))]

#[path = "../common/child.rs"]
mod child;
#[path = "../common/fuse.rs"]
mod fuse;
#[path = "../common/invariants.rs"]
mod invariants;
#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod leaked_guards;
mod lying_keys;
mod no_deadlock;
mod odd_places;
mod own_writes;
mod users;
