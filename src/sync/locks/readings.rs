//! What a lock's meter shows.

/// The counts of one lock. Times are in nanoseconds.
pub(crate) struct Readings {
    pub(crate) acquisitions: u64,
    /// The sum of all waits.
    pub(crate) waited: u64,
    pub(crate) longest: u64,
    /// How many waits took from 2ⁱ to twice that, for each i.
    pub(crate) times: [u64; 64],
}

/// The power of two that a time is counted under. 0 stands for all times below 2 ns.
pub(crate) fn power_of(nanos: u64) -> usize {
    nanos.max(1).ilog2() as usize
}

#[cfg(any(counted, loom))]
impl Readings {
    /// The readings of a lock that has no meter.
    pub(crate) const NONE: Self = Self {
        acquisitions: 0,
        waited: 0,
        longest: 0,
        times: [0; 64],
    };
}
