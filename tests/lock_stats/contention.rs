//! Threads that wait for each other.

use crate::measured::Measured;
use crate::watchdog::watched;
use readmostly::SyncMap;
use readmostly::primitives::{BuildFnv1a, ConcurrentMap, HybridMap, LockStats, MutexMap};
use readmostly::primitives::{RwLockMap, ShardedMap};
use std::hash::{Hash, Hasher};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// What a call stops in, once, to be let go from outside.
struct Gate {
    open: AtomicBool,
    reached: mpsc::SyncSender<()>,
}

/// A gate, and what says that somebody stands in it.
fn gate() -> (Arc<Gate>, mpsc::Receiver<()>) {
    let (reached, here) = mpsc::sync_channel(1);
    let open = AtomicBool::new(false);
    (Arc::new(Gate { open, reached }), here)
}

impl Gate {
    /// Stands in it until it is open.
    fn pass(&self) {
        // ORDERING: Relaxed: a flag, which publishes nothing.
        if !self.open.load(Ordering::Relaxed) {
            self.reached.send(()).expect("somebody listens");
        }
        while !self.open.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    }

    /// Lets go whoever stands in it, when somebody else has had the time to come to
    /// wait for that.
    fn open_in(&self, time: Duration) {
        thread::sleep(time);
        // ORDERING: Relaxed, as above.
        self.open.store(true, Ordering::Relaxed);
    }
}

/// A key that stops in a gate while it is compared. All of them have one hash. Every
/// map compares keys under its lock.
struct Key(u32, Option<Arc<Gate>>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let gate = self.1.as_ref().or(other.1.as_ref());
        gate.inspect(|gate| gate.pass());
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u32(0);
    }
}

/// Lets `wait` run while `hold` stands in a gate with a lock, until it has been seen to
/// wait: what was measured in that round. A round in which the second came too late
/// has no wait.
fn contend(
    total: impl Fn() -> LockStats,
    hold: impl Fn(Arc<Gate>) + Sync,
    wait: impl Fn() + Sync,
) -> LockStats {
    for round in 0.. {
        let before = total();
        let (gate, here) = gate();
        thread::scope(|scope| {
            scope.spawn(|| hold(Arc::clone(&gate)));
            here.recv().expect("it stands in the gate");
            let (coming, comes) = mpsc::channel();
            let wait = &wait;
            scope.spawn(move || {
                coming.send(()).expect("somebody listens");
                wait();
            });
            comes.recv().expect("it comes");
            gate.open_in(Duration::from_millis(1 << round.min(8)));
        });
        let period = total().since(&before);
        if period.contended > 0 {
            return period;
        }
    }
    unreachable!("the rounds do not end")
}

/// One wait, and all that is said of it agrees.
fn says_one_wait(period: &LockStats) {
    assert_eq!(period.contended, 1);
    let buckets: Vec<_> = period.wait_times.buckets().collect();
    let [(times, 1)] = &buckets[..] else {
        panic!("not one wait: {buckets:?}");
    };
    assert!(times.contains(&period.waited), "{period:?}");
}

fn a_wait_is_counted<M: Measured<Key, u32> + Default>() {
    watched(|| {
        let map = M::default();
        map.insert(Key(1, None), 1);
        let before = map.total();
        assert_eq!(before.contended, 0);
        let hold = |gate| {
            map.insert(Key(2, Some(gate)), 2);
        };
        let wait = || assert!(map.contains_key(&Key(1, None)));
        let seen = contend(|| map.total(), hold, wait);
        says_one_wait(&seen);
        assert!(seen.acquisitions >= 2);
        let all = map.total();
        assert_eq!((all.contended, all.waited), (1, all.longest_wait));
    });
}

#[test]
fn whoever_waits_for_a_sync_map_is_counted() {
    a_wait_is_counted::<SyncMap<Key, u32>>();
}

#[test]
fn whoever_waits_for_a_mutex_map_is_counted() {
    a_wait_is_counted::<MutexMap<Key, u32>>();
}

#[test]
fn whoever_waits_for_an_rw_lock_map_is_counted() {
    a_wait_is_counted::<RwLockMap<Key, u32>>();
}

#[test]
fn whoever_waits_for_a_shard_is_counted() {
    a_wait_is_counted::<ShardedMap<Key, u32>>();
}

#[test]
fn whoever_waits_for_a_cold_shard_is_counted() {
    a_wait_is_counted::<HybridMap<Key, u32>>();
}

#[test]
fn a_writer_who_waits_for_a_reader_is_counted() {
    watched(|| {
        let map = RwLockMap::from([(1, 1)]);
        let hold = |gate: Arc<Gate>| {
            map.get_with(&1, |_| gate.pass());
        };
        let wait = || {
            map.insert(2, 2);
        };
        let seen = contend(|| map.total(), hold, wait);
        says_one_wait(&seen);
        assert_eq!(seen.acquisitions, 2);
    });
}

