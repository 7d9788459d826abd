//! How throughput grows with threads, up to twice as many as there are cores:
//! look-ups alone, with overwrites among them, with new keys among them.
//!
//! ```text
//! cargo bench --bench scaling
//! cargo bench --bench scaling -- 'reads alone'
//! ```
//!
//! A time is wall time divided by the calls of all threads together. With perfect
//! scaling it halves when the number of threads doubles, up to one thread per core.
//! Each map starts with 1,000 keys. The processor cannot guess the order of the
//! look-ups. A pin is renewed every 64 calls.

mod garbage;
mod shared;
mod threads;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use garbage::free_all;
use shared::{Dash, Handle, Locked, OneShot, Papaya, PinnedMap, Shared};
use std::hint::black_box;
use std::iter::successors;
use std::thread::available_parallelism;
use std::time::Duration;
use threads::together;

const KEYS: u64 = 1_000;
/// A pin is renewed after so many calls.
const STRETCH: u64 = 64;

/// The size of each thread's own range of new keys.
const NEW_KEYS: u64 = 1 << 40;

/// One call in so many looks up the newest key, which is a miss until that key is
/// promoted.
const LOOKED_FOR: u64 = 8;

/// What one call in so many does instead of looking up a known key.
#[derive(Clone, Copy)]
enum Mix {
    ReadsAlone,
    Overwrites(u64),
    NewKeys(u64),
}

const MIXES: [(&str, Mix); 3] = [
    ("reads alone", Mix::ReadsAlone),
    ("1 % overwrites", Mix::Overwrites(100)),
    ("0.1 % new keys", Mix::NewKeys(1_000)),
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    for (name, mix) in MIXES {
        measure::<OneShot>(&mut criterion, name, "one-shot", mix);
        measure::<PinnedMap>(&mut criterion, name, "pinned", mix);
        measure::<Papaya>(&mut criterion, name, "papaya, pinned", mix);
        measure::<Dash>(&mut criterion, name, "dashmap", mix);
        measure::<Locked>(&mut criterion, name, "RwLock<HashMap>", mix);
    }
    criterion.final_summary();
}

fn measure<M: Shared>(criterion: &mut Criterion, mix_name: &str, map_name: &str, mix: Mix) {
    let mut group = criterion.benchmark_group(format!("{mix_name}/{map_name}"));
    // A map of new keys grows, so only samples of equal length are comparable.
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(1));
    let cores = available_parallelism().map_or(1, usize::from);
    for threads in successors(Some(1), |n| Some(2 * n)).take_while(|n| *n <= 2 * cores) {
        group.bench_function(BenchmarkId::from_parameter(threads), |bencher| {
            bencher.iter_custom(|calls| time::<M>(mix, threads, calls));
        });
    }
    group.finish();
}

/// The time of so many calls, shared evenly among the threads.
fn time<M: Shared>(mix: Mix, threads: usize, calls: u64) -> Duration {
    let map: M = (0..KEYS).map(|key| (key, key)).collect();
    let took = together(threads, |index| {
        let (map, index) = (&map, index as u64);
        let each = calls.div_ceil(threads as u64);
        move || {
            let mut handle = map.handle();
            for n in 0..each {
                call(&handle, mix, index, n);
                if n % STRETCH == 0 {
                    handle.renew();
                }
            }
        }
    });
    drop(map);
    free_all();
    took
}

fn call(handle: &impl Handle, mix: Mix, thread: u64, n: u64) {
    match mix {
        Mix::Overwrites(rate) if n % rate == 0 => handle.write(known(n), n),
        Mix::NewKeys(rate) if n % rate == 0 => {
            handle.write(newest(thread, n), n);
        }
        Mix::NewKeys(rate) if n % LOOKED_FOR == 1 => {
            black_box(handle.read(newest(thread, n - n % rate)));
        }
        _ => {
            black_box(handle.read(known(thread + n)));
        }
    }
}

/// The key that a thread inserts with its `n`-th call.
fn newest(thread: u64, n: u64) -> u64 {
    KEYS + thread * NEW_KEYS + n
}

/// A known key, spread by a multiplication with the golden ratio.
fn known(n: u64) -> u64 {
    (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % KEYS
}
