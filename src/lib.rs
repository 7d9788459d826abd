//! A concurrent map for data that many threads read all the time and change now and then.
//! It is a faithful port of Go's `sync.Map` in its read/dirty form: reads, overwrites and
//! removals of known keys take no lock, and new keys take a mutex.
//!
//! ```
//! use readmostly::SyncMap;
//! use std::thread;
//!
//! // The feature flags of a web server.
//! let flags = SyncMap::from([("dark-mode", true), ("new-checkout", false)]);
//!
//! thread::scope(|scope| {
//!     for _ in 0..4 {
//!         // Every request reads flags. A read of a known key takes no lock.
//!         scope.spawn(|| assert!(*flags.get("dark-mode").unwrap()));
//!     }
//!     // An administrator switches a flag on. An overwrite takes no lock either.
//!     scope.spawn(|| drop(flags.insert("new-checkout", true)));
//!     // A release adds a flag. A new key takes a mutex.
//!     scope.spawn(|| drop(flags.insert("search-v2", false)));
//! });
//! assert_eq!(flags.len(), 3);
//! ```
//!
//! # When to use it
//!
//! - The keys are known early and stay: registries, routes, feature flags, configuration,
//!   interned names. Most calls are look-ups.
//! - Each thread overwrites and removes keys of its own, and these keys are known.
//! - A reader of a known key must never wait for a writer, and must never make a writer
//!   wait.
//!
//! # When not to use it
//!
//! - New keys arrive all the time. The first new key after a promotion copies the table of
//!   pointers under the mutex. From then until the next promotion, look-ups of new keys and
//!   of absent keys take the mutex too. Use [`primitives::ShardedMap`], dashmap or scc.
//! - The table is large. With up to 50,000 keys a look-up is faster than in papaya. With
//!   1,000,000 keys, looked up at random, papaya and dashmap are faster
//!   ([benchmarks](docs::reference::benchmarks)).
//! - There is only one thread, or the map never changes after it was built. Use a
//!   `HashMap`, or a reference to one.
//! - Destructors must run at once, or keys and values are not `'static`. Removed keys and
//!   values are dropped later, by any thread that calls a map ([memory](docs::memory)).
//!
//! # How it works
//!
//! The map has two tables over the same entries. The *read snapshot* never changes after its
//! publication, so a reader searches it without a lock ([chapter 1][1]). Each entry has one
//! atomic word. An overwrite or a removal of a known key exchanges that word, and copies
//! nothing ([chapter 3][3]). A new key goes into the *dirty map*, behind a mutex. A look-up that
//! has to search the dirty map counts as a miss. After as many misses as the dirty map has
//! keys, the dirty map becomes the next snapshot ([chapter 5][5]). A removed value is freed
//! when no thread can be reading it any more ([chapter 7][7]). The [book](docs::book) explains
//! each step, with the race that it prevents.
//!
//! [1]: docs::book::ch01_readers_that_write
//! [3]: docs::book::ch03_the_word_p
//! [5]: docs::book::ch05_counting_misses
//! [7]: docs::book::ch07_who_frees_what
//!
//! # Where to go next
//!
//! - [`SyncMap`] has the methods. For many calls in a row, and to iterate, see
//!   [`SyncMap::pin`]. [`SyncSet`] is a set.
//! - [`primitives`] has other maps: with one lock, with shards, and a hybrid of shards and
//!   this map. All implement the trait [`primitives::ConcurrentMap`]. Code that imports the
//!   trait and calls only its methods switches to another map by one type alias. `get` is not
//!   one of these methods: use `get_with` or `get_cloned`.
//! - [`docs`] has the book, and a page on each of these: who frees [memory](docs::memory) and
//!   when, [moving](docs::moving) from another map,
//!   [what does not compile](docs::what_does_not_compile), [verification](docs::verification),
//!   and the [differences from Go](docs::go_parity). [`docs::reference`] has the tables: memory
//!   [orderings](docs::reference::orderings), [benchmarks](docs::reference::benchmarks), and
//!   others.
//!
//! # Features
//!
//! Only `light-pins` is on by default.
//!
//! - `light-pins`: look-ups announce themselves without a fence, on 64-bit Linux, if the
//!   kernel allows it ([light pins](docs::memory#light-pins)). Without the feature, or with
//!   the environment variable `READMOSTLY_PINS=full`, look-ups take a pin of
//!   crossbeam-epoch.
//! - `lock-stats`: the locks of all maps measure how long threads wait for them
//!   ([what the locks cost](primitives#what-the-locks-cost)). It costs nothing when it is
//!   off.
//! - `metrics`: exports what the maps have done through the `metrics` crate, for Prometheus
//!   and others ([metrics](primitives#metrics)). It turns on `lock-stats`.
//! - `record`: a map can record the calls of a running program, so that you can choose a
//!   map for the real load ([`primitives::Recorded`], [`primitives::trace`]).
//! - `rayon`: parallel iterators over a [`Pinned`] or a [`PinnedSet`], and parallel filling of a
//!   [`SyncMap`] or a [`SyncSet`].
//! - `serde`: `Serialize` and `Deserialize` for [`SyncMap`], [`SyncSet`] and the maps in
//!   [`primitives`].

// The documentation links to items of the feature `record`, in every build.
#![cfg_attr(not(feature = "record"), allow(rustdoc::broken_intra_doc_links))]

// The methods of `SyncMap` are documented in this order.
mod map;
mod one_shot;

mod count;
pub mod docs;
mod entry;
mod garbage;
mod inspect;
mod iter;
#[cfg(feature = "lock-stats")]
mod lock_stats;
mod locked;
mod outcome;
mod pinned;
mod prefetch;
pub mod primitives;
#[cfg(feature = "rayon")]
mod rayon;
mod read_only;
mod reclaim;
mod refs;
mod refs_iter;
mod removed;
mod set;
mod stats;
mod sync;
mod table;
mod traits;

pub use entry::EntryState;
pub use equivalent::Equivalent;
pub use inspect::Inspection;
pub use iter::{Drain, ExtractIf, IntoIter, Iter, IterMut, Keys, Values};
pub use map::SyncMap;
pub use outcome::{CompareExchangeError, Compute, OccupiedError, Operation, RemoveIfError};
pub use pinned::Pinned;
pub use refs::{MappedRef, Ref};
pub use refs_iter::{ExtractRefs, KeyRefs, Refs, ValueRefs};
pub use removed::{Removed, RemovedAll, WaitError, synchronize};
pub use set::{PinnedSet, SetDrain, SetIntoIter, SetRef, SyncSet};
pub use stats::{Reclamation, Stats, reclamation};

/// For the models in `tests/loom` and `tests/loom_epoch` alone.
#[cfg(loom)]
#[doc(hidden)]
pub mod internals {
    pub use crate::reclaim::model::DueQueue;
    #[cfg(crossbeam_loom)]
    pub use crate::reclaim::model::take_a_record;
    pub use crate::reclaim::model::{begin_or_go_on, end_light_pins, end_of_thread, hand_over};
    #[cfg(not(crossbeam_loom))]
    pub use crate::reclaim::model::{forget_garbage, free_garbage};
    pub use crate::reclaim::model::{make_cookies, run_due, switch_light_pins_on};
    pub use crate::sync::model::story;
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
