//! `export_metrics`, as a Prometheus endpoint renders it: the very lines.
#![cfg(not(any(counted, loom)))]

#[path = "common/watchdog.rs"]
mod watchdog;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use readmostly::SyncMap;
use readmostly::primitives::{BuildFnv1a, ConcurrentMap, HybridMap, MutexMap};
use readmostly::primitives::{RwLockMap, ShardedMap};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new().build_recorder()
}

/// What the endpoint shows after these exports, without comments.
fn rendered(recorder: &PrometheusRecorder, export: impl FnOnce()) -> Vec<String> {
    metrics::with_local_recorder(recorder, export);
    let text = recorder.handle().render();
    let lines = text.lines().filter(|line| !line.is_empty());
    let mut lines: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
    lines.sort_unstable();
    lines.into_iter().map(String::from).collect()
}

/// Whether the line is about all maps together: what waits to be freed.
fn is_of_the_process(line: &str) -> bool {
    line.starts_with("readmostly_retired") || line.starts_with("readmostly_oldest")
}

/// The number behind the name.
fn number(lines: &[String], name: &str) -> f64 {
    let line = lines.iter().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.rsplit(' ').next());
    number.expect(name).parse().expect("a number")
}

/// A guard is held: what is retired waits, and the guard grows older.
#[test]
fn what_waits_to_be_freed_is_shown() {
    let map = SyncMap::from([(1, [0_u8; 1_000])]);
    let recorder = recorder();
    let held = map.get(&1);
    let before = rendered(&recorder, || map.export_metrics("types"));
    for n in 0..1_000 {
        map.insert(1, [n as u8; 1_000]);
    }
    let after = rendered(&recorder, || map.export_metrics("types"));
    assert!(number(&after, "readmostly_retired_objects") >= 900.0);
    assert!(number(&after, "readmostly_retired_bytes") >= 900_000.0);
    let age = |lines| number(lines, "readmostly_oldest_guard_seconds");
    assert!(age(&after) > age(&before));
    drop(held);
}

/// These lines, but those that have a bound of waits.
fn without_bounds(lines: &[String]) -> Vec<&str> {
    let lines = lines.iter().map(String::as_str);
    let bound = |line: &&str| line.contains("le=\"") && !line.contains("+Inf");
    lines
        .filter(|line| !bound(line) && !is_of_the_process(line))
        .collect()
}

/// A map that has two keys, a tombstone, and a past.
fn used() -> SyncMap<u32, u32> {
    let map = SyncMap::new();
    map.insert(1, 1);
    map.insert(2, 2);
    map.insert(3, 3);
    map.compact();
    map.remove(&1);
    map.insert(4, 4);
    map.remove(&4);
    map
}

/// Every line of a `SyncMap`'s, but those with the bounds of waits.
#[test]
fn a_sync_map_shows_what_it_has_done_and_holds() {
    let map = used();
    let lines = rendered(&recorder(), || map.export_metrics("types"));
    assert_eq!(
        without_bounds(&lines),
        [
            "readmostly_copied_entries_total{map=\"types\"} 2",
            "readmostly_dirty_entries{map=\"types\"} 2",
            "readmostly_expunges_total{map=\"types\"} 1",
            "readmostly_keys{map=\"types\"} 2",
            "readmostly_lock_acquisitions_total{map=\"types\",lock=\"mutex\"} 6",
            "readmostly_lock_contended_total{map=\"types\",lock=\"mutex\"} 0",
            "readmostly_lock_longest_wait_seconds{map=\"types\",lock=\"mutex\"} 0",
            "readmostly_lock_waited_seconds{map=\"types\",lock=\"mutex\"} 0",
            "readmostly_lock_waits_total{map=\"types\",le=\"+Inf\"} 0",
            "readmostly_misses_total{map=\"types\"} 1",
            "readmostly_promotions_total{map=\"types\"} 1",
            "readmostly_read_entries{map=\"types\"} 3",
            "readmostly_rebuilds_total{map=\"types\"} 2",
            "readmostly_tombstones{map=\"types\"} 1",
            "readmostly_unexpunges_total{map=\"types\"} 0",
        ]
    );
    let bounds = lines.iter().filter(|line| line.contains("le=\""));
    assert!(bounds.clone().all(|line| line.ends_with("} 0")));
    assert_eq!(bounds.count(), 29);
}

