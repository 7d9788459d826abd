//! A walk over a map by the iterator that holds its own pin, and by other ways.
//!
//! ```text
//! cargo bench --bench iterate
//! ```
//!
//! One thread, `u64` keys and values. Each round measures every way once, so that other load on
//! the machine affects all of them. Prints the medians of the rounds, in nanoseconds for each
//! pair, and each median divided by that of `Pinned::iter`.

mod sizes;

use readmostly::SyncMap;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Instant;

type Map = SyncMap<u64, u64>;

const SIZES: [u64; 3] = [8, 1_000, 50_000];

/// A name, and a walk.
type Way = (&'static str, fn(&Map) -> u64);

const WAYS: [Way; 4] = [
    ("pin().iter()", |map| {
        map.pin().iter().map(|(key, value)| key ^ value).sum()
    }),
    ("for_each", |map| {
        let mut sum = 0;
        let _ = map.for_each(|key, value| {
            sum += key ^ value;
            ControlFlow::<()>::Continue(())
        });
        sum
    }),
    ("iter()", |map| {
        map.iter().map(|item| item.key() ^ *item).sum()
    }),
    ("values()", |map| map.values().map(|value| *value).sum()),
];

fn main() {
    let (rounds, pairs) = match sizes::measures() {
        true => (15, 1_000_000),
        false => (1, 1),
    };
    for size in SIZES {
        let map: Map = (0..size).map(|n| (n, n.wrapping_mul(3))).collect();
        let mut times = WAYS.map(|_| Vec::new());
        for _ in 0..rounds {
            for ((_, walk), times) in WAYS.iter().zip(&mut times) {
                let walks = (pairs / size).max(1);
                let start = Instant::now();
                for _ in 0..walks {
                    black_box(walk(black_box(&map)));
                }
                let took = start.elapsed().as_nanos() as f64;
                times.push(took / (walks * size) as f64);
            }
        }
        let medians = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[rounds / 2]
        });
        for ((way, _), median) in WAYS.iter().zip(medians) {
            let ratio = median / medians[0];
            println!("{size:>6} keys  {way:<14} {median:>6.2} ns a pair  {ratio:>5.2}");
        }
    }
}
