//! Where a replica stands: what the API and those who wait are told.

use super::Revision;
use std::time::Duration;

/// What is known of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many epochs there have been: see R4 and R5.
    pub epoch: u64,
    /// A session is open.
    pub following: bool,
    /// The open session has handed over all that the source had.
    pub drained: bool,
    /// The map equals the source at this revision, or is newer. Zero: not known.
    pub exact: Revision,
    /// The last revision that the open session has reached.
    pub through: Revision,
    /// The last revision that the source has named in this epoch.
    pub highest: Revision,
    /// For each key, the map shows what the source had at this moment, or later.
    pub current_as_of: Option<Duration>,
    /// How many sessions there have been.
    pub sessions: u64,
}
