//! The maps that people use in place of a [`SyncMap`](crate::SyncMap), and the trait that
//! all of them share with it.
//!
//! | | reads | writes | calls without a key |
//! |---|---|---|---|
//! | [`MutexMap`] | one at a time | one at a time | atomic |
//! | [`RwLockMap`] | together | one at a time | atomic |
//! | [`ShardedMap`] | together | one at a time in each shard | shard by shard |
//! | [`HybridMap`] | of hot keys as a `SyncMap`, else as a `ShardedMap` | as reads | key by key, `clear` atomic |
//! | [`SyncMap`](crate::SyncMap) | of known keys without a lock | of known keys without a lock | key by key, `clear` atomic |
//!
//! All of them implement [`ConcurrentMap`]. The trait has their methods, and says what each
//! promises. To switch from one map to another, change a type alias:
//!
//! ```
//! use readmostly::primitives::{ConcurrentMap, ShardedMap};
//!
//! type Sessions = ShardedMap<String, u32>;
//!
//! let sessions = Sessions::new();
//! sessions.insert(String::from("ann"), 1);
//! assert_eq!(sessions.get_with("ann", |n| *n), Some(1));
//! ```
//!
//! With the feature `record`, [`Recorded`] wraps any of them, and writes a [`trace`] of what a running program does
//! with it. So you can choose a map by the real load.
//!
//! # What the locks cost
//!
//! A thread that waits for a lock does not run, so a CPU profile does not show the wait.
//! With the feature `lock-stats` every lock of these maps, and the mutex of a `SyncMap`,
//! counts how often and how long threads waited for it:
//!
//! ```toml
//! readmostly = { version = "0.1", features = ["lock-stats"] }
//! ```
//!
//! ```
//! use readmostly::primitives::{ConcurrentMap, ShardedMap};
//!
//! let map: ShardedMap<u32, u32> = (0..100).map(|n| (n, n)).collect();
//! # #[cfg(feature = "lock-stats")]
//! for (shard, locks) in map.lock_stats().iter().enumerate() {
//!     let (all, waited) = (locks.acquisitions, locks.contended);
//!     let p99 = locks.wait_times.quantile(0.99);
//!     println!("shard {shard}: {waited} of {all} waited, 99 % of these less than {p99:?}");
//! }
//! ```
//!
//! How to read the numbers of a period (`since`), rather than of the whole life of a map:
//!
//! - `contended` is a small share of `acquisitions`: the lock is not what is slow.
//! - `waited`, divided by the length of the period, is how many threads were waiting on
//!   average. 0.01 is nothing. 1 is a whole thread lost.
//! - One shard has most of `contended`: it has a few hot keys, and more shards do not help.
//!   Declare these keys hot in a [`HybridMap`]. If all shards have the same, use more
//!   shards.
//! - Many short waits, below some microseconds: the lock is taken too often. A few long
//!   waits, of milliseconds: a critical section takes too long (a closure, a walk, a table
//!   that grows), or the thread that held the lock was not running.
//! - A [`SyncMap`](crate::SyncMap), or the hot part of a [`HybridMap`], has many
//!   `acquisitions`: its keys are not as stable as they should be there.
//!
//! With the feature off, no instruction is added. With it, each acquisition counts itself in
//! the cache line of the lock. For readers that share a lock that is another atomic
//! addition to a line that they contend for already. Only a thread that waits reads the
//! clock: twice, the second time right after it has acquired the lock. Each lock is some
//! 540 bytes larger.
//!
//! # Metrics
//!
//! With the feature `metrics`, each of the maps has a method `export_metrics`. It hands all
//! of these numbers to the recorder of the `metrics` crate, for example for a Prometheus
//! endpoint. Call it before each scrape, or from a timer. Between the calls it costs
//! nothing.
//!
//! | metric | labels | is |
//! |---|---|---|
//! | `readmostly_keys` | `map` | a gauge: the keys present |
//! | `readmostly_hot_keys` | `map` | a gauge: the keys of a [`HybridMap`] that are hot |
//! | `readmostly_read_entries`, `readmostly_dirty_entries`, `readmostly_tombstones` | `map` | gauges, from [`Stats`](crate::Stats): how full a [`SyncMap`](crate::SyncMap) is, or the hot part of a [`HybridMap`] |
//! | `readmostly_misses_total`, `readmostly_promotions_total`, `readmostly_rebuilds_total`, `readmostly_copied_entries_total`, `readmostly_expunges_total`, `readmostly_unexpunges_total` | `map` | counters, from [`Stats`](crate::Stats): what that map has done |
//! | `readmostly_lock_acquisitions_total`, `readmostly_lock_contended_total` | `map`, `lock` | counters |
//! | `readmostly_lock_waited_seconds` | `map`, `lock` | a gauge that only grows, as counters have no fractions |
//! | `readmostly_lock_longest_wait_seconds` | `map`, `lock` | a gauge: the longest wait since the map was made |
//! | `readmostly_lock_waits_total` | `map`, `le` | counters: the waits for all locks of the map that took less than `le` seconds |
//!
//! `map` is the name that the map is exported by. Give each map a name of its own: recorders
//! keep the largest value of a counter, so a map with the name of an earlier one shows
//! nothing new until it has done more. `lock` is the index of a lock, from 0. For the mutex
//! of a `SyncMap` it is `mutex`, and a [`HybridMap`] has `moves` and `hot` too.
//!
//! In PromQL, how many threads wait on average, by lock, and the 99th percentile of the
//! waits:
//!
//! ```text
//! rate(readmostly_lock_waited_seconds[5m])
//! histogram_quantile(0.99, sum by (map, le) (rate(readmostly_lock_waits_total[5m])))
//! ```

mod concurrent_map;
#[cfg(feature = "metrics")]
mod export;
mod fnv;
mod hybrid;
mod lock_map;
mod locks;
mod owned;
mod pair_table;
#[cfg(feature = "record")]
mod recorded;
mod sharded;
mod sync_map;
#[cfg(feature = "record")]
pub mod trace;
mod traits;

pub use concurrent_map::ConcurrentMap;
pub use fnv::{BuildFnv1a, Fnv1a};
pub use hybrid::{HotOrCold, HybridMap};
pub use lock_map::{LockMap, MutexMap, RwLockMap};
pub use locks::{Locks, OneMutex, OneRwLock, Shards};
pub use owned::Owned;
#[cfg(feature = "record")]
pub use recorded::{Recorded, RecordingOptions, RecordingSummary, StartError};
pub use sharded::ShardedMap;

#[cfg(feature = "lock-stats")]
pub use crate::lock_stats::{LockStats, WaitTimes};
#[cfg(feature = "lock-stats")]
pub use hybrid::HybridLockStats;
