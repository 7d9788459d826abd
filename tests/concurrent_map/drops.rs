//! Keys and values are dropped exactly once, and with no lock held.

use crate::family::{Family, of_every_map};
use crate::ledger::{Ledger, Ticket};
use crate::one_at_a_time::watched;
use readmostly::SyncMap;
use readmostly::primitives::ConcurrentMap;
use std::fmt;
use std::hash::{Hash, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A key or a value that does something when it is dropped.
#[derive(Clone)]
struct Nosy {
    number: u32,
    on_drop: Arc<dyn Fn() + Send + Sync>,
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Nosy {}

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for Nosy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        (self.on_drop)();
    }
}

fn a_destructor_may_use_the_map<F: Family>() {
    watched(|| {
        let map: Arc<F::Map<Nosy, Nosy, RandomState>> = Arc::new(F::make());
        let dropped = Arc::new(AtomicUsize::new(0));
        let harmless: Arc<dyn Fn() + Send + Sync> = Arc::new(|| ());
        let (weak, counter) = (Arc::downgrade(&map), Arc::clone(&dropped));
        let use_map: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let Some(map) = weak.upgrade() else { return };
            for number in 0..8 {
                let on_drop = Arc::clone(&harmless);
                let _ = map.get_with(&Nosy { number, on_drop }, |value| value.number);
            }
            map.len();
            let on_drop = Arc::clone(&harmless);
            let last = Nosy { number: 8, on_drop };
            map.insert(last.clone(), last);
        });
        let nosy = |number| Nosy {
            number,
            on_drop: Arc::clone(&use_map),
        };
        for round in 0..3 {
            for number in 0..6 {
                drop(map.insert(nosy(number), nosy(number)));
                // Over a key that is there.
                drop(map.insert(nosy(number), nosy(number + 10)));
            }
            for number in 0..round {
                F::stir(&map, &nosy(number));
            }
            for number in 0..6 {
                assert!(map.modify(&nosy(number), |old| nosy(old.number + 10)));
                let (old, new) = (nosy(number + 20), nosy(number + 30));
                assert!(map.compare_and_set(&nosy(number), &old, new).is_ok());
                let late = || {
                    drop(map.insert(nosy(number + 100), nosy(1)));
                    nosy(2)
                };
                map.get_with_or_insert(nosy(number + 100), late, |_| ());
            }
            drop(map.remove(&nosy(0)));
            map.retain(|key, _| key.number != 1);
            let clone = F::Map::clone(&map);
            drop(clone);
            map.clear();
        }
        while !SyncMap::<(), ()>::new().flush() {}
        assert!(dropped.load(Ordering::Relaxed) > 100);
    });
}

/// A value whose clones use the map when they are dropped, and of which only so
/// many can be made.
struct Fragile {
    clones_left: Arc<AtomicUsize>,
    on_drop: Arc<dyn Fn() + Send + Sync>,
    is_clone: bool,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        let left = self.clones_left.load(Ordering::Relaxed);
        match left.checked_sub(1) {
            Some(left) => self.clones_left.store(left, Ordering::Relaxed),
            None => resume_unwind(Box::new("no more clones")),
        }
        Self {
            clones_left: Arc::clone(&self.clones_left),
            on_drop: Arc::clone(&self.on_drop),
            is_clone: true,
        }
    }
}

impl fmt::Debug for Fragile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fragile")
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        if self.is_clone {
            (self.on_drop)();
        }
    }
}

fn clones_are_dropped_with_no_lock_held_if_one_panics<F: Family>() {
    watched(|| {
        const KEYS: u32 = 40;

        let map: Arc<F::Map<u32, Fragile, RandomState>> = Arc::new(F::make());
        let (weak, dropped) = (Arc::downgrade(&map), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&dropped);
        let use_map: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let Some(map) = weak.upgrade() else { return };
            (0..KEYS).for_each(|key| assert!(map.remove(&(key + KEYS)).is_none()));
        });
        let clones_left = Arc::new(AtomicUsize::new(0));
        for number in 0..KEYS {
            let (clones_left, on_drop) = (Arc::clone(&clones_left), Arc::clone(&use_map));
            let is_clone = false;
            drop(map.insert(
                number,
                Fragile {
                    clones_left,
                    on_drop,
                    is_clone,
                },
            ));
        }
        (0..KEYS / 2).for_each(|key| F::stir(&map, &key));
        for clones in 0..KEYS as usize {
            clones_left.store(clones, Ordering::Relaxed);
            dropped.store(0, Ordering::Relaxed);
            let clone = || F::Map::clone(&map);
            assert!(catch_unwind(AssertUnwindSafe(clone)).is_err());
            assert_eq!(dropped.load(Ordering::Relaxed), clones);
        }
    });
}

/// What it captures may use the map then.
fn a_closure_that_is_not_called_is_dropped_with_no_lock_held<F: Family>() {
    watched(|| {
        let map: Arc<F::Map<u32, u32, RandomState>> = Arc::new(F::make());
        let user = Arc::clone(&map);
        let captured = Nosy {
            number: 1,
            on_drop: Arc::new(move || drop(user.insert(1, 1))),
        };
        let seen = map.get_with(&1, move |_| drop(captured));
        assert_eq!((seen, map.get_cloned(&1)), (None, Some(1)));
    });
}

static LEDGER: Ledger = Ledger::new();

/// A key or a value that is counted.
#[derive(Clone)]
struct Counted {
    number: u32,
    ticket: Ticket,
}

fn counted(number: u32) -> Counted {
    let ticket = LEDGER.issue();
    Counted { number, ticket }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        other.ticket.check();
        self.number == other.number
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.check();
        self.number.fmt(f)
    }
}

fn every_key_and_every_value_is_dropped_exactly_once<F: Family>() {
    watched(|| {
        let map: F::Map<Counted, Counted, RandomState> = F::make();
        thread::scope(|scope| {
            for thread in 0..4 {
                let map = &map;
                scope.spawn(move || exercise::<F>(map, thread));
            }
        });
        assert!(LEDGER.live() >= 2 * map.len());
        drop(map);
        LEDGER.settles_at(0);
    });
}

fn exercise<F: Family>(map: &F::Map<Counted, Counted, RandomState>, thread: u32) {
    for round in 0..200 {
        let number = (thread + round * 7) % 16;
        drop(map.insert(counted(number), counted(round)));
        map.get_with(&counted(number), |value| value.ticket.check());
        map.get_with_or_insert(counted(number + 1), || counted(round), |_| ());
        map.modify(&counted(number + 1), |value| counted(value.number + 1));
        let _ = map.compare_and_set(&counted(number), &counted(round), counted(round + 1));
        match round % 50 {
            10 => _ = map.retain(|key, value| (key.number + value.number) % 3 > 0),
            20 => map.clear(),
            30 | 40 => F::stir(map, &counted(number)),
            _ => drop(map.remove(&counted(number + 2))),
        }
    }
}

of_every_map! {
    a_closure_that_is_not_called_is_dropped_with_no_lock_held
    a_destructor_may_use_the_map
    clones_are_dropped_with_no_lock_held_if_one_panics
    every_key_and_every_value_is_dropped_exactly_once
}
