//! What holds when many threads do it at once.

use crate::family::{Family, of_every_map};
use crate::watchdog::watched;
use readmostly::primitives::ConcurrentMap;
use std::collections::BTreeSet;
use std::hash::RandomState;
use std::ops::ControlFlow;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const THREADS: u64 = 4;
const ROUNDS: u64 = if cfg!(miri) { 50 } else { 2_000 };

type Map<F> = <F as Family>::Map<u64, u64, RandomState>;

/// Runs `act` on each of the threads, with its number, and `aside` on one more.
fn together(act: impl Fn(u64) + Sync, aside: impl FnOnce() + Send) {
    let start = Barrier::new(THREADS as usize + 1);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (start, act) = (&start, &act);
            scope.spawn(move || {
                start.wait();
                act(thread);
            });
        }
        start.wait();
        aside();
    });
}

fn no_update_is_lost<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        (0..4).for_each(|key| drop(map.insert(key, 0)));
        let act = |thread| {
            for round in 0..ROUNDS {
                let key = (thread + round) % 4;
                assert!(map.modify(&key, |n| n + 1));
                assert!(map.contains_key(&key));
            }
        };
        together(act, || (0..4).for_each(|key| F::stir(&map, &key)));
        let sum: u64 = (0..4).filter_map(|key| map.get_cloned(&key)).sum();
        assert_eq!(sum, THREADS * ROUNDS);
    });
}

fn of_exchanges_of_one_value_one_succeeds<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        map.insert(0, 0);
        let act = |_| {
            let mut won = 0;
            while won < ROUNDS / 4 {
                let seen = map.get_cloned(&0).expect("it is never removed");
                won += u64::from(map.compare_and_set(&0, &seen, seen + 1).is_ok());
            }
        };
        together(act, || F::stir(&map, &0));
        assert_eq!(map.get_cloned(&0), Some(THREADS * (ROUNDS / 4)));
    });
}

fn those_who_make_a_value_for_one_key_agree<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        let act = |thread| {
            for key in 0..ROUNDS {
                let seen = map.get_with_or_insert(key, || thread, |n| *n);
                assert_eq!(map.get_cloned(&key), Some(seen));
            }
        };
        together(act, || (0..ROUNDS / 20).for_each(|key| F::stir(&map, &key)));
        assert_eq!(map.len() as u64, ROUNDS);
    });
}

/// Each value that is put in comes out once: replaced, removed, or there at the end.
fn no_value_is_lost_and_none_comes_out_twice<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        let outs = std::sync::Mutex::new(Vec::new());
        let act = |thread| {
            let mut out: Vec<u64> = Vec::new();
            for round in 0..ROUNDS {
                let key = (round * 3 + thread) % 8;
                out.extend(map.insert(key, thread * ROUNDS + round).as_deref());
                // So that the key may become hot by itself.
                map.contains_key(&key);
                if round % 3 == 0 {
                    out.extend(map.remove(&((key + 1) % 8)).as_deref());
                }
            }
            outs.lock().unwrap().extend(out);
        };
        together(act, || {
            (0..ROUNDS / 10).for_each(|round| F::stir(&map, &(round % 8)));
        });
        let mut outs = outs.into_inner().unwrap();
        outs.extend((0..8).filter_map(|key| map.remove(&key).map(|value| *value)));
        let distinct: BTreeSet<_> = outs.iter().copied().collect();
        assert_eq!(outs.len(), distinct.len(), "some came out twice");
        assert_eq!(outs.len() as u64, THREADS * ROUNDS, "some were lost");
        assert!(map.is_empty());
    });
}

/// Each key that is removed is counted once, by the call that removed it.
fn retain_counts_what_it_removed_itself<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        (0..ROUNDS).for_each(|key| drop(map.insert(key, key)));
        let removed = AtomicUsize::new(0);
        let act = |thread| {
            let counted = match thread {
                0 => (0..ROUNDS).filter(|key| map.remove(key).is_some()).count(),
                1 => map.retain(|key, _| key % 2 == 0),
                2 => map.retain(|key, _| key % 3 == 0) + map.retain(|_, _| false),
                _ => map.retain_and_show(|_, _| false, |_| ()),
            };
            removed.fetch_add(counted, Ordering::Relaxed);
        };
        together(act, || (0..ROUNDS / 20).for_each(|key| F::stir(&map, &key)));
        let left = map.retain(|_, _| false);
        assert_eq!(removed.into_inner() + left, ROUNDS as usize);
        assert!(map.is_empty());
    });
}

/// Also while others come and go, and become hot.
fn a_walk_visits_what_is_there_all_the_time_exactly_once<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        (0..64).for_each(|key| drop(map.insert(key, 0)));
        let done = AtomicBool::new(false);
        let act = |thread| {
            // One of them makes hot what is there, the others come and go.
            for round in 0.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let key = round % 64;
                if thread == 0 {
                    F::stir(&map, &key);
                } else {
                    map.modify(&key, |n| n + 1);
                    drop(map.insert(1_000 + key, thread));
                    map.contains_key(&(1_000 + key));
                    drop(map.remove(&(1_000 + key)));
                }
            }
        };
        together(act, || {
            for _ in 0..100 {
                let mut visited = Vec::new();
                let _ = map.for_each(|key, _| {
                    visited.push(*key);
                    ControlFlow::<()>::Continue(())
                });
                let distinct: BTreeSet<_> = visited.iter().copied().collect();
                assert_eq!(visited.len(), distinct.len(), "some were visited twice");
                assert!(
                    (0..64).all(|key| distinct.contains(&key)),
                    "some were missed"
                );
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(map.len(), 64);
    });
}

/// What one thread has seen, no other can see undone.
fn values_of_a_key_only_go_up<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        map.insert(0, 0);
        let act = |thread| {
            let mut last = 0;
            for round in 0..ROUNDS {
                if thread == 0 {
                    map.modify(&0, |n| n + 1);
                }
                let seen = map.get_cloned(&0).expect("it is never removed");
                assert!(seen >= last, "{seen} after {last}, in round {round}");
                last = seen;
            }
        };
        together(act, || F::stir(&map, &0));
    });
}

of_every_map! {
    no_update_is_lost
    of_exchanges_of_one_value_one_succeeds
    those_who_make_a_value_for_one_key_agree
    no_value_is_lost_and_none_comes_out_twice
    retain_counts_what_it_removed_itself
    a_walk_visits_what_is_there_all_the_time_exactly_once
    values_of_a_key_only_go_up
}
