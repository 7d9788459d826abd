//! Users who mean no good: hashers that collide or change their mind, closures
//! that recurse or never return, maps inside maps inside destructors, and
//! processes that end in the middle of it all.
//!
//! What else is hostile has files of its own, in this folder and in `panics/`, and
//! `reclamation.rs`.

use crate::child;
use crate::fuse::{Place, bangs_after, burn};
use crate::invariants::invariants_hold;
use crate::one_at_a_time::watched;
use readmostly::{Equivalent, Operation, SyncMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::{env, thread};

type Fixed = BuildHasherDefault<DefaultHasher>;

fn free_all<K, V, S>(map: &SyncMap<K, V, S>) {
    while !map.flush() {
        thread::yield_now();
    }
}

/// All hashes are equal.
#[derive(Clone, Copy, Default)]
struct Same;

impl BuildHasher for Same {
    type Hasher = SameHash;

    fn build_hasher(&self) -> SameHash {
        SameHash
    }
}

struct SameHash;

impl Hasher for SameHash {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        u64::MAX
    }
}

/// Every look-up compares with every key: slow, and otherwise as ever.
#[test]
fn thousands_of_keys_with_one_hash_are_only_slow() {
    const KEYS: u32 = if cfg!(miri) { 50 } else { 2_000 };
    watched(|| {
        let mut map = SyncMap::with_hasher(Same);
        for n in 0..KEYS {
            assert!(map.insert(n, n).is_none());
        }
        // A promotion, by misses.
        while map.inspect().amended {
            assert!(map.get(&KEYS).is_none());
        }
        // Rebuilds that leave out some of the keys, and most of them.
        for keep in [2, 50] {
            map.retain(|key, _| key % keep == 0);
            map.insert(KEYS + keep, 0);
            let left = (0..KEYS).filter(|n| n % keep == 0);
            assert_eq!(map.len(), left.clone().count() + 1);
            for n in left {
                assert_eq!(map.get_cloned(&n), Some(n));
            }
        }
        assert!(map.get(&1).is_none());
        assert_eq!(map.pin().iter().count(), map.len());
        let (len, clone) = (map.len(), map.clone());
        assert_eq!(map, clone);
        assert_eq!(map.drain().count(), len);
        map.extend((0..KEYS).map(|n| (n, n)));
        map.clear();
        assert!(map.is_empty() && map.insert(1, 1).is_none());
        assert_eq!(clone.into_iter().count(), len);
    });
}

/// A hasher that hashes a number differently every few calls, and, if it is told
/// to, panics.
#[derive(Default)]
struct Fickle {
    calls: AtomicUsize,
}

type FickleMap = SyncMap<u32, u32, Fickle>;

impl BuildHasher for Fickle {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        burn(Place::Hash);
        let mut hasher = DefaultHasher::new();
        hasher.write_usize(self.calls.fetch_add(1, Ordering::SeqCst) / 7);
        hasher
    }
}

#[test]
fn a_hasher_that_changes_its_mind_loses_keys_but_drops_each_once() {
    watched(|| {
        let value = Arc::new(());
        let map = SyncMap::with_hasher(Fickle::default());
        for n in 0..2_000_u32 {
            let key = (n % 5, Arc::clone(&value));
            map.insert(key, Arc::clone(&value));
            match n % 11 {
                0 => _ = map.compact(),
                1 => drop(map.remove(&(n % 3, Arc::clone(&value)))),
                2 => _ = map.retain(|(number, _), _| *number != n % 5),
                3 if n % 4 == 0 => map.clear(),
                _ => drop(map.get(&(n % 7, Arc::clone(&value)))),
            }
            let present = map.pin().iter().count();
            assert_eq!(map.len(), present);
            assert!(Arc::strong_count(&value) > 2 * present);
        }
        drop(map);
        free_all(&SyncMap::<(), ()>::new());
        assert_eq!(Arc::strong_count(&value), 1);
    });
}

#[test]
fn a_hasher_that_panics_changes_nothing() {
    watched(|| {
        let map = SyncMap::with_hasher(Fickle::default());
        map.insert(1, 1);
        map.compact();
        map.insert(2, 2);
        let calls: [fn(&FickleMap); 5] = [
            |map| drop(map.get(&1)),
            |map| drop(map.insert(1, 9)),
            |map| drop(map.try_insert(3, 9)),
            |map| drop(map.remove(&2)),
            |map| _ = map.compute(2, |_| Operation::<_, ()>::Remove),
        ];
        for call in calls {
            assert!(bangs_after(0, Place::Hash, || call(&map)));
            assert_eq!(map.len(), 2);
        }
        let mut pairs: Vec<_> = map.into_iter().collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [(1, 1), (2, 2)]);
    });
}

