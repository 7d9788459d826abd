//! The flags in a `readmostly::SyncMap`. No call of a reader waits for a writer.

use super::page::Pager;
use super::{Entry, FlagMap, Inside, Name, Page};
use readmostly::SyncMap;

impl FlagMap for SyncMap<Name, Entry> {
    /// Promotes the dirty map. Otherwise as many reads as there are flags would take the mutex.
    fn filled(&self) {
        self.compact();
    }

    #[inline]
    fn get(&self, name: &str) -> Option<Entry> {
        self.get_cloned(name)
    }

    fn try_insert(&self, name: Name, entry: Entry) -> bool {
        self.try_insert(name, entry).is_ok()
    }

    fn compare_exchange(&self, name: &str, expected: &Entry, new: Entry) -> bool {
        self.compare_exchange(name, expected, new).is_ok()
    }

    fn remove(&self, name: &str) -> bool {
        self.remove(name).is_some()
    }

    fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> Page {
        let mut pager = Pager::new(prefix, after, limit);
        for (name, entry) in &self.pin() {
            pager.see(name, entry);
        }
        pager.page()
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn inside(&self) -> Inside {
        let stats = self.stats();
        Inside {
            read: Some(stats.read_entries),
            dirty: Some(stats.dirty_entries),
            tombstones: Some(stats.tombstones),
            misses: Some(stats.misses),
            promotions: Some(stats.promotions),
            rebuilds: Some(stats.rebuilds),
            contention: Some((&self.lock_stats()).into()),
        }
    }

    fn export_metrics(&self) {
        self.export_metrics("flags");
    }
}
