//! What the map did inside while the load ran: counts, and what they mean.

use crate::figures::{count, times};
use readmostly::Stats;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Inside {
    pub(crate) keys: usize,
    pub(crate) tombstones: usize,
    pub(crate) locks: u64,
    pub(crate) misses: u64,
    pub(crate) promotions: u64,
    pub(crate) rebuilds: u64,
    pub(crate) copied_entries: u64,
    pub(crate) expunges: u64,
    pub(crate) unexpunges: u64,
}

impl Inside {
    pub(crate) fn between(before: Stats, after: Stats) -> Self {
        Self {
            keys: after.len,
            tombstones: after.tombstones,
            locks: after.locks - before.locks,
            misses: after.misses - before.misses,
            promotions: after.promotions - before.promotions,
            rebuilds: after.rebuilds - before.rebuilds,
            copied_entries: after.copied_entries - before.copied_entries,
            expunges: after.expunges - before.expunges,
            unexpunges: after.unexpunges - before.unexpunges,
        }
    }

    /// What the counts mean for readers and for the writer, a sentence each.
    pub(crate) fn in_words(&self, lookups: u64) -> Vec<String> {
        // Writes take the mutex too. The map counts look-ups and writes together.
        let locks = match self.locks {
            0 => "No look-up took the mutex.".into(),
            locks if locks > lookups / 2 => "Any look-up may have taken the mutex.".into(),
            locks => format!(
                "At most one look-up in {} took the mutex. The others took no lock.",
                count(lookups / locks)
            ),
        };
        let copies = match self.copied_entries.checked_div(self.rebuilds) {
            None => "No new key needed a rebuild: nothing was copied.".into(),
            Some(each) => format!(
                "New keys needed a rebuild {}. Each rebuild copied {} pointers.",
                times(self.rebuilds),
                count(each)
            ),
        };
        let promotions = match self.promotions {
            0 => "New keys still wait for their promotion.".into(),
            promotions => format!(
                "New keys were promoted {}. Readers find promoted keys without the mutex.",
                times(promotions)
            ),
        };
        match self.rebuilds + self.promotions {
            0 => vec![locks, copies],
            _ => vec![locks, copies, promotions],
        }
    }
}