#[test]
fn a_capacity_that_no_memory_has_is_ignored() {
    watched(|| {
        for capacity in [
            usize::MAX,
            usize::MAX / 2,
            isize::MAX as usize,
            usize::MAX / 16,
        ] {
            let map = SyncMap::with_capacity(capacity);
            map.insert(1, 1);
            assert_eq!(map.compact(), 0);
            assert_eq!(map.get_cloned(&1), Some(1));
        }
    });
}

/// The innermost call takes effect first, and the others find that out, one after
/// the other.
#[test]
fn an_update_inside_an_update_of_the_same_key_is_not_lost() {
    const DEEP: u32 = 20;
    fn add_one(map: &SyncMap<u32, u32>, calls: &AtomicUsize, depth: u32) {
        let mut first = true;
        map.update(&1, |n| {
            calls.fetch_add(1, Ordering::SeqCst);
            if depth > 0 && std::mem::take(&mut first) {
                add_one(map, calls, depth - 1);
            }
            n + 1
        });
    }
    watched(|| {
        for promoted in [false, true] {
            let (map, calls) = (SyncMap::new(), AtomicUsize::new(0));
            map.insert(1, 0);
            if promoted {
                map.compact();
            }
            add_one(&map, &calls, DEEP);
            assert_eq!(map.get_cloned(&1), Some(DEEP + 1));
            // Each but the innermost saw its value replaced, and was called again.
            assert_eq!(calls.load(Ordering::SeqCst) as u32, 2 * DEEP + 1);
            invariants_hold(&map);
        }
    });
}

#[test]
fn of_insertions_inside_each_other_the_innermost_wins() {
    fn insert(map: &SyncMap<u32, u32>, depth: u32) -> bool {
        let inserted = map.try_insert_with(1, || {
            if depth > 0 {
                assert_eq!(insert(map, depth - 1), depth == 1, "the innermost alone");
            }
            depth
        });
        match inserted {
            Ok(value) => *value == depth,
            Err(refused) => {
                assert_eq!((*refused.current, refused.value), (0, Some(depth)));
                false
            }
        }
    }
    watched(|| {
        for tombstone in [false, true] {
            let map = SyncMap::from([(2, 2)]);
            if tombstone {
                map.insert(1, 7);
                map.compact();
                map.remove(&1);
                map.insert(3, 3);
            }
            assert!(!insert(&map, 10));
            assert_eq!(map.get_cloned(&1), Some(0));
            invariants_hold(&map);
        }
    });
}

type Numbers = SyncMap<u32, u32, Fixed>;

/// A call that stays inside its closure, by calling the function, until it is told
/// to go on.
type Stuck = fn(&Numbers, &dyn Fn());

const STUCK: [(&str, Stuck); 6] = [
    ("update", |map, stay| {
        let mut first = true;
        map.update(&1, |n| {
            if std::mem::take(&mut first) {
                stay();
            }
            *n
        });
    }),
    ("compute", |map, stay| {
        map.compute(1, |_| {
            stay();
            Operation::<u32, ()>::Abort(())
        });
    }),
    ("try_insert_with", |map, stay| {
        drop(map.try_insert_with(9, || {
            stay();
            9
        }));
    }),
    ("retain", |map, stay| {
        let mut first = true;
        map.retain(|_, _| {
            if std::mem::take(&mut first) {
                stay();
            }
            true
        });
    }),
    ("for_each", |map, stay| {
        _ = map.for_each(|_, _| {
            stay();
            ControlFlow::Break(())
        });
    }),
    ("remove_if", |map, stay| {
        map.remove_if(&1, |_, _| {
            stay();
            false
        });
    }),
];

