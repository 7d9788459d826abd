//! Go's benchmarks of `sync.Map`, on [`SyncMap`](readmostly::SyncMap) and on a
//! hash map behind a lock:
//!
//! ```text
//! cargo bench --bench go
//! THREADS=4 cargo bench --bench go -- LoadMostlyHits
//! ```
//!
//! As in Go, a time is wall time divided by the iterations of all threads together.
//! `against_go` compares the same workloads with Go itself.

mod garbage;
mod reference;
mod threads;
mod workloads;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use reference::Locked;
use std::env;
use std::time::Duration;
use workloads::{Grain, Map, OneShot, PinnedMap, Workload};

fn main() {
    let threads = threads_wanted();
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for workload in Workload::ALL {
        let mut group = criterion.benchmark_group(workload.name());
        // Maps grow in some workloads, so only samples of equal length are comparable.
        group.sampling_mode(SamplingMode::Flat);
        measure::<OneShot>(&mut group, "one-shot", workload, threads);
        measure::<PinnedMap>(&mut group, "pinned", workload, threads);
        measure::<Locked>(&mut group, "RwLock", workload, threads);
        group.finish();
    }
    criterion.final_summary();
}

fn measure<M: Map>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    workload: Workload,
    threads: usize,
) {
    let mut grain = Grain::FIRST;
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let took = workloads::run::<M>(workload, iterations, grain, threads);
            grain = Grain::after(iterations, took);
            took
        });
    });
}

/// `THREADS`, or 2.
fn threads_wanted() -> usize {
    match env::var("THREADS") {
        Err(_) => 2,
        Ok(text) => match text.parse() {
            Ok(threads @ 1..=1_024) => threads,
            _ => panic!("THREADS has to be a number from 1 to 1024, not {text:?}"),
        },
    }
}