#[test]
fn maps_behind_one_lock_show_it() {
    let (mutex, rw_lock) = (MutexMap::from([(1, 1)]), RwLockMap::from([(1, 1), (2, 2)]));
    mutex.get_cloned(&1);
    let lines = rendered(&recorder(), || {
        mutex.export_metrics("one");
        rw_lock.export_metrics("two");
    });
    assert_eq!(
        without_bounds(&lines),
        [
            "readmostly_keys{map=\"one\"} 1",
            "readmostly_keys{map=\"two\"} 2",
            "readmostly_lock_acquisitions_total{map=\"one\",lock=\"0\"} 2",
            "readmostly_lock_acquisitions_total{map=\"two\",lock=\"0\"} 2",
            "readmostly_lock_contended_total{map=\"one\",lock=\"0\"} 0",
            "readmostly_lock_contended_total{map=\"two\",lock=\"0\"} 0",
            "readmostly_lock_longest_wait_seconds{map=\"one\",lock=\"0\"} 0",
            "readmostly_lock_longest_wait_seconds{map=\"two\",lock=\"0\"} 0",
            "readmostly_lock_waited_seconds{map=\"one\",lock=\"0\"} 0",
            "readmostly_lock_waited_seconds{map=\"two\",lock=\"0\"} 0",
            "readmostly_lock_waits_total{map=\"one\",le=\"+Inf\"} 0",
            "readmostly_lock_waits_total{map=\"two\",le=\"+Inf\"} 0",
        ]
    );
}

#[test]
fn a_sharded_map_shows_each_of_its_locks() {
    let mut map: ShardedMap<u32, u32> = ShardedMap::with_shards(4);
    map.extend((0..100).map(|n| (n, n)));
    let lines = rendered(&recorder(), || map.export_metrics("users"));
    assert!(lines.contains(&String::from("readmostly_keys{map=\"users\"} 100")));
    for (place, keys) in map.shard_loads().into_iter().enumerate() {
        let name = "readmostly_lock_acquisitions_total";
        let line = format!("{name}{{map=\"users\",lock=\"{place}\"}} {keys}");
        assert!(lines.contains(&line), "{line}");
    }
}

#[test]
fn a_hybrid_map_shows_both_of_its_parts() {
    let mut map = HybridMap::with_shards_and_hasher(2, BuildFnv1a::new());
    map.extend((0..10).map(|n| (n, n)));
    map.declare_all_hot(&[1, 2, 3]);
    let locks = map.lock_stats();
    let lines = rendered(&recorder(), || map.export_metrics("hybrid"));
    let shows = |line: String| assert!(lines.contains(&line), "{line}: {lines:#?}");
    shows(String::from("readmostly_keys{map=\"hybrid\"} 10"));
    shows(String::from("readmostly_hot_keys{map=\"hybrid\"} 3"));
    shows(String::from("readmostly_read_entries{map=\"hybrid\"} 3"));
    let promotions = "readmostly_promotions_total{map=\"hybrid\"} ";
    let promotions = lines.iter().find(|line| line.starts_with(promotions));
    assert!(promotions.is_some_and(|line| !line.ends_with(" 0")));
    for (lock, stats) in [
        ("0", &locks.shards[0]),
        ("1", &locks.shards[1]),
        ("moves", &locks.moves),
        ("hot", &locks.hot),
    ] {
        let name = "readmostly_lock_acquisitions_total";
        let taken = stats.acquisitions;
        assert!(taken > 0);
        shows(format!("{name}{{map=\"hybrid\",lock=\"{lock}\"}} {taken}"));
    }
}

