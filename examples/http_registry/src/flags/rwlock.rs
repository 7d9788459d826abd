//! The flags in a `readmostly::primitives::RwLockMap`. A page holds the lock for reading, so
//! a writer waits for it, and readers wait for that writer.

use super::page::Pager;
use super::{Contention, Entry, FlagMap, Inside, Name, Page};
use readmostly::primitives::{ConcurrentMap, LockStats, RwLockMap};
use std::ops::ControlFlow::{self, Continue};

impl FlagMap for RwLockMap<Name, Entry> {
    #[inline]
    fn get(&self, name: &str) -> Option<Entry> {
        self.get_cloned(name)
    }

    fn try_insert(&self, name: Name, entry: Entry) -> bool {
        // The trait has no `try_insert`. The version tells whose flag is in the map now.
        let version = entry.version;
        self.get_with_or_insert(name, || entry, |present| present.version == version)
    }

    fn compare_exchange(&self, name: &str, expected: &Entry, new: Entry) -> bool {
        self.compare_and_set(name, expected, new).is_ok()
    }

    fn remove(&self, name: &str) -> bool {
        ConcurrentMap::remove(self, name).is_some()
    }

    fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> Page {
        let mut pager = Pager::new(prefix, after, limit);
        let _: ControlFlow<()> = self.for_each(|name, entry| {
            pager.see(name, entry);
            Continue(())
        });
        pager.page()
    }

    fn count(&self) -> usize {
        ConcurrentMap::len(self)
    }

    fn inside(&self) -> Inside {
        let locks: LockStats = self.lock_stats().iter().sum();
        Inside {
            contention: Some(Contention::from(&locks)),
            ..Inside::default()
        }
    }

    fn export_metrics(&self) {
        self.export_metrics("flags");
    }
}
