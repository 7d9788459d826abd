//! Each key and each value is dropped exactly once, whichever way a removed one goes.

use crate::ledger::{Ledger, Ticket};
use crate::one_at_a_time::watched;
use readmostly::{Equivalent, Removed, SyncMap};
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What happens to a removed value.
type Way<V> = fn(Removed<u32, V>);

fn ways<V: Send + Sync + 'static>() -> [Way<V>; 4] {
    [
        |removed| drop(removed),
        |removed| drop(removed.wait().expect("no guard")),
        |removed| match removed.try_into_inner() {
            Ok(value) => drop(value),
            Err(removed) => drop(removed),
        },
        |removed| std::thread::scope(|scope| drop(scope.spawn(|| drop(removed)))),
    ]
}

/// A value in its entry, one with an allocation of its own, one that was overwritten before,
/// and one whose entry goes first.
fn in_all_places<V: Send + Sync + 'static>(ledger: &'static Ledger, make: fn(Ticket) -> V) {
    for way in ways() {
        let map = SyncMap::new();
        map.insert(0, make(ledger.issue()));
        way(map.remove_owned(&0).expect("it is there"));
        map.insert(0, make(ledger.issue()));
        map.insert(0, make(ledger.issue()));
        way(map.remove_owned(&0).expect("it is there"));
        // The entry is freed, and its first value is not.
        map.insert(1, make(ledger.issue()));
        let removed = map.remove_owned(&1).expect("it is there");
        map.compact();
        map.clear();
        map.flush();
        way(removed);
        // The map is freed, and a first value of it is not.
        map.insert(2, make(ledger.issue()));
        map.compact();
        let removed = map.remove_owned(&2).expect("it is there");
        drop(map);
        way(removed);
        ledger.settles_at(0);
    }
}

#[test]
fn a_small_value_goes_once() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| in_all_places(&LEDGER, |ticket| ticket));
}

#[test]
fn a_large_value_goes_once() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| in_all_places(&LEDGER, |ticket| (ticket, [0_u64; 32])));
}

#[test]
fn a_value_without_a_destructor_comes_whole() {
    watched(|| {
        let map = SyncMap::new();
        for n in 0..1_000_u64 {
            map.insert(n % 7, [n; 3]);
            map.insert(n % 7, [n + 1; 3]);
            let removed = map.remove_owned(&(n % 7)).expect("it is there");
            assert_eq!(removed.wait().expect("no guard"), [n + 1; 3]);
        }
    });
}

#[test]
fn a_value_without_a_size_can_be_owned() {
    watched(|| {
        let map = SyncMap::from([(1, ())]);
        map.insert(2, ());
        map.insert(2, ());
        map.remove_owned(&1)
            .expect("it is there")
            .wait()
            .expect("no guard");
        map.remove_owned(&2)
            .expect("it is there")
            .wait()
            .expect("no guard");
        assert!(map.remove_owned(&1).is_none());
    });
}

/// A key with a ticket.
struct Key(u32, #[allow(dead_code, reason = "it is dropped")] Ticket);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Key> for u32 {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.0
    }
}

/// Keys that only `dirty` has, tombstones, expunged entries and overwritten values.
#[test]
fn all_pairs_go_once() {
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        for way in 0..4 {
            let map = SyncMap::new();
            let put = |n| drop(map.insert(Key(n, LEDGER.issue()), LEDGER.issue()));
            (0..40).for_each(put);
            map.compact();
            (0..10).for_each(put);
            (5..20).for_each(|n| drop(map.remove(&n)));
            // Expunges what was removed, and brings one back.
            put(100);
            put(7);
            let present = map.len();
            assert_eq!(present, 27);
            let all = map.take_all();
            assert!(map.is_empty());
            put(200);
            match way {
                0 => drop(all),
                1 => assert_eq!(all.wait().expect("no guard").count(), present),
                2 => {
                    // The rest is dropped with the iterator.
                    let mut pairs = all.wait().expect("no guard");
                    assert!(pairs.next().is_some());
                }
                _ => {
                    map.clear();
                    assert_eq!(all.wait().expect("no guard").count(), present);
                    put(200);
                }
            }
            // The pair that was put in afterwards.
            LEDGER.settles_at(2);
            drop(map);
            LEDGER.settles_at(0);
        }
    });
}

/// Each drop is the end of a call: what was dropped before is freed on the way (M8).
#[test]
fn what_is_dropped_unasked_is_freed_without_another_call() {
    static LEDGER: Ledger = Ledger::new();
    const KEYS: u32 = 10_000;
    watched(|| {
        let map = SyncMap::new();
        (0..KEYS).for_each(|n| drop(map.insert(n, LEDGER.issue())));
        let removed: Vec<_> = (0..KEYS).map(|n| map.remove_owned(&n)).collect();
        LEDGER.settles_at(KEYS as usize);
        drop(removed);
        assert!(LEDGER.live() < KEYS as usize / 2, "{}", LEDGER.live());
        LEDGER.settles_at(0);
        let taken: Vec<_> = (0..KEYS)
            .map(|n| {
                map.insert(n, LEDGER.issue());
                map.take_all()
            })
            .collect();
        LEDGER.settles_at(KEYS as usize);
        drop(taken);
        assert!(LEDGER.live() < KEYS as usize / 2, "{}", LEDGER.live());
        LEDGER.settles_at(0);
    });
}

#[test]
fn nothing_can_be_taken_from_an_empty_map() {
    watched(|| {
        let map = SyncMap::<u32, u32>::new();
        assert_eq!(map.take_all().wait().expect("no guard").count(), 0);
        map.insert(1, 1);
        map.remove(&1);
        assert_eq!(map.take_all().wait().expect("no guard").count(), 0);
    });
}

/// A destructor that panics takes nothing with it.
#[test]
fn a_value_that_panics_is_moved_out_all_the_same() {
    struct Panics(#[allow(dead_code, reason = "it is dropped")] Ticket);
    impl Drop for Panics {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        }
    }
    static LEDGER: Ledger = Ledger::new();
    watched(|| {
        let map = SyncMap::from([(1, Panics(LEDGER.issue())), (2, Panics(LEDGER.issue()))]);
        let owned = map.remove_owned(&1).expect("it is there").wait();
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(owned.expect("no guard"))));
        assert!(dropped.is_err());
        // Retired: the panic goes no further than the panic hook.
        drop(map.remove_owned(&2));
        LEDGER.settles_at(0);
    });
}
