//! What each operation allocates: reads and refused writes nothing, writes the
//! value they put in. Counted by an allocator, per thread.
//!
//! "Nothing" begins with a thread's second call. The first pin of a thread
//! registers it with the epoch, and its first load from an `ArcSwap` gets it a
//! node there; both allocate, once (see [`warm`]).
//!
//! "The value" comes with the epoch's bookkeeping: what a thread retires goes
//! into a bag of 64, and handing a bag over allocates a queue node. See
//! [`nodes`] for how many that can be.
#![cfg(not(loom))]

#[path = "common/allocations.rs"]
mod allocations;

use allocations::allocations;
use readmostly::{SyncMap, SyncSet};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How often each thing is done: often enough that the epoch, which collects
/// every 128 pins, does so many times.
const TIMES: usize = 10_000;

/// The most queue nodes the epoch can allocate for `retired` objects.
///
/// The crate flushes after every 64 of them, which hands over what is in the
/// bag. One more bag is handed over in between at the most, because the bag held
/// something already: the queue nodes of up to 12 bags that were emptied
/// meanwhile (8 by the flush, 4 by 64 pins). So two in 64, and two for what was
/// in the bag and in the count at the start.
///
/// The crate's own bag of these 64 functions is a node and its room; and one grace period
/// in 512 puts a mark into the queue.
fn nodes(retired: usize) -> usize {
    3 * (retired / 64) + retired / 512 + 3
}

/// One test at a time: garbage belongs to the whole process, and a thread that
/// clears up after another one books the queue nodes of that.
fn alone(test: impl FnOnce() + Send) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // The thread's last destructors free garbage, too: they come before the next test.
    let test = || {
        while !SyncMap::<u32, u32>::new().flush() {}
        test();
    };
    let passed = thread::scope(|scope| scope.spawn(test).join());
    passed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// A promoted map of `keys` known keys, on a thread that has read and written
/// before, with no garbage around.
fn warm(keys: usize) -> SyncMap<String, usize> {
    warm_with(keys, |n| n)
}

fn warm_with<V: Send + Sync + 'static>(
    keys: usize,
    value: impl Fn(usize) -> V,
) -> SyncMap<String, V> {
    let map: SyncMap<_, _> = (0..keys).map(|n| (n.to_string(), value(n))).collect();
    map.compact();
    assert!(map.contains_key("0"));
    while !map.flush() {}
    assert_eq!(map.stats().dirty_entries, 0, "no new keys");
    map
}

/// A number with a destructor: its memory does not go round within a thread.
#[derive(Clone, PartialEq)]
struct Dropped(usize);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0 = 0;
    }
}

#[test]
fn a_hit_allocates_nothing() {
    alone(|| {
        let map = warm(100);
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                let found = map.get("7").unwrap();
                assert_eq!((*found, found.key().as_str()), (7, "7"));
                assert_eq!(map.get_cloned("8"), Some(8));
                assert!(map.contains_key("9"));
                map.get_many_with(["7"; 20], |_, n| assert_eq!(n, Some(&7)));
                assert_eq!(map.len(), 100);
                assert!(!map.is_empty());
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn an_unamended_miss_allocates_nothing() {
    alone(|| {
        let map = warm(100);
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                assert!(map.get("x").is_none());
                assert_eq!(map.get_cloned("y"), None);
                assert!(!map.contains_key("z"));
                map.get_many_with(["x"; 20], |_, n| assert_eq!(n, None));
                assert!(map.remove("x").is_none());
                assert!(map.update("x", |n| n + 1).is_none());
                assert!(map.compare_exchange("x", &1, 2).is_err());
            }
        });
        assert_eq!(allocated, 0);
        assert_eq!(map.stats().misses, 0, "an amended miss is another story");
    });
}

