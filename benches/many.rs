//! Many keys in one call against one by one, in maps that do not fit into a cache.
//!
//! ```text
//! cargo bench --bench many
//! ```
//!
//! One thread, `u64` keys and values, foldhash, all keys present. The order of the
//! look-ups is shuffled, independently of the order of insertion. Each round measures
//! every way once, so that other load on the machine affects all of them. Prints
//! medians of the rounds, and their ratios.
//!
//! *Apart*: only a sum depends on the values found, so the processor overlaps several
//! look-ups by itself, whichever way is taken. *In turn*: the next key depends on the
//! values found, as in a program that uses a value before it goes on.

mod garbage;
mod keys;
mod sizes;

use foldhash::fast::RandomState;
use garbage::free_all;
use keys::Keys;
use readmostly::{Pinned, SyncMap};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

type Pin<'m> = Pinned<'m, u64, u64, RandomState>;
type Plain = HashMap<u64, u64, RandomState>;

/// Keys in a call.
const FEW: usize = 16;
const MANY: usize = 960;

fn main() {
    for &size in sizes::sizes() {
        compare(size);
    }
}

fn compare(size: u64) {
    let keys = Keys::<u64>::new(size);
    let map: SyncMap<u64, u64, RandomState> = keys.pairs().collect();
    map.compact();
    free_all();
    let plain: Plain = keys.pairs().collect();
    let mut wanted = keys.present;
    fastrand::Rng::with_seed(7).shuffle(&mut wanted);
    let (map, wanted) = (map.pin(), &wanted[..]);

    type Way<'w> = (&'static str, Box<dyn Fn() -> u64 + 'w>);
    let ways: [Way<'_>; 11] = [
        ("get, apart", Box::new(|| one_by_one(&map, wanted))),
        ("HashMap, apart", Box::new(|| hash_map(&plain, wanted))),
        (
            "get_many of 16, apart",
            Box::new(|| array::<FEW>(&map, wanted)),
        ),
        (
            "get_many of 8, apart",
            Box::new(|| array::<8>(&map, wanted)),
        ),
        (
            "get_many_with of 16, apart",
            Box::new(|| with(&map, wanted, FEW)),
        ),
        (
            "get_many_with of 960, apart",
            Box::new(|| with(&map, wanted, MANY)),
        ),
        ("get, in turn", Box::new(|| in_turn(&map, wanted))),
        (
            "HashMap, in turn",
            Box::new(|| hash_map_in_turn(&plain, wanted)),
        ),
        (
            "get_many of 16, in turn",
            Box::new(|| array_in_turn::<FEW>(&map, wanted)),
        ),
        (
            "get_many of 8, in turn",
            Box::new(|| array_in_turn::<8>(&map, wanted)),
        ),
        (
            "get_many_with of 960, in turn",
            Box::new(|| with_in_turn(&map, wanted, MANY)),
        ),
    ];
    let (rounds, repeat) = match sizes::measures() {
        true => (31, (200_000 / size).max(1)),
        false => (1, 1),
    };
    let mut times = ways.each_ref().map(|_| Vec::new());
    for round in 0..rounds {
        for n in 0..ways.len() {
            let n = (n + round) % ways.len();
            let start = Instant::now();
            (0..repeat).for_each(|_| _ = black_box(ways[n].1()));
            times[n].push(start.elapsed().as_nanos() as f64 / (repeat * size) as f64);
        }
    }
    let ns = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("{size} keys: ns for a key, of get, of HashMap");
    for (n, (name, _)) in ways.iter().enumerate() {
        let first = if n < 6 { 0 } else { 6 };
        let (of_get, of_plain) = (ns[n] / ns[first], ns[n] / ns[first + 1]);
        println!("{name:32}{:8.1}{of_get:8.2}{of_plain:8.2}", ns[n]);
    }
}

// Not inlined, so that the code of each does not depend on its caller.

#[inline(never)]
fn one_by_one(map: &Pin<'_>, wanted: &[u64]) -> u64 {
    let found = wanted.iter().filter_map(|key| map.get(key));
    found.fold(0, |sum, value| sum.wrapping_add(*value))
}

#[inline(never)]
fn hash_map(map: &Plain, wanted: &[u64]) -> u64 {
    let found = wanted.iter().filter_map(|key| map.get(key));
    found.fold(0, |sum, value| sum.wrapping_add(*value))
}

#[inline(never)]
fn array<const N: usize>(map: &Pin<'_>, wanted: &[u64]) -> u64 {
    let mut sum = 0_u64;
    for keys in wanted.chunks_exact(N) {
        let keys: &[u64; N] = keys.try_into().expect("so many");
        for value in map.get_many(keys.each_ref()) {
            sum = sum.wrapping_add(value.copied().unwrap_or(0));
        }
    }
    sum
}

#[inline(never)]
fn with(map: &Pin<'_>, wanted: &[u64], at_once: usize) -> u64 {
    let mut sum = 0_u64;
    for keys in wanted.chunks(at_once) {
        map.get_many_with(keys, |_, value| {
            sum = sum.wrapping_add(value.copied().unwrap_or(0));
        });
    }
    sum
}

/// Always zero, but the processor cannot know this before it has `found`.
fn nothing(found: u64, zero: u64) -> usize {
    (found & zero) as usize
}

#[inline(never)]
fn in_turn(map: &Pin<'_>, wanted: &[u64]) -> u64 {
    let (mut sum, zero) = (0_u64, black_box(0));
    for n in 0..wanted.len() {
        let value = map.get(&wanted[n + nothing(sum, zero)]);
        sum = sum.wrapping_add(value.copied().unwrap_or(0));
    }
    sum
}

#[inline(never)]
fn hash_map_in_turn(map: &Plain, wanted: &[u64]) -> u64 {
    let (mut sum, zero) = (0_u64, black_box(0));
    for n in 0..wanted.len() {
        let value = map.get(&wanted[n + nothing(sum, zero)]);
        sum = sum.wrapping_add(value.copied().unwrap_or(0));
    }
    sum
}

#[inline(never)]
fn array_in_turn<const N: usize>(map: &Pin<'_>, wanted: &[u64]) -> u64 {
    let (mut sum, zero) = (0_u64, black_box(0));
    for n in 0..wanted.len() / N {
        let keys = &wanted[n * N + nothing(sum, zero)..][..N];
        let keys: &[u64; N] = keys.try_into().expect("so many");
        for value in map.get_many(keys.each_ref()) {
            sum = sum.wrapping_add(value.copied().unwrap_or(0));
        }
    }
    sum
}

#[inline(never)]
fn with_in_turn(map: &Pin<'_>, wanted: &[u64], at_once: usize) -> u64 {
    let (mut sum, zero) = (0_u64, black_box(0));
    let at_once = at_once.min(wanted.len());
    for n in 0..wanted.len() / at_once {
        let keys = &wanted[n * at_once + nothing(sum, zero)..][..at_once];
        map.get_many_with(keys, |_, value| {
            sum = sum.wrapping_add(value.copied().unwrap_or(0));
        });
    }
    sum
}
