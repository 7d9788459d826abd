//! The other maps that people choose between, and the trait they share with
//! [`SyncMap`](crate::SyncMap).
//!
//! | | reads | writes | calls without a key |
//! |---|---|---|---|
//! | [`MutexMap`] | one at a time | one at a time | atomic |
//! | [`RwLockMap`] | together | one at a time | atomic |
//! | [`ShardedMap`] | together | one at a time in each shard | shard by shard |
//! | [`HybridMap`] | of hot keys without a lock, else as a `ShardedMap` | as reads | key by key, `clear` atomic |
//! | [`SyncMap`](crate::SyncMap) | without a lock | without a lock, but for new keys | key by key, `clear` atomic |
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

mod concurrent_map;
mod fnv;
mod hybrid;
mod lock_map;
mod locks;
mod pairs;
mod recorded;
mod sharded;
mod sync_map;
pub mod trace;
mod traits;

pub use concurrent_map::ConcurrentMap;
pub use fnv::{BuildFnv1a, Fnv1a};
pub use hybrid::{HotOrCold, HybridMap};
pub use lock_map::{LockMap, MutexMap, Owned, RwLockMap};
pub use locks::{Locks, OneMutex, OneRwLock, Shards};
pub use recorded::{Recorded, RecordingOptions, RecordingSummary, StartError};
pub use sharded::ShardedMap;
