//! `ShardedMap` beside dashmap, which has the same design: half look-ups, half writes,
//! with the same hasher.
//!
//! ```text
//! cargo bench --bench sharded
//! ```
//!
//! Prints the median of the ratios of their times, with the quartiles: below 1, ours is
//! faster. The two take turns in each round, so that other load on the machine affects
//! both. dashmap has four shards for each core, rounded up to a power of two. Ours is
//! measured with its default number of shards, and with dashmap's number.

mod sizes;
mod threads;

use dashmap::DashMap;
use foldhash::fast::FixedState;
use readmostly::primitives::{ConcurrentMap, ShardedMap};
use std::hint::black_box;
use std::thread::available_parallelism;
use std::time::Duration;
use threads::together;

/// How many keys are always present: few enough for the core's own cache, and more.
/// Ours stores a hash with each pair, so it fills a cache sooner.
const KEYS: [u64; 2] = [1_000, 10_000];
const CALLS: u64 = 100_000;
/// Two in a smoke test.
fn rounds() -> usize {
    if sizes::measures() { 101 } else { 2 }
}

/// How many of each thread's new keys are present at a time.
const ALIVE: u64 = 100;
/// The size of each thread's own range of new keys, for each round.
const NEW_KEYS: u64 = 1 << 40;

type Ours = ShardedMap<u64, u64, FixedState>;
type Dash = DashMap<u64, u64, FixedState>;

trait Map: Sync {
    fn read(&self, key: u64) -> Option<u64>;
    fn write(&self, key: u64, value: u64);
    fn delete(&self, key: u64);
}

impl Map for Ours {
    fn read(&self, key: u64) -> Option<u64> {
        self.get_with(&key, |value| *value)
    }

    fn write(&self, key: u64, value: u64) {
        self.insert(key, value);
    }

    fn delete(&self, key: u64) {
        self.remove(&key);
    }
}

impl Map for Dash {
    fn read(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|value| *value)
    }

    fn write(&self, key: u64, value: u64) {
        self.insert(key, value);
    }

    fn delete(&self, key: u64) {
        self.remove(&key);
    }
}

/// What the writes do. Every other call is a write.
#[derive(Clone, Copy)]
enum Writes {
    Overwrite,
    /// Insert a new key and remove an old one, in turn.
    ComeAndGo,
}

#[derive(Clone, Copy)]
struct Load {
    keys: u64,
    threads: usize,
    writes: Writes,
}

fn main() {
    let dash_shards = 4 * available_parallelism().map_or(1, usize::from);
    let loads = [
        ("overwrites", Writes::Overwrite),
        ("new keys and removals", Writes::ComeAndGo),
    ];
    for (name, writes) in loads {
        for keys in KEYS {
            for threads in [1, 2] {
                let load = Load {
                    keys,
                    threads,
                    writes,
                };
                for shards in [32, dash_shards.next_power_of_two()] {
                    let [low, median, high] = compare(shards, load);
                    println!(
                        "{name:<22} {keys:>6} keys, {threads} threads, {shards:>3} shards: \
                         {median:.2} of dashmap's time ({low:.2} to {high:.2})"
                    );
                }
            }
        }
    }
}

/// The quartiles of the ratios, one from each round.
fn compare(shards: usize, load: Load) -> [f64; 3] {
    let hasher = FixedState::with_seed(0x5EED);
    let ours = filled(
        Ours::with_shards_and_hasher(shards, hasher.clone()),
        load.keys,
    );
    let dash = filled(Dash::with_hasher(hasher), load.keys);
    let time_ours = |round| time(&ours, load, round).as_secs_f64();
    let time_dash = |round| time(&dash, load, round).as_secs_f64();
    // The first round is the warm-up.
    let mut ratios: Vec<_> = (0..=rounds())
        .map(|round| {
            // The order alternates.
            if round % 2 == 0 {
                let first = time_ours(round);
                first / time_dash(round)
            } else {
                let first = time_dash(round);
                time_ours(round) / first
            }
        })
        .skip(1)
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| ratios[rounds() * quarter / 4])
}

fn filled<M: Map>(map: M, keys: u64) -> M {
    (0..keys).for_each(|key| map.write(key, key));
    map
}

/// The time of all calls, shared evenly among the threads.
fn time(map: &impl Map, load: Load, round: usize) -> Duration {
    let Load {
        keys,
        threads,
        writes,
    } = load;
    let known = |n| known(n, keys);
    together(threads, |index| {
        let first = keys + (index + threads * round) as u64 * NEW_KEYS;
        let each = CALLS / threads as u64;
        move || {
            for n in 0..each / 2 {
                black_box(map.read(known(2 * n + index as u64)));
                match writes {
                    Writes::Overwrite => map.write(known(2 * n + 1 + index as u64), n),
                    Writes::ComeAndGo if n % 2 == 0 => map.write(first + n / 2, n),
                    Writes::ComeAndGo => {
                        if let Some(old) = (n / 2).checked_sub(ALIVE) {
                            map.delete(first + old);
                        }
                    }
                }
            }
            // Removes the new keys that are left.
            let came = each / 4;
            for n in came.saturating_sub(ALIVE)..=came {
                map.delete(first + n);
            }
        }
    })
}

/// A known key, spread by a multiplication with the golden ratio.
fn known(n: u64, keys: u64) -> u64 {
    (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % keys
}
