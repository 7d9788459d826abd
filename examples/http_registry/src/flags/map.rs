//! [`FlagMap`]: what the registry asks of a map. [`Kind`]: which maps there are.

use super::{Entry, Inside, Name, Page};
use serde::Serialize;

/// The maps that the registry can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `readmostly::SyncMap`: look-ups of known flags take no lock
    Sync,
    /// `readmostly::primitives::RwLockMap`: one lock around a `HashMap`
    Rwlock,
    /// `dashmap::DashMap`: a lock for each shard
    Dashmap,
}

impl Kind {
    /// Returns the name of the map, as the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Rwlock => "rwlock",
            Self::Dashmap => "dashmap",
        }
    }
}

/// What the registry asks of a map.
///
/// `readmostly::primitives::ConcurrentMap` has most of it. It lacks `try_insert` and the
/// numbers of the inside, and a `SyncMap` can iterate without a clone, which the trait cannot.
pub trait FlagMap {
    /// Makes all flags known to readers, after the map was filled.
    fn filled(&self) {}

    /// Returns the flag of this name.
    fn get(&self, name: &str) -> Option<Entry>;

    /// Inserts a flag that must be absent. Returns `false` if it is present.
    fn try_insert(&self, name: Name, entry: Entry) -> bool;

    /// Replaces the flag if it is still `expected`. Returns `false` if it is not.
    fn compare_exchange(&self, name: &str, expected: &Entry, new: Entry) -> bool;

    /// Removes the flag. Returns `false` if it is absent.
    fn remove(&self, name: &str) -> bool;

    /// Returns the first `limit` flags by name, of those that begin with `prefix` and come
    /// behind `after`.
    fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> Page;

    /// Returns the number of flags.
    fn count(&self) -> usize;

    /// Returns the numbers of the map's inside.
    fn inside(&self) -> Inside;

    /// Passes the numbers of the map to the recorder of the crate `metrics`.
    fn export_metrics(&self);
}