#[test]
fn a_wait_is_counted_at_the_shard_where_it_was() {
    watched(|| {
        let map: ShardedMap<u32, u32, _> = ShardedMap::with_hasher(BuildFnv1a::new());
        map.insert(1, 1);
        let shard = map.shard_loads().iter().position(|&keys| keys == 1);
        let shard = shard.expect("the key is somewhere");
        let hold = |gate: Arc<Gate>| {
            map.get_with(&1, |_| gate.pass());
        };
        let wait = || {
            map.remove(&1);
        };
        says_one_wait(&contend(|| map.total(), hold, wait));
        for (place, lock) in map.lock_stats().iter().enumerate() {
            assert_eq!(lock.contended, u64::from(place == shard), "shard {place}");
        }
    });
}

#[test]
fn whoever_moves_a_key_while_a_walk_is_on_waits_for_that_and_is_counted() {
    watched(|| {
        let map = HybridMap::from([(1, 1)]);
        let hold = |gate: Arc<Gate>| {
            let walk = map.for_each(|_, _| {
                gate.pass();
                ControlFlow::<()>::Continue(())
            });
            assert!(walk.is_continue());
        };
        // Of a key that is absent, which that finds out when it has the lock.
        let wait = || assert!(!map.declare_hot(&2));
        let moves = || map.lock_stats().moves;
        let seen = contend(moves, hold, wait);
        says_one_wait(&seen);
        assert_eq!(seen.acquisitions, 2);
        assert_eq!(map.lock_stats().hot.contended, 0);
    });
}

#[test]
fn readers_do_not_wait_for_each_other() {
    let map = RwLockMap::from([(1, 1)]);
    let before = map.total();
    map.get_with(&1, |_| {
        thread::scope(|scope| drop(scope.spawn(|| map.get_cloned(&1)).join()))
    });
    let period = map.total().since(&before);
    assert_eq!((period.acquisitions, period.contended), (2, 0));
}

/// No thread's count is lost among the others': readers count together, writers alone.
fn no_acquisition_is_lost(map: &impl Measured<u32, u32>) {
    const ROUNDS: u64 = 30_000;

    map.insert(1, 1);
    let before = map.total();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..ROUNDS).for_each(|_| assert!(map.contains_key(&1))));
        }
        scope.spawn(|| (0..ROUNDS).for_each(|_| assert!(map.insert(1, 2).is_some())));
    });
    let period = map.total().since(&before);
    assert_eq!(period.acquisitions, 3 * ROUNDS);
    times_agree(&period);
}

/// The sum and the longest of all waits are what the histogram says they may be.
fn times_agree(period: &LockStats) {
    assert_eq!(period.contended, period.wait_times.count());
    let buckets: Vec<_> = period.wait_times.buckets().collect();
    let sum = |of: fn(&Range<Duration>) -> Duration| -> Duration {
        let all = buckets.iter();
        all.map(|(times, waits)| of(times) * *waits as u32).sum()
    };
    let (least, most) = (sum(|times| times.start), sum(|times| times.end));
    assert!((least..=most).contains(&period.waited), "{period:?}");
    if let Some((times, _)) = buckets.last() {
        assert!(times.contains(&period.longest_wait), "{period:?}");
    }
}

#[test]
fn acquisitions_of_many_threads_add_up() {
    watched(|| {
        no_acquisition_is_lost(&MutexMap::new());
        no_acquisition_is_lost(&RwLockMap::new());
        no_acquisition_is_lost(&ShardedMap::new());
        no_acquisition_is_lost(&HybridMap::new());
    });
}

#[test]
fn a_sync_map_under_many_threads_says_the_same_twice() {
    watched(|| {
        let map = SyncMap::new();
        thread::scope(|scope| {
            for thread in 0..3 {
                let map = &map;
                scope.spawn(move || {
                    for n in 0..5_000 {
                        map.insert((thread, n), n);
                        map.contains_key(&(thread + 1, n));
                    }
                });
            }
        });
        let (stats, lock) = (map.stats(), map.lock_stats());
        assert_eq!(stats.locks, lock.acquisitions);
        assert_eq!(
            (stats.contended, stats.waited),
            (lock.contended, lock.waited)
        );
        times_agree(&lock);
    });
}

/// Unlike what is counted, a look at it waits for nobody.
#[test]
fn what_a_lock_measured_can_be_seen_while_it_is_held() {
    watched(|| {
        let map = MutexMap::from([(1, 1)]);
        let seen = map.get_with(&1, |_| map.lock_stats()[0].acquisitions);
        assert_eq!(seen, Some(map.lock_stats()[0].acquisitions));
    });
}
