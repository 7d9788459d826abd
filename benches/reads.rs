//! What a look-up costs on one thread: present and absent keys, small and large maps,
//! numbers and strings.
//!
//! ```text
//! cargo bench --bench reads
//! cargo bench --bench reads -- hit/u64/1000
//! ```
//!
//! Keys are looked up in an order that the processor cannot guess. All maps hash
//! with foldhash.

mod garbage;
mod keys;
mod sizes;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use dashmap::DashMap;
use foldhash::fast::RandomState;
use garbage::free_all;
use keys::{Key, Keys};
use parking_lot::RwLock;
use readmostly::SyncMap;
use std::cell::LazyCell;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    for &size in sizes::sizes() {
        look_up::<u64>(&mut criterion, "u64", size);
        look_up::<String>(&mut criterion, "String", size);
    }
    criterion.final_summary();
}

fn look_up<K: Key>(criterion: &mut Criterion, kind: &str, size: u64) {
    let keys = Keys::<K>::new(size);
    for (outcome, wanted) in [("hit", &keys.present), ("miss", &keys.absent)] {
        let mut group = criterion.benchmark_group(format!("{outcome}/{kind}/{size}"));
        ours(&mut group, &keys, wanted);
        free_all();
        plain(&mut group, &keys, wanted);
        peers(&mut group, &keys, wanted);
        group.finish();
    }
}

type Group<'c> = BenchmarkGroup<'c, WallTime>;

// Each map is built when it is first measured, because a filter may skip most of them.

fn ours<K: Key>(group: &mut Group<'_>, keys: &Keys<K>, wanted: &[K]) {
    let map = LazyCell::new(|| {
        let map: SyncMap<K, u64, RandomState> = keys.pairs().collect();
        map.compact();
        map
    });
    measure(group, "one-shot", wanted, |key| {
        map.get(key).map(|found| *found)
    });
    let pinned = LazyCell::new(|| map.pin());
    measure(group, "pinned", wanted, |key| pinned.get(key).copied());
}

fn plain<K: Key>(group: &mut Group<'_>, keys: &Keys<K>, wanted: &[K]) {
    type Plain<K> = HashMap<K, u64, RandomState>;
    let map = LazyCell::new(|| keys.pairs().collect::<Plain<K>>());
    measure(group, "HashMap, unshared", wanted, |key| {
        map.get(key).copied()
    });
    let map = LazyCell::new(|| RwLock::new(keys.pairs().collect::<Plain<K>>()));
    measure(group, "RwLock<HashMap>", wanted, |key| {
        map.read().get(key).copied()
    });
}

fn peers<K: Key>(group: &mut Group<'_>, keys: &Keys<K>, wanted: &[K]) {
    let map = LazyCell::new(|| keys.pairs().collect::<papaya::HashMap<_, _, RandomState>>());
    measure(group, "papaya", wanted, |key| map.pin().get(key).copied());
    let pinned = LazyCell::new(|| map.pin());
    measure(group, "papaya, pinned", wanted, |key| {
        pinned.get(key).copied()
    });
    let map = LazyCell::new(|| keys.pairs().collect::<DashMap<_, _, RandomState>>());
    measure(group, "dashmap", wanted, |key| {
        map.get(key).map(|found| *found)
    });
}

fn measure<K>(
    group: &mut Group<'_>,
    name: &str,
    wanted: &[K],
    look_up: impl Fn(&K) -> Option<u64>,
) {
    let mut keys = wanted.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter(|| keys.next().map(|key| look_up(black_box(key))));
    });
}
