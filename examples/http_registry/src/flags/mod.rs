//! The flags: what readers see, in a map that the command line chooses.

mod dash;
mod entry;
mod inside;
mod map;
mod name;
mod page;
mod rwlock;
mod smallest;
mod sync;
mod time;

pub use dash::Dash;
pub use entry::{Entry, etag};
pub use inside::{Contention, Inside};
pub use map::{FlagMap, Kind};
pub use name::{InvalidName, MAX_NAME_BYTES, Name};
pub use page::Page;
pub use smallest::Smallest;
pub use time::now;

use readmostly::SyncMap;
use readmostly::primitives::RwLockMap;

/// The flags in one of the three maps.
///
/// An `enum` and not a trait object: the choice costs a branch per call, and the closures of
/// [`FlagMap`] stay generic.
#[derive(Debug)]
pub enum Flags {
    /// `--map sync`
    Sync(SyncMap<Name, Entry>),
    /// `--map rwlock`
    RwLock(RwLockMap<Name, Entry>),
    /// `--map dashmap`
    Dash(Dash),
}

/// Runs the same expression on whichever map there is.
macro_rules! on {
    ($flags:expr, $map:ident => $what:expr) => {
        match $flags {
            Flags::Sync($map) => $what,
            Flags::RwLock($map) => $what,
            Flags::Dash($map) => $what,
        }
    };
}

impl Flags {
    /// Returns an empty map of this kind. All three use the hasher of the standard library.
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sync => Self::Sync(SyncMap::new()),
            Kind::Rwlock => Self::RwLock(RwLockMap::new()),
            Kind::Dashmap => Self::Dash(Dash::default()),
        }
    }

    /// Makes all flags known to readers, after the map was filled.
    pub fn filled(&self) {
        on!(self, map => FlagMap::filled(map));
    }

    /// Returns the flag of this name. The clone adds to two reference counts.
    pub fn get(&self, name: &str) -> Option<Entry> {
        on!(self, map => FlagMap::get(map, name))
    }

    /// Inserts a flag that must be absent. Returns `false` if it is present.
    pub fn try_insert(&self, name: Name, entry: Entry) -> bool {
        on!(self, map => FlagMap::try_insert(map, name, entry))
    }

    /// Replaces the flag if it is still `expected`. Returns `false` if it is not.
    pub fn compare_exchange(&self, name: &str, expected: &Entry, new: Entry) -> bool {
        on!(self, map => FlagMap::compare_exchange(map, name, expected, new))
    }

    /// Removes the flag. Returns `false` if it is absent.
    pub fn remove(&self, name: &str) -> bool {
        on!(self, map => FlagMap::remove(map, name))
    }

    /// Returns the first flags by name, of those that the filter lets through.
    ///
    /// The maps have no order, so each page goes over all flags: O(n log limit).
    pub fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> Page {
        on!(self, map => FlagMap::page(map, prefix, after, limit))
    }

    /// Returns the number of flags.
    pub fn len(&self) -> usize {
        on!(self, map => FlagMap::count(map))
    }

    /// Returns `true` if there is no flag.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers of the map's inside.
    pub fn inside(&self) -> Inside {
        on!(self, map => FlagMap::inside(map))
    }

    /// Passes the numbers of the map to the recorder of the crate `metrics`.
    pub fn export_metrics(&self) {
        on!(self, map => FlagMap::export_metrics(map));
    }
}
