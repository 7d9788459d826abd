//! What a write costs, on one thread and on two: known keys are overwritten, updated,
//! computed, or removed and inserted again, and new keys are inserted. And what it costs to
//! fill a map.
//!
//! ```text
//! cargo bench --bench writes
//! cargo bench --bench writes -- overwrite
//! cargo bench --bench writes -- fill
//! ```
//!
//! Each thread writes to its own keys. Retired memory is reclaimed during the
//! measurement, as in a program: one-shot calls do that by themselves, and a pin is
//! renewed every 64 writes. A time is wall time divided by the writes of all threads
//! together.

mod garbage;
mod threads;

use criterion::{Criterion, SamplingMode, Throughput};
use foldhash::fast::RandomState;
use garbage::free_all;
use readmostly::{Operation, SyncMap};
use std::cell::LazyCell;
use std::env;
use std::hash::Hash;
use std::hint::black_box;
use std::time::{Duration, Instant};
use threads::together;

type Map = SyncMap<u64, u64, RandomState>;
type Pinned<'m> = readmostly::Pinned<'m, u64, u64, RandomState>;

/// How many known keys a thread has.
const KEYS: u64 = 1_000;

/// A pin is renewed after so many writes.
const STRETCH: u64 = 64;

/// One kind of write to a key of the thread's own, with and without a pin.
struct Write {
    name: &'static str,
    one_shot: fn(&Map, u64),
    pinned: fn(&Pinned<'_>, u64),
    /// Whether the key is known; otherwise it is new.
    known: bool,
}

const WRITES: [Write; 5] = [
    Write {
        name: "overwrite",
        one_shot: |map, key| drop(map.insert(key, key)),
        pinned: |map, key| keep(map.insert(key, key)),
        known: true,
    },
    Write {
        name: "update",
        one_shot: |map, key| drop(map.update(&key, |value| value + 1)),
        pinned: |map, key| keep(map.update(&key, |value| value + 1)),
        known: true,
    },
    Write {
        name: "compute",
        one_shot: |map, key| drop(map.compute(key, add_one)),
        pinned: |map, key| keep(map.compute(key, add_one)),
        known: true,
    },
    Write {
        name: "remove and insert",
        one_shot: |map, key| {
            map.remove(&key);
            map.insert(key, key);
        },
        pinned: |map, key| {
            map.remove(&key);
            map.insert(key, key);
        },
        known: true,
    },
    Write {
        name: "new key",
        one_shot: |map, key| drop(map.insert(key, key)),
        pinned: |map, key| keep(map.insert(key, key)),
        known: false,
    },
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    for write in &WRITES {
        measure(&mut criterion, write);
    }
    measure_fills(&mut criterion, "u64", |n| n);
    measure_fills(&mut criterion, "String", |n| format!("key-{n}"));
    print_ratios("u64", |n| n);
    print_ratios("String", |n| format!("key-{n}"));
    criterion.final_summary();
}

fn measure(criterion: &mut Criterion, write: &Write) {
    let mut group = criterion.benchmark_group(write.name);
    // A map of new keys grows, so only samples of equal length are comparable.
    group.sampling_mode(SamplingMode::Flat);
    for threads in [1, 2] {
        group.bench_function(format!("one-shot/{threads}"), |bencher| {
            bencher.iter_custom(|writes| time(write, threads, writes, one_shot));
        });
        group.bench_function(format!("pinned/{threads}"), |bencher| {
            bencher.iter_custom(|writes| time(write, threads, writes, pinned));
        });
    }
    group.finish();
}

/// How many new keys a map is filled with.
const NEW_KEYS: u64 = 1_000_000;

/// How often each way is taken for the ratios.
const ROUNDS: usize = 15;

/// Keys in no order, each once.
fn new_keys<K>(key: impl Fn(u64) -> K) -> Vec<K> {
    (0..NEW_KEYS)
        .map(|n| key(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .collect()
}

/// What a map needs of its keys.
trait Key: Clone + Hash + Eq + Send + Sync + 'static {}

impl<K: Clone + Hash + Eq + Send + Sync + 'static> Key for K {}

type Filled<K> = SyncMap<K, u64, RandomState>;

/// A way to fill a map, and what it is called. The first one is what the others are compared
/// with.
type Fill<K> = (&'static str, fn(&[K]) -> Filled<K>);

fn fills<K: Key>() -> [Fill<K>; 5] {
    fn pairs<K: Key>(keys: &[K]) -> impl Iterator<Item = (K, u64)> {
        keys.iter().map(|key| (key.clone(), 0))
    }
    [
        ("insert", |keys| {
            let map = Filled::default();
            pairs(keys).for_each(|(key, value)| drop(map.insert(key, value)));
            map
        }),
        ("insert, pinned", |keys| {
            let map = Filled::default();
            let pinned = map.pin();
            pairs(keys).for_each(|(key, value)| keep(pinned.insert(key, value)));
            drop(pinned);
            map
        }),
        ("extend", |keys| {
            let map = Filled::default();
            (&map).extend(pairs(keys));
            map
        }),
        ("extend, without a size hint", |keys| {
            let map = Filled::default();
            // The hint of a filter begins with 0.
            (&map).extend(pairs(keys).filter(|_| true));
            map
        }),
        ("collect", |keys| pairs(keys).collect()),
    ]
}

/// The time of one fill, without the drop of the map.
fn time_fill<K: Key>(fill: fn(&[K]) -> Filled<K>, keys: &[K]) -> Duration {
    let began = Instant::now();
    let map = black_box(fill(black_box(keys)));
    let took = began.elapsed();
    drop(map);
    free_all();
    took
}

fn measure_fills<K: Key>(criterion: &mut Criterion, name: &str, key: fn(u64) -> K) {
    let keys = LazyCell::new(|| new_keys(key));
    let mut group = criterion.benchmark_group(format!("fill/{name}"));
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(NEW_KEYS));
    for (way, fill) in fills() {
        group.bench_function(way, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| time_fill(fill, &keys)).sum());
        });
    }
    group.finish();
}

