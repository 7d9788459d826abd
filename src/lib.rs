//! A concurrent map for registries that are read all the time and written now
//! and then: Go's `sync.Map`, in its read/dirty form, faithful state for state.
//!
//! ```
//! use readmostly::SyncMap;
//! use std::thread;
//!
//! let types = SyncMap::from([("html", "text/html"), ("png", "image/png")]);
//!
//! thread::scope(|scope| {
//!     // Readers take no lock.
//!     for _ in 0..4 {
//!         scope.spawn(|| assert_eq!(*types.get("png").unwrap(), "image/png"));
//!     }
//!     // Neither does a writer who overwrites or removes a key that is known.
//!     scope.spawn(|| drop(types.insert("html", "text/html; charset=utf-8")));
//!     // A new key takes a mutex.
//!     scope.spawn(|| drop(types.insert("webp", "image/webp")));
//! });
//! assert_eq!(types.len(), 3);
//! ```
//!
//! # When to use it
//!
//! - Keys are known early and stay: registries, routes, feature flags,
//!   configuration, interned names. Values may change as often as they like.
//! - Each thread overwrites and removes keys of its own, and these keys are known.
//! - Readers of known keys must never wait for a writer, nor make one wait.
//!
//! # When not
//!
//! - New keys all the time. The first new key after a promotion copies the table
//!   of pointers under the mutex. From then until the next promotion, look-ups of new
//!   and of absent keys take that mutex. Use papaya, dashmap or scc.
//! - Large tables. With up to 50,000 keys a look-up is faster than papaya's. With
//!   1,000,000 keys, looked up at random, papaya's is faster ([`docs::benchmarks`]).
//! - One thread, or a map that never changes once it is built: a `HashMap`, or a
//!   reference to one.
//! - Destructors that have to run at once, or keys and values that are not
//!   `'static`: removed ones are dropped later, by whichever thread then calls a map
//!   ([`docs::memory`]).
//!
//! [`primitives`] has other maps behind the same trait: with one lock, with many, and
//! a mixture with this one. To switch to one, change a type alias.
//!
//! # Where to go from here
//!
//! [`SyncMap`] has the methods. [`SyncMap::pin`] is for several calls in a row,
//! and for iterating. [`docs`] explains the algorithm, who frees what, and the
//! memory orderings. It also says how all of that was checked, what it costs, and what
//! differs from Go.
//!
//! # Features
//!
//! - `light-pins`, on by default: look-ups announce themselves without a fence, on 64-bit
//!   Linux if the kernel allows that ([light pins](docs::memory#light-pins)). Without the
//!   feature, or with the environment variable `READMOSTLY_PINS=full`, they take a pin of
//!   crossbeam-epoch.
//! - `lock-stats`: the locks of all maps measure how long threads wait for them
//!   ([what the locks cost](primitives#what-the-locks-cost)). Free when off.
//! - `metrics`, which turns on `lock-stats`: an export of what the maps have done, through
//!   the `metrics` crate, for Prometheus and others ([metrics](primitives#metrics)).
//! - `record`: a map may record what a running program does with it, to choose a map by the
//!   real load ([`primitives::Recorded`], [`primitives::trace`]).
//! - `serde`: `Serialize` and `Deserialize` for [`SyncMap`] and the maps in
//!   [`primitives`].

// The text names what has a feature of its own in every build.
#![cfg_attr(not(feature = "record"), allow(rustdoc::broken_intra_doc_links))]

mod count;
pub mod docs;
mod entry;
mod garbage;
mod inspect;
mod iter;
#[cfg(feature = "lock-stats")]
mod lock_stats;
mod locked;
mod map;
mod one_shot;
mod outcome;
mod pinned;
mod prefetch;
pub mod primitives;
mod read_only;
mod reclaim;
mod refs;
mod stats;
mod sync;
mod table;
mod traits;

pub use entry::EntryState;
pub use equivalent::Equivalent;
pub use inspect::Inspection;
pub use iter::{Drain, IntoIter, Iter, IterMut, Keys, Values};
pub use map::SyncMap;
pub use outcome::{CompareExchangeError, Compute, OccupiedError, Operation};
pub use pinned::Pinned;
pub use refs::Ref;
pub use stats::Stats;

/// For the models in `tests/loom` and `tests/loom_epoch` alone.
#[cfg(loom)]
#[doc(hidden)]
pub mod internals {
    pub use crate::reclaim::model::DueQueue;
    #[cfg(not(crossbeam_loom))]
    pub use crate::reclaim::model::free_garbage;
    #[cfg(crossbeam_loom)]
    pub use crate::reclaim::model::take_a_record;
    pub use crate::reclaim::model::{begin_or_go_on, end_light_pins, end_of_thread, hand_over};
    pub use crate::reclaim::model::{run_due, switch_light_pins_on};
    pub use crate::sync::model::{be_sequential, take_turns, take_turns_at_numbers_too};
}

/// For `tests/counted.rs` alone.
#[cfg(counted)]
#[doc(hidden)]
pub mod internals {
    pub use crate::sync::counted::counts::{Counts, counts};
}

/// The README's examples, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
