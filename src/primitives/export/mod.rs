//! `export_metrics`: hands what the maps have done to the recorder of the `metrics` crate.
//!
//! Nothing is remembered from one call to the next. A number of a map is either a total
//! since the map was made or a present value, and is exported as such. So nothing can be
//! counted twice. That is why the times of waits are counters, one for each bound, and not
//! histograms of `metrics`. A histogram takes one call for each wait, and recorders keep
//! each wait until the next scrape.

mod names;

use super::lock_map::LockMap;
use super::locks::{Lock, Locks};
use crate::lock_stats::{LockStats, WaitTimes};
use crate::map::SyncMap;
use crate::stats::{Reclamation, Stats, reclamation};
use metrics::{Label, counter, gauge};
use names::Name;
use std::time::Duration;

/// One call of `export_metrics`, for the map of this name.
pub(super) struct Export<'n> {
    map: &'n str,
}

impl<'n> Export<'n> {
    /// Describes what will be exported, and begins.
    pub(super) fn of(map: &'n str) -> Self {
        names::describe_all();
        Self { map }
    }

    fn labels(&self, more: Option<(&'static str, String)>) -> Vec<Label> {
        let map = Label::new("map", self.map.to_owned());
        let more = more.map(|(key, value)| Label::new(key, value));
        [map].into_iter().chain(more).collect()
    }

    fn total(&self, name: Name, label: Option<(&'static str, String)>, value: u64) {
        counter!(name.0, self.labels(label)).absolute(value);
    }

    fn now(&self, name: Name, label: Option<(&'static str, String)>, value: f64) {
        gauge!(name.0, self.labels(label)).set(value);
    }

    /// How many keys are present.
    pub(super) fn keys(&self, keys: usize) {
        self.now(names::KEYS, None, keys as f64);
    }

    /// How many of them are hot.
    pub(super) fn hot_keys(&self, keys: usize) {
        self.now(names::HOT_KEYS, None, keys as f64);
    }

    /// What a `SyncMap` has done, and what it holds beside its keys.
    pub(super) fn stats(&self, stats: &Stats) {
        for (name, value) in [
            (names::READ_ENTRIES, stats.read_entries),
            (names::DIRTY_ENTRIES, stats.dirty_entries),
            (names::TOMBSTONES, stats.tombstones),
        ] {
            self.now(name, None, value as f64);
        }
        for (name, value) in [
            (names::MISSES, stats.misses),
            (names::PROMOTIONS, stats.promotions),
            (names::REBUILDS, stats.rebuilds),
            (names::COPIED_ENTRIES, stats.copied_entries),
            (names::EXPUNGES, stats.expunges),
            (names::UNEXPUNGES, stats.unexpunges),
        ] {
            self.total(name, None, value);
        }
        reclaimed(&reclamation());
    }

    /// What was measured at each lock, by its name.
    pub(super) fn locks<'s>(&self, locks: impl IntoIterator<Item = (String, &'s LockStats)>) {
        let mut together = LockStats::default();
        for (name, stats) in locks {
            let label = || Some(("lock", name.clone()));
            self.total(names::ACQUISITIONS, label(), stats.acquisitions);
            self.total(names::CONTENDED, label(), stats.contended);
            self.now(names::WAITED, label(), stats.waited.as_secs_f64());
            let longest = stats.longest_wait.as_secs_f64();
            self.now(names::LONGEST_WAIT, label(), longest);
            together.merge(stats);
        }
        self.waits(&together.wait_times);
    }

    /// How many waits ended before each bound.
    fn waits(&self, times: &WaitTimes) {
        for bound in bounds() {
            let within = times.buckets().take_while(|(times, _)| times.end <= bound);
            let waits = within.map(|(_, waits)| waits).sum();
            let bound = bound.as_secs_f64().to_string();
            self.total(names::WAITS, Some(("le", bound)), waits);
        }
        let all = String::from("+Inf");
        self.total(names::WAITS, Some(("le", all)), times.count());
    }
}

/// What waits to be freed. It belongs to no map, so it has no label.
fn reclaimed(waits: &Reclamation) {
    let age = waits.oldest_guard.unwrap_or_default().as_secs_f64();
    gauge!(names::RETIRED_OBJECTS.0).set(waits.objects as f64);
    gauge!(names::RETIRED_BYTES.0).set(waits.bytes as f64);
    gauge!(names::OLDEST_GUARD.0).set(age);
}

/// The bounds by which waits are exported: powers of two, which are ends of buckets, from a
/// quarter of a microsecond to half a minute.
fn bounds() -> impl Iterator<Item = Duration> {
    (8..=35).map(|power| Duration::from_nanos(1 << power))
}

/// The names of the shards: their indices.
pub(super) fn by_place(shards: &[LockStats]) -> impl Iterator<Item = (String, &LockStats)> {
    let places = (0..).map(|place: usize| place.to_string());
    places.zip(shards)
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Passes what the map has done, and how much it holds, to the recorder of the
    /// `metrics` crate. `map` becomes the label `map="…"` of each metric. Call
    /// `export_metrics` regularly: before each scrape, or from a timer. It costs nothing
    /// between two calls. More frequent calls count nothing twice.
    ///
    /// Takes the mutex, as [`stats`](SyncMap::stats) does, and calls the recorder with no
    /// lock held. Requires the feature `metrics`. The page
    /// [`primitives`](crate::primitives#metrics) has a table of the metrics.
    ///
    /// # Complexity
    ///
    /// O(1): about fifty calls of the recorder.
    ///
    /// # Examples
    ///
    /// ```
    /// use metrics_exporter_prometheus::PrometheusBuilder;
    /// use readmostly::SyncMap;
    ///
    /// // A program would install its recorder once.
    /// let recorder = PrometheusBuilder::new().build_recorder();
    /// let types = SyncMap::from([("html", "text/html")]);
    /// metrics::with_local_recorder(&recorder, || types.export_metrics("types"));
    /// let rendered = recorder.handle().render();
    /// assert!(rendered.contains("readmostly_keys{map=\"types\"} 1\n"));
    /// ```
    pub fn export_metrics(&self, map: &str) {
        let (stats, lock) = (self.stats(), self.lock_stats());
        let export = Export::of(map);
        export.keys(stats.len);
        export.stats(&stats);
        export.locks([(String::from("mutex"), &lock)]);
    }
}

impl<L: Locks, S> LockMap<L, S> {
    /// Passes what was measured at the locks, and the number of keys, to the recorder of
    /// the `metrics` crate, as [`SyncMap::export_metrics`] does. `map` becomes the label
    /// `map="…"` of each metric. The label `lock="…"` is the index of the lock: 0 if there
    /// is only one.
    ///
    /// Takes each lock for reading, one after the other, and does not count that. Calls the
    /// recorder with no lock held. Requires the feature `metrics`.
    ///
    /// # Complexity
    ///
    /// O(number of locks), with four calls of the recorder for each lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use metrics_exporter_prometheus::PrometheusBuilder;
    /// use readmostly::primitives::{ConcurrentMap, MutexMap};
    ///
    /// let recorder = PrometheusBuilder::new().build_recorder();
    /// let hits = MutexMap::new();
    /// hits.insert("/", 1);
    /// metrics::with_local_recorder(&recorder, || hits.export_metrics("hits"));
    /// let rendered = recorder.handle().render();
    /// let line = "readmostly_lock_acquisitions_total{map=\"hits\",lock=\"0\"} 1\n";
    /// assert!(rendered.contains(line));
    /// ```
    pub fn export_metrics(&self, map: &str) {
        let keys = self.locks.all().iter().map(|lock| lock.len_unmetered());
        let (keys, locks) = (keys.sum(), self.lock_stats());
        let export = Export::of(map);
        export.keys(keys);
        export.locks(by_place(&locks));
    }
}
