//! The look-ups of a request: each by itself, or all under one pin.
//!
//! ```text
//! cargo bench --bench requests
//! ```
//!
//! One thread, 1,000 known keys, `u64` keys and values, foldhash. A round is short, so that other
//! load on the machine interrupts few of them, and measures both ways. Prints the medians of the
//! rounds, in nanoseconds for each request.

mod sizes;

use foldhash::fast::RandomState;
use readmostly::SyncMap;
use std::hint::black_box;
use std::time::Instant;

type Map = SyncMap<u64, u64, RandomState>;

const KEYS: u64 = 1_000;

/// How many look-ups a request has.
const LOOK_UPS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// A name, and a request: the look-ups of these keys.
type Way = (&'static str, fn(&Map, &[u64]) -> u64);

const WAYS: [Way; 2] = [
    ("get_with for each", |map, keys| {
        keys.iter()
            .filter_map(|key| map.get_with(key, |n| *n))
            .sum()
    }),
    ("one pin", |map, keys| {
        let pinned = map.pin();
        keys.iter().filter_map(|key| pinned.get(key)).sum()
    }),
];

fn main() {
    let (rounds, look_ups) = match sizes::measures() {
        true => (1_001, 4_096),
        false => (1, 64),
    };
    let map: Map = (0..KEYS).map(|key| (key, key)).collect();
    let mut seed = fastrand::Rng::with_seed(1);
    let keys: Vec<u64> = (0..look_ups).map(|_| seed.u64(..KEYS)).collect();
    for size in LOOK_UPS {
        let mut times = WAYS.map(|_| Vec::new());
        for _ in 0..rounds {
            for ((_, request), times) in WAYS.iter().zip(&mut times) {
                let start = Instant::now();
                for keys in keys.chunks_exact(size as usize) {
                    black_box(request(black_box(&map), keys));
                }
                let took = start.elapsed().as_nanos() as f64;
                times.push(took / (look_ups / size) as f64);
            }
        }
        for ((way, _), mut times) in WAYS.iter().zip(times) {
            times.sort_by(f64::total_cmp);
            println!(
                "{size:>3} look-ups  {way:<18} {:>7.1} ns",
                times[rounds / 2]
            );
        }
    }
}
