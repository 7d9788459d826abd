//! What happened in the histories that were checked. A test of threads that never
//! met, or of a map that was never promoted, proves nothing.

use crate::call::Call;
use crate::crew::Ended;
use crate::history::races;
use std::fmt;

/// How often each of these happened while the threads ran, preparations not
/// counted.
#[derive(Default)]
pub(crate) struct Tally {
    histories: u64,
    calls: u64,
    /// Histories in which two calls of different threads on one key overlapped.
    raced: u64,
    races: u64,
    promotions: u64,
    rebuilds: u64,
    expunges: u64,
    unexpunges: u64,
    clears: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, ended: &Ended) {
        let (before, after) = (&ended.before, &ended.after);
        let played = &ended.records[ended.played.clone()];
        let races = races(played) as u64;
        let clears = played.iter().filter(|record| record.call == Call::Clear);
        self.merge(&Self {
            histories: 1,
            calls: played.len() as u64,
            raced: u64::from(races > 0),
            races,
            promotions: after.promotions - before.promotions,
            rebuilds: after.rebuilds - before.rebuilds,
            expunges: after.expunges - before.expunges,
            unexpunges: after.unexpunges - before.unexpunges,
            clears: clears.count() as u64,
        });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.histories += other.histories;
        self.calls += other.calls;
        self.raced += other.raced;
        self.races += other.races;
        self.promotions += other.promotions;
        self.rebuilds += other.rebuilds;
        self.expunges += other.expunges;
        self.unexpunges += other.unexpunges;
        self.clears += other.clears;
    }

    pub(crate) fn assert_that_everything_happened(&self) {
        let happened = [
            ("history with a race", self.raced),
            ("promotion", self.promotions),
            ("rebuild", self.rebuilds),
            ("expunged entry", self.expunges),
            ("entry that came back", self.unexpunges),
            ("clear", self.clears),
        ];
        for (what, count) in happened {
            assert!(count > 0, "not one {what}");
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} histories of {} calls, {} with calls on one key that overlapped ({} pairs); \
             {} promotions, {} rebuilds, {} expunged, {} back, {} clears",
            self.histories,
            self.calls,
            self.raced,
            self.races,
            self.promotions,
            self.rebuilds,
            self.expunges,
            self.unexpunges,
            self.clears,
        )
    }
}