/// Takes the ways in turn, round by round, so that each has the same share of what else the
/// machine does. Prints medians, and each median of the ratios of a round to its `insert`.
fn print_ratios<K: Key>(name: &str, key: fn(u64) -> K) {
    // Only if fills are asked for, and not if benchmarks are only tried or listed.
    let mut asked = env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let tried = env::args().any(|arg| arg == "--test" || arg == "--list");
    if tried || !asked.any(|arg| arg.starts_with("fill")) {
        return;
    }
    let keys = new_keys(key);
    let ways = fills();
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let times = ways.map(|(_, fill)| time_fill(fill, &keys).as_nanos() as f64);
        rounds.push(times.map(|time| (time / NEW_KEYS as f64, time / times[0])));
    }
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    for (n, (way, _)) in ways.iter().enumerate() {
        let time = median(rounds.iter().map(|round| round[n].0).collect());
        let ratio = median(rounds.iter().map(|round| round[n].1).collect());
        println!("fill/{name}/{way}: {time:.0} ns for a key, {ratio:.2} of `insert`");
    }
}

/// Makes a thread's writes to these keys.
type Writer = fn(&Write, &Map, Keys);

fn one_shot(write: &Write, map: &Map, keys: Keys) {
    keys.for_each(|key| (write.one_shot)(map, key));
}

fn pinned(write: &Write, map: &Map, keys: Keys) {
    let mut pinned = map.pin();
    for (n, key) in (0..STRETCH).cycle().zip(keys) {
        (write.pinned)(&pinned, key);
        if n == 0 {
            pinned.repin();
        }
    }
}

/// The time of so many writes, shared evenly among the threads.
fn time(write: &Write, threads: usize, writes: u64, writer: Writer) -> Duration {
    let known = threads as u64 * KEYS;
    let map: Map = (0..known).map(|key| (key, key)).collect();
    map.compact();
    let each = writes.div_ceil(threads as u64);
    let took = together(threads, |index| {
        let (map, index) = (&map, index as u64);
        let keys = match write.known {
            true => Keys::new(index * KEYS, KEYS, each),
            false => Keys::new(known + index * each, each, each),
        };
        move || writer(write, map, keys)
    });
    drop(map);
    free_all();
    took
}

/// `left` keys from `first` on, repeated after `distinct` keys.
struct Keys {
    first: u64,
    next: u64,
    distinct: u64,
    left: u64,
}

impl Keys {
    fn new(first: u64, distinct: u64, count: u64) -> Self {
        Self {
            first,
            next: 0,
            distinct,
            left: count,
        }
    }
}

impl Iterator for Keys {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let key = self.first + self.next;
        self.next = (self.next + 1) % self.distinct;
        Some(key)
    }
}

fn add_one(found: Option<(&u64, &u64)>) -> Operation<u64> {
    Operation::Insert(found.map_or(0, |(_, value)| value + 1))
}

/// Keeps the compiler from removing the computation of an unused result.
fn keep<T>(result: T) {
    black_box(result);
}
