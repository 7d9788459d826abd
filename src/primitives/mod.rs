//! The other maps that people choose between, and the trait they share with
//! [`SyncMap`](crate::SyncMap).
//!
//! | | reads | writes | calls without a key |
//! |---|---|---|---|
//! | [`MutexMap`] | one at a time | one at a time | atomic |
//! | [`RwLockMap`] | together | one at a time | atomic |
//! | [`ShardedMap`] | together | one at a time in each shard | shard by shard |
//! | [`HybridMap`] | of hot keys as a `SyncMap`, else as a `ShardedMap` | as reads | key by key, `clear` atomic |
//! | [`SyncMap`](crate::SyncMap) | of known keys without a lock | of known keys without a lock | key by key, `clear` atomic |
//!
//! All of them implement [`ConcurrentMap`], which is where their methods are, and
//! what each promises. So switching is one type alias:
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
//! Around any of them, [`Recorded`] writes a [`trace`] of what a running program does
//! to it, so that the choice can be made by the load that there really is.
//!
//! # What the locks cost
//!
//! Who waits for a lock does not run, so a CPU profile does not show it. With the
//! feature `lock-stats` every lock of these maps, and the mutex of a `SyncMap`, says
//! how it was waited for:
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
//! How to read it, of a period (`since`), not of the whole life of a map:
//!
//! - `contended` is a small share of `acquisitions`: the lock is not what is slow.
//! - `waited`, divided by the length of the period, is how many threads stood there on
//!   average. 0.01 is nothing; 1 is a whole thread lost.
//! - One shard has most of `contended`: a few hot keys meet there, and more shards do
//!   not help. Declare them hot in a [`HybridMap`]. All shards have the same: take
//!   more of them.
//! - Many short waits, below some microseconds: the lock is taken too often. A few
//!   long ones, of milliseconds: something runs too long under it, a closure, a walk,
//!   a table that grows, or whoever held it was not running.
//! - A [`SyncMap`](crate::SyncMap) or the hot part of a [`HybridMap`] has many
//!   `acquisitions` at all: its keys are not as stable as they should be there.
//!
//! With the feature off, the locks are what they are without it, and no instruction
//! is added. With it, each acquisition counts itself in the cache line of the lock;
//! readers who share one do that by another atomic addition to the line which they
//! fight for as it is. A clock is read only by who waits, twice, the second time with
//! the lock just got. Each lock is some 540 bytes larger.
//!
//! # Metrics
//!
//! With the feature `metrics`, each of the maps has a method `export_metrics`, which
//! hands all of that to the recorder of the `metrics` crate, for a Prometheus endpoint,
//! say. Call it before each scrape, or from a timer; between the calls it costs
//! nothing.
//!
//! | metric | labels | is |
//! |---|---|---|
//! | `readmostly_keys` | `map` | a gauge: the keys present |
//! | `readmostly_hot_keys` | `map` | a gauge: those of a [`HybridMap`] that are hot |
//! | `readmostly_read_entries`, `readmostly_dirty_entries`, `readmostly_tombstones` | `map` | gauges, from [`Stats`](crate::Stats): how full a [`SyncMap`](crate::SyncMap) is, or the hot part of a [`HybridMap`] |
//! | `readmostly_misses_total`, `readmostly_promotions_total`, `readmostly_rebuilds_total`, `readmostly_copied_entries_total`, `readmostly_expunges_total`, `readmostly_unexpunges_total` | `map` | counters, from [`Stats`](crate::Stats): what it has done |
//! | `readmostly_lock_acquisitions_total`, `readmostly_lock_contended_total` | `map`, `lock` | counters |
//! | `readmostly_lock_waited_seconds` | `map`, `lock` | a gauge that only grows, as counters have no fractions |
//! | `readmostly_lock_longest_wait_seconds` | `map`, `lock` | a gauge: the longest since the map was made |
//! | `readmostly_lock_waits_total` | `map`, `le` | counters: the waits for all locks of the map that took less than `le` seconds |
//!
//! `map` is the name that the map is exported by. Give each map one of its own, as
//! recorders keep the largest value of a counter: a map with the name of an earlier one
//! shows nothing new until it has done more. `lock` is the place of a lock, from 0;
//! `mutex` of a `SyncMap`; `moves` and `hot` of a [`HybridMap`].
//!
//! In PromQL: how many threads wait on average, by lock, and how long 99 % of the waits
//! are at most.
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
#[cfg(feature = "lock-stats")]
mod lock_stats;
mod locks;
mod owned;
mod pair_table;
mod recorded;
mod sharded;
mod sync_map;
pub mod trace;
mod traits;

pub use concurrent_map::ConcurrentMap;
pub use fnv::{BuildFnv1a, Fnv1a};
pub use hybrid::{HotOrCold, HybridMap};
pub use lock_map::{LockMap, MutexMap, RwLockMap};
pub use locks::{Locks, OneMutex, OneRwLock, Shards};
pub use owned::Owned;
pub use recorded::{Recorded, RecordingOptions, RecordingSummary, StartError};
pub use sharded::ShardedMap;

#[cfg(feature = "lock-stats")]
pub use crate::lock_stats::{LockStats, WaitTimes};
#[cfg(feature = "lock-stats")]
pub use hybrid::HybridLockStats;