#[test]
fn a_second_export_counts_nothing_twice() {
    let (recorder, sync, mutex) = (recorder(), used(), MutexMap::from([(1, 1)]));
    let sharded = ShardedMap::from([(1, 1)]);
    let hybrid = HybridMap::from([(1, 1)]);
    contended(&mutex);
    let export = || {
        sync.export_metrics("sync");
        mutex.export_metrics("mutex");
        sharded.export_metrics("sharded");
        hybrid.export_metrics("hybrid");
    };
    let rendered = || {
        let mut lines = rendered(&recorder, export);
        lines.retain(|line| !is_of_the_process(line));
        lines
    };
    let once = rendered();
    assert_eq!(rendered(), once);
    sync.get(&100);
    let later = rendered();
    let changed: Vec<_> = (once.iter().zip(&later))
        .filter(|(once, later)| once != later)
        .collect();
    assert!(!changed.is_empty(), "what has happened since is shown");
    assert!(
        changed
            .iter()
            .all(|(line, _)| line.contains("map=\"sync\""))
    );
}

/// Lets threads wait for the map's lock, until one has.
fn contended(map: &MutexMap<u32, u32>) {
    while map.lock_stats()[0].contended < 3 {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| map.get_with(&1, |_| thread::sleep(Duration::from_millis(1))));
            }
        });
    }
}

#[test]
fn waits_are_shown_in_seconds_and_by_bounds() {
    watchdog::watched(|| {
        let map = MutexMap::from([(1, 1)]);
        contended(&map);
        let stats = &map.lock_stats()[0];
        let lines = rendered(&recorder(), || map.export_metrics("m"));
        let value = |metric: &str, label: &str| {
            let start = format!("{metric}{{map=\"m\",{label}}} ");
            let value = lines.iter().find_map(|line| line.strip_prefix(&start));
            let value = value.unwrap_or_else(|| panic!("no {start}in {lines:#?}"));
            value.parse::<f64>().expect("a number")
        };
        let of_lock = |metric| value(metric, "lock=\"0\"");
        let waited = stats.waited.as_secs_f64();
        let longest = stats.longest_wait.as_secs_f64();
        assert!(of_lock("readmostly_lock_contended_total") >= 3.0);
        assert_eq!(of_lock("readmostly_lock_waited_seconds"), waited);
        assert_eq!(of_lock("readmostly_lock_longest_wait_seconds"), longest);

        let waits = "readmostly_lock_waits_total";
        assert_eq!(value(waits, "le=\"+Inf\""), stats.contended as f64);
        let mut ends = BTreeMap::new();
        for power in 8..=35 {
            let bound = Duration::from_nanos(1 << power);
            let label = format!("le=\"{}\"", bound.as_secs_f64());
            ends.insert(bound, value(waits, &label));
        }
        assert_eq!(lines.iter().filter(|line| line.contains("le=")).count(), 29);
        for (end, shown) in ends {
            let within = stats.wait_times.buckets();
            let within = within.filter(|(times, _)| times.end <= end);
            let expected: u64 = within.map(|(_, waits)| waits).sum();
            assert_eq!(shown, expected as f64, "{end:?}");
        }
    });
}

/// The descriptions, and that names and units agree: a recorder that is asked to put
/// what is missing in their names finds nothing to put there.
#[test]
fn each_metric_is_described_and_named_as_prometheus_wants() {
    let plain = recorder();
    let strict = PrometheusBuilder::new().with_recommended_naming(true);
    let strict = strict.build_recorder();
    let map = HybridMap::from([(1, 1)]);
    // The names and labels, without the numbers.
    let names = |recorder| {
        let lines = rendered(recorder, || map.export_metrics("m"));
        let names = lines.iter().filter_map(|line| line.rsplit_once(' '));
        names.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&strict), names(&plain));

    let text = plain.handle().render();
    let names: Vec<_> = (text.lines())
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split_once(' '))
        .collect();
    assert_eq!(names.len(), 19);
    for (name, kind) in names {
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
    }
}
