//! The sessions of a service on four maps: requests, and one login and one logout for each
//! thousand, hundred or ten of them.
//!
//! ```text
//! cargo bench -p sessions --bench maps
//! ```
//!
//! The maps take turns in each round, so that other load on the machine affects all of them.
//! For each map the table has the median of its throughput, and the median of the ratio to
//! `ShardedMap` in the same round with the quartiles: above 1, the map is faster.

mod dash;

use dash::Dash;
use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, ShardedMap};
use sessions::{Lifetime, SessionId, SessionMap, Sessions};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 2;
/// Sessions of each thread that are present at a time.
const ALIVE: usize = 5_000;
const CALLS: usize = 100_000;
/// One login in so many calls.
const ONE_LOGIN_IN: [usize; 3] = [1_000, 100, 10];
const NAMES: [&str; 4] = ["ShardedMap", "SyncMap", "HybridMap", "dashmap"];

/// Two in a smoke test, which is a run without cargo's `--bench`.
fn rounds() -> usize {
    match std::env::args().any(|argument| argument == "--bench") {
        true => 51,
        false => 2,
    }
}

fn main() {
    println!(
        "{THREADS} threads, {} sessions, {} rounds",
        THREADS * ALIVE,
        rounds()
    );
    for one_in in ONE_LOGIN_IN {
        println!("\none login and one logout in {one_in} requests");
        let mut times = NAMES.map(|_| Vec::new());
        for _ in 0..rounds() {
            times[0].push(seconds(ShardedMap::new(), one_in));
            times[1].push(seconds(SyncMap::new(), one_in));
            times[2].push(seconds(HybridMap::new(), one_in));
            times[3].push(seconds(Dash::default(), one_in));
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

/// How long all threads take together.
fn seconds<M: SessionMap<()> + Sync>(map: M, one_in: usize) -> f64 {
    let lifetime = Lifetime::absolute(Duration::from_secs(3_600));
    let sessions = Sessions::with_map(map, lifetime, usize::MAX);
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (sessions, start) = (&sessions, &start);
                scope.spawn(move || requests(sessions, thread, one_in, start))
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

fn requests<M: SessionMap<()>>(
    sessions: &Sessions<(), M>,
    thread: usize,
    one_in: usize,
    start: &Barrier,
) {
    let begin = |n: usize| -> SessionId {
        let user = format!("user {thread} {}", n % 1_000);
        sessions.begin(&user, ()).unwrap().id()
    };
    let mut random = fastrand::Rng::with_seed(thread as u64);
    let mut ids: Vec<SessionId> = (0..ALIVE).map(begin).collect();
    start.wait();
    for call in 0..CALLS {
        let id = &mut ids[random.usize(..ALIVE)];
        if call % one_in == 0 {
            black_box(sessions.end(id)).unwrap();
            *id = begin(call);
        } else {
            black_box(sessions.with(id, |session| session.number())).unwrap();
        }
    }
}

fn quartiles(numbers: &[f64]) -> [f64; 3] {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted[(sorted.len() - 1) * quarter / 4])
}
