//! `export_metrics` of `HybridMap`.

use super::HybridMap;
use crate::primitives::export::{Export, by_place};
use crate::primitives::locks::{Lock, LockSet};
use crate::sync::read_unmetered;

impl<K, V, S> HybridMap<K, V, S> {
    /// Passes what was measured at the locks, what the hot map has done, and the number of
    /// keys, to the recorder of the `metrics` crate, as
    /// [`SyncMap::export_metrics`](crate::SyncMap::export_metrics) does. `map` becomes the
    /// label `map="…"` of each metric. The label `lock="…"` is the index of a shard, or
    /// `moves`, or `hot`, as in [`lock_stats`](HybridMap::lock_stats).
    ///
    /// Takes the locks that `len` takes, and the mutex of the hot map, and does not count
    /// that. Calls the recorder with no lock held. Requires the feature `metrics`.
    ///
    /// # Complexity
    ///
    /// O(number of shards), with four calls of the recorder for each shard.
    ///
    /// # Examples
    ///
    /// ```
    /// use metrics_exporter_prometheus::PrometheusBuilder;
    /// use readmostly::primitives::{ConcurrentMap, HybridMap};
    ///
    /// let recorder = PrometheusBuilder::new().build_recorder();
    /// let users = HybridMap::from([("ann", 1), ("bob", 2)]);
    /// users.declare_hot("ann");
    /// metrics::with_local_recorder(&recorder, || users.export_metrics("users"));
    /// let rendered = recorder.handle().render();
    /// assert!(rendered.contains("readmostly_keys{map=\"users\"} 2\n"));
    /// assert!(rendered.contains("readmostly_hot_keys{map=\"users\"} 1\n"));
    /// ```
    pub fn export_metrics(&self, map: &str) {
        let (cold, hot) = self.lens_unmetered();
        let (stats, locks) = (self.hot.stats(), self.lock_stats());
        let export = Export::of(map);
        export.keys(cold + hot);
        export.hot_keys(hot);
        export.stats(&stats);
        let rest = [("moves", &locks.moves), ("hot", &locks.hot)];
        let rest = rest.map(|(name, stats)| (String::from(name), stats));
        export.locks(by_place(&locks.shards).chain(rest));
    }

    /// How many keys are cold, and how many are hot, while none moves (H4).
    fn lens_unmetered(&self) -> (usize, usize) {
        let guard = self.hot.map_guard();
        let _walking = read_unmetered(&self.moves);
        let cold = self.cold.all().iter().map(|shard| shard.len_unmetered());
        (cold.sum(), self.hot.count_keys(&guard))
    }
}
