//! Look-ups of a store on four maps, and of moka: hits, and one miss in a thousand, a hundred
//! or ten, which keeps a new key and evicts another.
//!
//! ```text
//! cargo bench -p response_cache --bench hits
//! ```
//!
//! They take turns in each round, so that other load on the machine affects all of them. The
//! table has the median of the throughput, and the median of the ratio to `ShardedMap` in the
//! same round with the quartiles: above 1, it is faster.

mod dash;

use dash::Dash;
use moka::sync::Cache;
use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, ShardedMap};
use response_cache::{Store, StoreMap};
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

const THREADS: usize = 2;
const KEYS: usize = 10_000;
const CALLS: usize = 100_000;
const BODY: usize = 1_000;
/// Each key weighs about as much.
const WEIGHT: usize = BODY + 200;
const ONE_MISS_IN: [usize; 3] = [1_000, 100, 10];
const NAMES: [&str; 5] = ["ShardedMap", "SyncMap", "HybridMap", "dashmap", "moka"];

/// Two in a smoke test, which is a run without cargo's `--bench`.
fn rounds() -> usize {
    match std::env::args().any(|argument| argument == "--bench") {
        true => 15,
        false => 2,
    }
}

type Body = Arc<[u8; 8]>;

/// What is measured: a look-up, and an insertion.
trait Subject: Sync {
    fn hit(&self, key: &str) -> bool;
    fn keep(&self, key: Arc<str>);
}

impl<M: StoreMap<Body> + Sync> Subject for Store<Body, M> {
    fn hit(&self, key: &str) -> bool {
        black_box(self.get(key)).is_some()
    }

    fn keep(&self, key: Arc<str>) {
        Store::keep(self, &key, Body::default(), BODY, || true);
    }
}

impl Subject for Cache<Arc<str>, Body> {
    fn hit(&self, key: &str) -> bool {
        black_box(self.get(key)).is_some()
    }

    fn keep(&self, key: Arc<str>) {
        self.insert(key, Body::default());
    }
}

fn main() {
    let rounds = rounds();
    println!("{THREADS} threads, {KEYS} keys, {rounds} rounds");
    for one_in in ONE_MISS_IN {
        println!("\none miss in {one_in} look-ups");
        let mut times = NAMES.map(|_| Vec::new());
        for _ in 0..rounds {
            let bound = KEYS * WEIGHT;
            times[0].push(seconds(&Store::with_map(ShardedMap::new(), bound), one_in));
            times[1].push(seconds(&Store::with_map(SyncMap::new(), bound), one_in));
            times[2].push(seconds(&Store::with_map(HybridMap::new(), bound), one_in));
            times[3].push(seconds(&Store::with_map(Dash::new(), bound), one_in));
            times[4].push(seconds(&moka(bound), one_in));
        }
        for (name, own) in NAMES.iter().zip(&times) {
            let ratios: Vec<f64> = own
                .iter()
                .zip(&times[0])
                .map(|(own, of)| of / own)
                .collect();
            let [low, ratio, high] = quartiles(&ratios);
            let [_, median, _] = quartiles(own);
            let millions = (THREADS * CALLS) as f64 / median / 1e6;
            println!(
                "  {name:<10} {millions:6.2} million a second, {ratio:.2} ({low:.2} to {high:.2})"
            );
        }
    }
}

fn moka(bound: usize) -> Cache<Arc<str>, Body> {
    let weight = |_: &Arc<str>, _: &Body| u32::try_from(WEIGHT).unwrap_or(u32::MAX);
    Cache::builder()
        .weigher(weight)
        .max_capacity(bound as u64)
        .build()
}

/// How long all threads take together.
fn seconds(subject: &impl Subject, one_in: usize) -> f64 {
    let keys: Vec<Arc<str>> = (0..KEYS)
        .map(|key| format!("/items/{key}").into())
        .collect();
    keys.iter().for_each(|key| subject.keep(Arc::clone(key)));
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (keys, start) = (&keys, &start);
                scope.spawn(move || {
                    start.wait();
                    look_up(subject, thread, one_in, keys);
                })
            })
            .collect();
        start.wait();
        let begun = Instant::now();
        for thread in threads {
            thread.join().unwrap();
        }
        begun.elapsed().as_secs_f64()
    })
}

fn look_up(subject: &impl Subject, thread: usize, one_in: usize, keys: &[Arc<str>]) {
    let mut random = fastrand::Rng::with_seed(thread as u64);
    for call in 0..CALLS {
        if call % one_in == 0 {
            let new: Arc<str> = format!("/new/{thread}/{call}").into();
            if !subject.hit(&new) {
                subject.keep(new);
            }
        } else {
            // Half of the look-ups are for a tenth of the keys, which a cache should keep.
            let among = if random.bool() { KEYS / 10 } else { KEYS };
            let key = &keys[random.usize(..among)];
            if !subject.hit(key) {
                subject.keep(Arc::clone(key));
            }
        }
    }
}

fn quartiles(numbers: &[f64]) -> [f64; 3] {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted[(sorted.len() - 1) * quarter / 4])
}