/// All of them at once, each on a thread of its own, and meanwhile everything else
/// goes on, with the same key too. What waits is the garbage.
#[test]
fn nothing_waits_for_closures_that_do_not_return_but_garbage() {
    watched(|| {
        static MAP: Numbers = SyncMap::with_hasher(Fixed::new());
        MAP.extend_with([(1, 10), (2, 20)]);
        let (inside, arrived) = mpsc::channel();
        let go_on = Arc::new(Barrier::new(STUCK.len() + 1));
        let threads = STUCK.map(|(name, call)| {
            let (inside, go_on) = (inside.clone(), Arc::clone(&go_on));
            thread::spawn(move || {
                call(&MAP, &|| {
                    inside.send(name).unwrap();
                    go_on.wait();
                });
            })
        });
        for _ in 0..STUCK.len() {
            arrived.recv().unwrap();
        }

        let value = Arc::new(());
        let garbage = SyncMap::from([(1, Arc::clone(&value))]);
        garbage.remove(&1);
        for round in 0..100 {
            assert_eq!(MAP.get_cloned(&1), Some(10 + round));
            assert!(MAP.update(&1, |n| n + 1).is_some());
            MAP.insert(100 + round, round);
            MAP.insert(2, round);
            assert_eq!(MAP.get_cloned(&(100 + round)), Some(round));
            assert!(MAP.pin().iter().any(|(key, _)| *key == 100 + round));
            assert!(MAP.remove(&(100 + round)).is_some());
            MAP.compact();
            assert!(!garbage.flush(), "they have guards");
        }
        assert!(MAP.stats().promotions >= 100);
        MAP.clear();
        assert!(MAP.is_empty());
        MAP.insert(1, 50);
        assert_eq!(Arc::strong_count(&value), 2);

        go_on.wait();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        free_all(&garbage);
        assert_eq!(Arc::strong_count(&value), 1);
        assert_eq!(MAP.get_cloned(&1), Some(50));
        invariants_hold(&MAP);
    });
}

trait ExtendWith {
    /// Through a shared reference, and promoted.
    fn extend_with<const N: usize>(&self, pairs: [(u32, u32); N]);
}

impl ExtendWith for Numbers {
    fn extend_with<const N: usize>(&self, pairs: [(u32, u32); N]) {
        let mut this = self;
        this.extend(pairs);
        self.compact();
    }
}

/// A map inside a map inside a map, and something that is counted at the bottom.
#[derive(Clone)]
struct Nest(
    #[expect(dead_code, reason = "owned, not used")] Arc<()>,
    Inner,
);

type Inner = Arc<SyncMap<u32, Nest>>;

#[test]
fn maps_inside_maps_are_dropped_by_the_reclaimer_of_the_outer_ones() {
    fn nest(bottom: &Arc<()>, deep: u32) -> Nest {
        let map = SyncMap::new();
        if deep > 0 {
            (0..3).for_each(|n| _ = map.insert(n, nest(bottom, deep - 1)));
            map.compact();
            map.insert(3, nest(bottom, deep - 1));
            map.remove(&1);
        }
        Nest(Arc::clone(bottom), Arc::new(map))
    }
    watched(|| {
        let bottom = Arc::new(());
        let ways: [fn(Inner); 5] = [
            drop,
            |map| map.clear(),
            |map| drop(map.remove(&0)),
            |map| _ = map.retain(|_, _| false),
            // The last owner of an inner map is another thread's guard.
            |map| {
                let held = map.get_cloned(&2).unwrap();
                thread::spawn(move || {
                    let inner = held.1;
                    let seen = inner.get(&0).map(|found| found.key() + 1);
                    assert_eq!(seen, Some(1));
                })
                .join()
                .unwrap();
            },
        ];
        for way in ways {
            let Nest(_, map) = nest(&bottom, 3);
            let copy = (*map).clone();
            way(map);
            drop(copy);
            let any = SyncMap::<(), ()>::new();
            while Arc::strong_count(&bottom) > 1 {
                any.flush();
                thread::yield_now();
            }
        }
    });
}

/// Destructors of two maps write to each other's, and drop the last owner of a
/// third one.
#[test]
fn destructors_of_two_maps_may_write_to_each_other() {
    static MAPS: [SyncMap<u32, Ball, Fixed>; 2] = [
        SyncMap::with_hasher(Fixed::new()),
        SyncMap::with_hasher(Fixed::new()),
    ];
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    const BALLS: usize = 3 * 201 + 6 * 100;

    struct Ball {
        to: usize,
        bounces: u32,
        _map: Arc<SyncMap<u32, Arc<()>>>,
    }
    impl Drop for Ball {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
            if self.bounces > 0 {
                let next = ball(1 - self.to, self.bounces - 1);
                MAPS[self.to].insert(self.bounces % 3, next);
                MAPS[1 - self.to].remove(&(self.bounces % 2));
                MAPS[self.to].compact();
            }
        }
    }
    fn ball(to: usize, bounces: u32) -> Ball {
        let map = SyncMap::from([(1, Arc::new(()))]);
        map.remove(&1);
        let _map = Arc::new(map);
        Ball { to, bounces, _map }
    }

    watched(|| {
        for n in 0..3 {
            MAPS[0].insert(n, ball(1, 200));
        }
        // Enough for each `clear` to collect, and for the later ones to run what the
        // first has retired.
        for _ in 0..6 {
            for n in 0..100 {
                MAPS[0].insert(n, ball(1, 0));
            }
            MAPS[0].clear();
        }
        while DROPPED.load(Ordering::SeqCst) < BALLS {
            MAPS.iter().for_each(SyncMap::clear);
            MAPS[0].flush();
            thread::yield_now();
        }
        assert!(MAPS.iter().all(SyncMap::is_empty));
        free_all(&MAPS[0]);
        assert_eq!(DROPPED.load(Ordering::SeqCst), BALLS);
    });
}

