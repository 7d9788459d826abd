//! The cost of the calls that handle a whole table: the first new key after a
//! promotion, a promotion, and a clear.
//!
//! ```text
//! cargo bench --bench rebuild
//! cargo bench --bench rebuild -- 50000
//! ```
//!
//! A rebuild copies the snapshot under the mutex, and a promotion publishes what was
//! built. A clear is measured both with and without freeing the entries, because
//! another thread may free them.

mod garbage;
mod sizes;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode};
use foldhash::fast::RandomState;
use garbage::free_all;
use readmostly::SyncMap;
use std::cell::LazyCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

type Map = SyncMap<u64, u64, RandomState>;

/// How many keys in a thousand are deleted.
const DELETED: [u64; 3] = [0, 10, 500];

fn main() {
    // The set-up, which is not timed, takes far longer than what is timed, so a short
    // target keeps the whole run short. Criterion warns where ten samples of a large
    // map take longer than the target.
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_micros(100))
        .measurement_time(Duration::from_millis(2))
        .configure_from_args();
    first_new_key(&mut criterion);
    promotion(&mut criterion);
    clear(&mut criterion);
    criterion.final_summary();
}

fn first_new_key(criterion: &mut Criterion) {
    let mut group = flat(criterion, "first new key");
    for &size in sizes::sizes() {
        for deleted in DELETED {
            let map = LazyCell::new(|| filled(size));
            let id = format!("{size} keys, {} % deleted", deleted as f64 / 10.0);
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|times| {
                    repeat(times, || {
                        settle(&map, size, deleted);
                        timed(|| drop(map.insert(size, size)))
                    })
                });
            });
        }
    }
    group.finish();
}

fn promotion(criterion: &mut Criterion) {
    let mut group = flat(criterion, "promotion");
    for &size in sizes::sizes() {
        let map = LazyCell::new(|| filled(size));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_custom(|times| {
                repeat(times, || {
                    settle(&map, size, 0);
                    map.insert(size, size);
                    timed(|| promote(&map))
                })
            });
        });
    }
    group.finish();
}

/// `for_each` promotes before it visits the first entry.
fn promote(map: &Map) {
    let _ = map.for_each(|_, _| ControlFlow::Break(()));
}

fn clear(criterion: &mut Criterion) {
    let mut group = flat(criterion, "clear");
    for &size in sizes::sizes() {
        for (name, freeing) in [("alone", false), ("and free", true)] {
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter_custom(|times| {
                    repeat(times, || {
                        let map = filled(size);
                        let took = timed(|| {
                            map.clear();
                            if freeing {
                                free_all();
                            }
                        });
                        drop(map);
                        free_all();
                        took
                    })
                });
            });
        }
    }
    group.finish();
}

fn flat<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    group
}

fn repeat(times: u64, mut once: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| once()).sum()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A map with all of its keys in the read snapshot.
fn filled(size: u64) -> Map {
    let map: Map = (0..size).map(|key| (key, key)).collect();
    map.compact();
    free_all();
    map
}

/// Brings the map back to its filled state, whatever state it is in, and then deletes
/// some keys.
fn settle(map: &Map, size: u64, deleted_per_mille: u64) {
    map.remove(&size);
    let deleted = size * deleted_per_mille / 1_000;
    let chosen = (0..deleted).map(|n| n * (size / deleted));
    for key in chosen.clone() {
        map.insert(key, key);
    }
    map.compact();
    for key in chosen {
        map.remove(&key);
    }
    free_all();
}
