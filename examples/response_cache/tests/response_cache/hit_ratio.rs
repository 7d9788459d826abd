//! The hit ratio beside moka, on the same traces with the same weights and the same bound.

use moka::sync::Cache;
use response_cache::Store;
use std::sync::Arc;

const KEYS: usize = 4_000;
const REQUESTS: usize = 60_000;

/// Some keys are large: each weighs 100 to 10,000 bytes, by its number.
fn bytes(key: usize) -> usize {
    let random = fastrand::Rng::with_seed(key as u64).f64();
    (100.0 * 100_f64.powf(random)) as usize
}

/// Requests by Zipf's law: the n-th key is asked for in proportion to n^-0.9.
fn zipf(seed: u64) -> impl Iterator<Item = usize> {
    let mut sums: Vec<f64> = (1..=KEYS).map(|n| (n as f64).powf(-0.9)).collect();
    for n in 1..KEYS {
        sums[n] += sums[n - 1];
    }
    let mut random = fastrand::Rng::with_seed(seed);
    (0..REQUESTS).map(move |_| {
        let point = random.f64() * sums[KEYS - 1];
        sums.partition_point(|sum| *sum < point).min(KEYS - 1)
    })
}

/// The ratios of `Store` and of moka.
fn ratios(trace: &[usize]) -> (f64, f64) {
    let bound: usize = (0..KEYS).map(bytes).sum::<usize>() / 10;
    let keys: Vec<Arc<str>> = (0..2 * KEYS).map(|key| key.to_string().into()).collect();
    let weight = |key: usize| Store::<()>::weight(&keys[key], bytes(key));
    let store = Store::new(bound);
    let weigher = |_: &usize, weight: &u32| *weight;
    let moka = Cache::builder()
        .weigher(weigher)
        .max_capacity(bound as u64)
        .build();
    let (mut ours, mut theirs) = (0, 0);
    for &key in trace {
        match store.get(&keys[key]) {
            Some(_) => ours += 1,
            None => drop(store.keep(&keys[key], (), bytes(key), || true)),
        }
        match moka.get(&key) {
            Some(_) => theirs += 1,
            None => moka.insert(key, u32::try_from(weight(key)).unwrap()),
        }
    }
    let share = |hits: usize| hits as f64 / trace.len() as f64;
    (share(ours), share(theirs))
}

#[test]
fn a_steady_load_has_about_the_hit_ratio_of_moka() {
    let trace: Vec<usize> = zipf(1).collect();
    let (ours, theirs) = ratios(&trace);
    println!("steady: Store {ours:.3}, moka {theirs:.3}");
    assert!(ours > theirs - 0.15 && ours > 0.3, "{ours} and {theirs}");
}

/// A crawler asks once for everything, again and again. moka admits what is asked for often.
#[test]
fn moka_keeps_hot_keys_better_while_a_crawler_comes_by() {
    let crawler = (0..KEYS).map(|n| KEYS + n).cycle();
    let trace: Vec<usize> = zipf(2)
        .zip(crawler)
        .flat_map(|(hot, once)| [hot, once])
        .collect();
    let (ours, theirs) = ratios(&trace);
    println!("with a crawler: Store {ours:.3}, moka {theirs:.3}");
    assert!(theirs > ours, "{ours} and {theirs}");
}
