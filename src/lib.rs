//! A concurrent map for registries that are read all the time and written now
//! and then.
mod count;
mod entry;
mod garbage;
mod inspect;
mod iter;
mod locked;
mod map;
mod one_shot;
mod outcome;
mod pinned;
mod read_only;
mod refs;
mod stats;
mod sync;
mod traits;
pub use entry::EntryState;
pub use inspect::Inspection;
pub use iter::{Drain, IntoIter, Iter, IterMut, Keys, Values};
pub use map::SyncMap;
pub use outcome::{CompareExchangeError, Compute, OccupiedError, Operation};
pub use pinned::Pinned;
pub use refs::Ref;
pub use stats::Stats;
