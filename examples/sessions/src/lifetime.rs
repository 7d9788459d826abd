//! [`Lifetime`]: how long a session lasts, and how exactly.

use std::time::Duration;

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// After this time a session ends, whatever its user does.
    pub absolute: Duration,
    /// After this time without a [`renew`](crate::Sessions::renew) a session ends. `None`: a
    /// session lasts for its absolute lifetime.
    pub idle: Option<Duration>,
    /// How often the task [`expire`](crate::expire) looks for sessions that are due. A session
    /// ends at its deadline or at most one tick later. It never ends early.
    pub tick: Duration,
}

impl Lifetime {
    /// Returns a lifetime without an idle limit, and with a tick of one second.
    pub const fn absolute(absolute: Duration) -> Self {
        let tick = Duration::from_secs(1);
        Self {
            absolute,
            idle: None,
            tick,
        }
    }

    /// The deadline of a session that began at `started` and was used at `now`, in
    /// nanoseconds.
    pub(crate) fn deadline(&self, started: u64, now: u64) -> u64 {
        let last = started.saturating_add(nanos(self.absolute));
        let idle = self.idle.map(|idle| now.saturating_add(nanos(idle)));
        idle.map_or(last, |idle| idle.min(last))
    }
}

/// A `u64` has room for 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
