//! Other maps that can replace a [`SyncMap`](crate::SyncMap), and the trait that all maps
//! of this crate implement.
//!
//! | map | reads | writes | calls that name no key |
//! |---|---|---|---|
//! | [`MutexMap`] | one at a time | one at a time | atomic |
//! | [`RwLockMap`] | in parallel | one at a time | atomic |
//! | [`ShardedMap`] | in parallel | one at a time in each shard | not atomic: shard by shard |
//! | [`HybridMap`] | hot keys: as in a `SyncMap`; cold keys: as in a `ShardedMap` | as for reads | not atomic: key by key; `clear` is atomic |
//! | [`SyncMap`](crate::SyncMap) | known keys: no lock | known keys: no lock | not atomic: key by key; `clear` is atomic |
//!
//! All of these maps implement [`ConcurrentMap`]. The trait has their methods, and says
//! what each method promises. Code that imports the trait and calls only its methods
//! switches to another map by one type alias:
//!
//! ```
//! use readmostly::primitives::ConcurrentMap;
//!
//! type Sessions = readmostly::primitives::ShardedMap<String, u32>;
//!
//! let sessions = Sessions::new();
//! sessions.insert(String::from("ann"), 1);
//! assert_eq!(sessions.get_with("ann", |n| *n), Some(1));
//! ```
//!
//! A `SyncMap` has more methods, such as `get`, `pin` and `compute`. Its inherent methods
//! never have the name of a method of the trait with another signature. `get` is not in the
//! trait: a reference into a locked map would hold the lock of that map. Use
//! [`get_with`](ConcurrentMap::get_with) or [`get_cloned`](ConcurrentMap::get_cloned).
//!
//! With the feature `record`, [`Recorded`] wraps any of these maps, and writes a [`trace`]
//! of the calls that a running program makes. Use the trace to choose a map for the real
//! load.
//!
//! # What the locks cost
//!
//! A thread that waits for a lock does not run, so a CPU profile does not show the wait.
//! With the feature `lock-stats`, every lock of these maps, and the mutex of a `SyncMap`,
//! counts how often threads waited for it, and for how long:
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
//! To read the numbers of a period, rather than of the whole life of a map, use
//! `LockStats::since`:
//!
//! - `contended` is a small share of `acquisitions`: the lock is not the bottleneck.
//! - `waited`, divided by the length of the period, is the average number of threads that
//!   waited. 0.01 is negligible. 1 means that a whole thread is lost.
//! - One shard has most of `contended`: this shard has a few hot keys. More shards do not
//!   help. Declare these keys hot in a [`HybridMap`]. If all shards have about the same
//!   `contended`, use more shards.
//! - Many short waits, shorter than some microseconds: the lock is taken too often.
//! - A few long waits, of milliseconds: a critical section takes too long (a closure, an
//!   iteration, a table that grows), or the thread that held the lock was not running.
//! - A [`SyncMap`](crate::SyncMap), or the hot part of a [`HybridMap`], has many
//!   `acquisitions`: the keys of the map change too often for this kind of map.
//!
//! Without the feature, no instruction is added. With the feature, each acquisition adds to
//! a counter in the cache line of the lock. For readers that share a lock, this is one more
//! atomic addition to a line that is already contended. Only a thread that waits reads the
//! clock. It does so twice, the second time right after it has acquired the lock. Each lock
//! is about 540 bytes larger.
//!
//! # Metrics
//!
//! With the feature `metrics`, each map has a method `export_metrics`. The method passes
//! all of these numbers to the recorder of the `metrics` crate, for example for a
//! Prometheus endpoint. Call it before each scrape, or from a timer. It costs nothing
//! between two calls.
//!
//! | metric | labels | meaning |
//! |---|---|---|
//! | `readmostly_keys` | `map` | a gauge: the keys present |
//! | `readmostly_hot_keys` | `map` | a gauge: the keys of a [`HybridMap`] that are hot |
//! | `readmostly_retired_objects`, `readmostly_retired_bytes`, `readmostly_oldest_guard_seconds` | none | gauges, from [`reclamation`](crate::reclamation): what waits to be freed, for all maps together. Exported with a `SyncMap` and with a `HybridMap` |
//! | `readmostly_read_entries`, `readmostly_dirty_entries`, `readmostly_tombstones` | `map` | gauges, from [`Stats`](crate::Stats): the contents of a [`SyncMap`](crate::SyncMap), or of the hot part of a [`HybridMap`] |
//! | `readmostly_misses_total`, `readmostly_promotions_total`, `readmostly_rebuilds_total`, `readmostly_copied_entries_total`, `readmostly_expunges_total`, `readmostly_unexpunges_total` | `map` | counters, from [`Stats`](crate::Stats): what that map has done |
//! | `readmostly_lock_acquisitions_total`, `readmostly_lock_contended_total` | `map`, `lock` | counters |
//! | `readmostly_lock_waited_seconds` | `map`, `lock` | a gauge that only grows, as counters have no fractions |
//! | `readmostly_lock_longest_wait_seconds` | `map`, `lock` | a gauge: the longest wait since the map was made |
//! | `readmostly_lock_waits_total` | `map`, `le` | counters: the waits for all locks of the map that took less than `le` seconds |
//!
//! `map` is the name that you pass to `export_metrics`. Give each map a name of its own.
//! Recorders keep the largest value of a counter. So a map with the name of an earlier map
//! shows nothing new until its counters are larger than those of the earlier map. `lock` is
//! the index of a lock, from 0. It is `mutex` for the mutex of a `SyncMap`. A [`HybridMap`]
//! also has `moves` and `hot`.
//!
//! In PromQL, the average number of waiting threads for each lock, and the 99th percentile
//! of the waits:
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