/// Which scene a process of its own is to play.
const SCENE: &str = "READMOSTLY_TEST_SCENE";

static EXIT: SyncMap<u32, Exits, Fixed> = SyncMap::with_hasher(Fixed::new());

/// A value that ends the process when it is dropped, if it has a code to end it
/// with.
struct Exits(Option<i32>);

impl Drop for Exits {
    fn drop(&mut self) {
        if let Some(code) = self.0 {
            process::exit(code);
        }
    }
}

/// A key that ends the process when it is compared with the one it equals.
struct ExitsInEq(u32, i32);

impl Hash for ExitsInEq {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<u32> for ExitsInEq {
    fn equivalent(&self, key: &u32) -> bool {
        if self.0 == *key {
            process::exit(self.1);
        }
        false
    }
}

/// Threads that never stop using the map.
fn threads_that_go_on() {
    let busy = Arc::new(Barrier::new(4));
    for thread in 0..3 {
        let busy = Arc::clone(&busy);
        thread::spawn(move || {
            for n in 0.. {
                let key = 10 + (n + thread) % 20;
                EXIT.insert(key, Exits(None));
                EXIT.get(&key);
                EXIT.remove(&(key + 1));
                match n % 64 {
                    0 => _ = EXIT.compact(),
                    1 => _ = EXIT.retain(|key, _| key % 7 != 0),
                    2 => drop(EXIT.pin().iter().count()),
                    _ => {}
                }
                if n == 3 {
                    busy.wait();
                }
            }
        });
    }
    busy.wait();
}

/// What the process does, and the code that it ends with.
const SCENES: [(&str, i32, fn()); 6] = [
    ("the test returns, and so does main", 0, || {}),
    ("exit", 3, || process::exit(3)),
    ("exit in a destructor", 4, || {
        EXIT.insert(1, Exits(Some(4)));
        EXIT.remove(&1);
        free_all(&EXIT);
        unreachable!("the process has ended");
    }),
    ("exit in a closure", 5, || {
        EXIT.insert(1, Exits(None));
        EXIT.update(&1, |_| process::exit(5));
    }),
    ("exit in a comparison, under the mutex", 6, || {
        // Only `dirty` has it: nobody looks a new key up.
        static NEW: SyncMap<u32, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
        NEW.insert(1, 1);
        thread::spawn(|| {
            for n in 2..u32::MAX {
                NEW.insert(n % 10_000, n);
            }
        });
        NEW.get(&ExitsInEq(1, 6));
    }),
    ("exit in the destructor of a thread-local", 7, || {
        struct Last;
        impl Drop for Last {
            fn drop(&mut self) {
                EXIT.insert(1, Exits(Some(7)));
                EXIT.remove(&1);
                free_all(&EXIT);
            }
        }
        thread_local! {
            static LAST: Last = const { Last };
        }
        thread::spawn(|| LAST.with(|_| ())).join().unwrap();
    }),
];

/// Each scene is played in a process of its own, in which other threads go on
/// using a map in a `static` while it ends.
#[test]
fn a_process_may_end_at_any_time() {
    const NAME: &str = "a_process_may_end_at_any_time";
    if let Ok(scene) = env::var(SCENE) {
        let (_, _, play) = SCENES.iter().find(|(name, ..)| *name == scene).unwrap();
        threads_that_go_on();
        return play();
    }
    watched(|| {
        for (scene, code, _) in SCENES {
            let mut child = child::again(module_path!(), NAME);
            let child = child.env(SCENE, scene).envs([child::LEAKS]).output();
            let child = child.unwrap();
            assert_eq!(child.status.code(), Some(code), "{scene}: {child:?}");
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(said.contains("running 1 test"), "{scene}: {said}");
        }
    });
}
