//! What Go tests of the map that took the place of this design: the suites of Go
//! 1.24 and 1.25 for their hash trie, by behaviour.
//!
//! | Go | here |
//! |---|---|
//! | `CompareAndSwap`, `Swap`, `LoadAndDelete`, `CompareAndDelete`: `ConcurrentUnsharedKeys`, and the same `WithDelete` | `own_keys.rs` |
//! | the same four: `ConcurrentSharedKeys` | `shared_keys.rs` |
//! | `CompareAndDelete` and `LoadAndDelete`: `Iterate` | `walks.rs` |
//! | `TestConcurrentCache`, for any number of keys and threads | `weak_values.rs` |
//! | `TestHashTrieMapBadHash`, `TestHashTrieMapTruncHash` | every statement, with each of three hashers |
//!
//! Each statement runs with one-shot calls and with calls under a pin. Where the
//! trait `ConcurrentMap` has the calls, it also runs over the other maps.
//! A conditional removal is not in that trait.
//!
//! Each test does a fixed amount of work. No outcome depends on how the threads
//! meet, so a failure always means that the map is wrong.
#![cfg(not(any(counted, loom)))]

#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod hashers;
mod ways;

mod own_keys;
mod shared_keys;
mod walks;
mod weak_values;

use std::sync::Barrier;
use std::thread;

/// How many threads use a map at the same time.
const THREADS: u64 = 4;

/// Runs `act` on each of the threads, with its number; they begin together.
/// What each came to.
fn together<T: Send>(act: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        let begun: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (start, act) = (&start, &act);
                scope.spawn(move || {
                    start.wait();
                    act(thread)
                })
            })
            .collect();
        let joined = begun.into_iter().map(|thread| thread.join());
        joined
            .map(|outcome| outcome.expect("its assertions hold"))
            .collect()
    })
}
