//! [`Inside`]: the numbers of a map's inside.

use readmostly::primitives::LockStats;
use serde::Serialize;

/// The numbers of a map's inside. `None` (`null` in JSON): the map has no such number.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inside {
    /// The entries of the read snapshot.
    pub read: Option<usize>,
    /// The entries of the dirty map.
    pub dirty: Option<usize>,
    /// The entries without a value.
    pub tombstones: Option<usize>,
    /// The calls that looked for their key in the dirty map.
    pub misses: Option<u64>,
    /// How often the dirty map became the read snapshot.
    pub promotions: Option<u64>,
    /// How often a dirty map was built.
    pub rebuilds: Option<u64>,
    /// How the lock of the map was waited for.
    pub contention: Option<Contention>,
}

/// How a lock was waited for.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Contention {
    /// How often the lock was taken.
    pub acquisitions: u64,
    /// How often that had to wait.
    pub contended: u64,
    /// How long that waited, in nanoseconds.
    pub waited_ns: u64,
}

impl From<&LockStats> for Contention {
    fn from(stats: &LockStats) -> Self {
        Self {
            acquisitions: stats.acquisitions,
            contended: stats.contended,
            waited_ns: stats.waited.as_nanos().try_into().unwrap_or(u64::MAX),
        }
    }
}