#[test]
fn a_deleted_key_is_missed_without_allocating() {
    alone(|| {
        let map = warm(100);
        assert_eq!(map.remove("7").as_deref(), Some(&7));
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                assert!(map.get("7").is_none());
                assert!(map.remove("7").is_none());
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn reads_under_a_held_pin_allocate_nothing() {
    alone(|| {
        let map = warm(100);
        let mut pinned = map.pin();
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                assert_eq!(pinned.get("7"), Some(&7));
                let (key, value) = pinned.get_key_value("7").unwrap();
                assert_eq!((key.as_str(), value), ("7", &7));
                assert_eq!(pinned.get_cloned("7"), Some(7));
                assert!(!pinned.contains_key("x"));
                assert_eq!(pinned.get_many(["7", "x"]), [Some(&7), None]);
                pinned.get_many_with(["7"; 20], |_, n| assert_eq!(n, Some(&7)));
                assert_eq!(pinned.len(), 100);
                pinned.repin();
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn a_walk_over_known_keys_allocates_nothing() {
    alone(|| {
        let map = warm(100);
        let pinned = map.pin();
        let allocated = allocations(|| {
            for _ in 0..100 {
                assert_eq!(pinned.iter().count(), 100);
                assert_eq!(pinned.keys().count(), 100);
                assert_eq!(pinned.values().sum::<usize>(), 99 * 100 / 2);
                let mut sum = 0;
                let walked = map.for_each(|_, n| {
                    sum += n;
                    ControlFlow::<()>::Continue(())
                });
                assert!(walked.is_continue());
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn an_empty_map_is_made_read_and_cleared_without_allocating() {
    alone(|| {
        drop(warm(1));
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                let map = SyncMap::<String, usize>::with_capacity(1_000);
                assert!(map.get("x").is_none());
                map.clear();
                assert_eq!(map.pin().iter().count(), 0);
                assert_eq!(map.compact(), 0);
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn a_refused_write_allocates_nothing() {
    alone(|| {
        let map = warm(100);
        // The keys to be refused are made beforehand, and dropped afterwards.
        let mut keys: Vec<_> = (0..3 * TIMES).map(|_| String::from("7")).collect();
        let mut next = || keys.pop().unwrap();
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                let refused = map.try_insert(next(), 70).unwrap_err();
                assert_eq!((*refused.current, refused.value), (7, 70));
                assert_eq!(*map.get_or_insert(next(), 70), 7);
                assert_eq!(*map.get_or_insert_with(next(), || unreachable!()), 7);
                assert!(map.compare_exchange("7", &8, 70).is_err());
                assert!(map.remove_if("7", |_, n| *n == 8).is_none());
                assert!(map.compare_remove("7", &8).is_none());
            }
        });
        assert_eq!(allocated, 0);
    });
}

#[test]
fn an_overwrite_allocates_the_value_and_its_share_of_the_bookkeeping() {
    alone(|| {
        let map = warm_with(100, Dropped);
        let mut keys: Vec<_> = (0..TIMES).map(|_| String::from("7")).collect();
        let allocated = allocations(|| {
            for n in 0..TIMES {
                map.insert(keys.pop().unwrap(), Dropped(n));
            }
        });
        let expected = TIMES..=TIMES + nodes(TIMES);
        assert!(
            expected.contains(&allocated),
            "{allocated}, not {expected:?}"
        );

        // By key alone nothing is dropped either: the same again.
        let allocated = allocations(|| {
            for n in 0..TIMES {
                map.update("8", |_| Dropped(n));
            }
        });
        assert!(
            expected.contains(&allocated),
            "{allocated}, not {expected:?}"
        );
        let allocated = allocations(|| {
            for n in 0..TIMES {
                let (old, new) = (Dropped(TIMES - 1 + n), Dropped(TIMES + n));
                assert!(map.compare_exchange("8", &old, new).is_ok());
            }
        });
        assert!(
            expected.contains(&allocated),
            "{allocated}, not {expected:?}"
        );
    });
}

#[test]
fn an_overwrite_under_a_held_pin_allocates_no_more() {
    alone(|| {
        let map = warm_with(100, Dropped);
        let mut keys: Vec<_> = (0..TIMES).map(|_| String::from("7")).collect();
        let mut pinned = map.pin();
        let allocated = allocations(|| {
            for n in 0..TIMES {
                pinned.insert(keys.pop().unwrap(), Dropped(n));
                pinned.repin();
            }
        });
        let expected = TIMES..=TIMES + nodes(TIMES);
        assert!(
            expected.contains(&allocated),
            "{allocated}, not {expected:?}"
        );
    });
}

/// What is left is the bookkeeping, and a block now and then while all of the
/// thread's own are waiting to become ripe. They wait longer if other programs take the
/// processor away. So one round in ten has to be as it should. Without reuse, none is.
#[test]
fn an_overwrite_of_plain_values_reuses_the_memory_of_the_overwritten() {
    alone(|| {
        let map = warm(100);
        let round = || {
            let mut keys: Vec<_> = (0..2 * TIMES).map(|_| String::from("7")).collect();
            let one_shot = allocations(|| {
                for n in 0..TIMES {
                    map.insert(keys.pop().unwrap(), n);
                }
            });
            let mut pinned = map.pin();
            let under_a_pin = allocations(|| {
                for n in 0..TIMES {
                    pinned.insert(keys.pop().unwrap(), n);
                    pinned.repin();
                }
            });
            [one_shot, under_a_pin]
        };
        let rounds: Vec<_> = (0..10).map(|_| round()).collect();
        for kind in [0, 1] {
            let least = rounds.iter().map(|round| round[kind]).min();
            assert!(
                least.is_some_and(|least| least < TIMES / 4),
                "allocations in {TIMES} overwrites, one-shot and under a pin: {rounds:?}"
            );
        }
    });
}

#[test]
fn a_removal_of_a_known_key_allocates_bookkeeping_only() {
    alone(|| {
        let map = warm(TIMES);
        let keys: Vec<_> = (0..TIMES).map(|n| n.to_string()).collect();
        let allocated = allocations(|| {
            for key in &keys {
                assert!(map.remove(key).is_some());
            }
        });
        assert!(allocated <= nodes(TIMES), "{allocated} > {}", nodes(TIMES));
        assert!(map.is_empty());

        // And a key that comes back, the value alone: its entry is still there. What the
        // removals have left takes a mark for each grace period.
        let mut keys = keys;
        let allocated = allocations(|| {
            while let Some(key) = keys.pop() {
                map.insert(key, 0);
            }
        });
        assert!((TIMES..TIMES + 8).contains(&allocated), "{allocated}");
    });
}

#[test]
fn a_new_key_allocates_its_entry_with_the_value_in_it() {
    alone(|| {
        let map = SyncMap::with_capacity(TIMES);
        map.insert(String::from("first"), 0);
        let mut keys: Vec<_> = (0..TIMES - 1).map(|n| n.to_string()).collect();
        let allocated = allocations(|| {
            while let Some(key) = keys.pop() {
                map.insert(key, 0);
            }
        });
        assert_eq!(allocated, TIMES - 1, "room was made, nothing retired");
    });
}

/// Reads collect too. A thread looks after what waits once in 256 reads, or more rarely.
/// A look allocates a mark for the grace period, and a node for what it frees of
/// crossbeam-epoch's own.
#[test]
fn a_reader_that_clears_up_after_writers_allocates_twice_in_256_reads_at_most() {
    alone(|| {
        let map = warm(100);
        thread::scope(|scope| {
            // Under a pin of its own this thread retires and nobody can free it:
            // a thousand bags for the reader.
            let write = || {
                let pinned = map.pin();
                for n in 0..64_000 {
                    pinned.update("7", |_| n);
                }
            };
            // With its thread-locals, which a scope does not wait for.
            scope.spawn(write).join().unwrap();
        });
        let read = |times: usize| {
            allocations(|| {
                for _ in 0..times {
                    assert!(map.contains_key("8"));
                }
            })
        };
        const LOOKS: usize = 64;
        let allocated = read(256 * LOOKS);
        assert!(allocated >= 1, "there was nothing to clear up");
        assert!(allocated <= 2 * LOOKS + 8, "{allocated}");
        let is_clean = (0..100).any(|_| read(16 * 1024) == 0);
        assert!(is_clean, "there is more and more to clear up");
    });
}

/// The elements are promoted: the first iteration has nothing to publish.
#[test]
fn a_set_that_was_made_of_elements_is_iterated_without_an_allocation() {
    alone(|| {
        warm(1);
        let plain: HashSet<u32> = (0..100).collect();
        let sets = [SyncSet::from(plain.clone()), plain.into_iter().collect()];
        for set in sets {
            let iterate = || assert_eq!(set.pin().iter().count(), 100);
            assert_eq!(allocations(iterate), 0);
        }
    });
}

#[test]
fn an_element_that_is_there_is_inserted_without_an_allocation() {
    alone(|| {
        let set: SyncSet<u32> = (0..100).collect();
        warm(1);
        let allocated = allocations(|| {
            for _ in 0..TIMES {
                assert!((0..100).all(|n| !set.insert(n)));
            }
        });
        assert_eq!(allocated, 0);
    });
}
