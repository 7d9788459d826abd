//! Keys whose `Eq` or `Hash` is wrong. The map may then find a key or not find
//! it; it must not free what it can still reach. A failure here is a
//! use-after-free from safe code.

use crate::one_at_a_time::watched;
use readmostly::{Equivalent, Operation, SyncMap};
use std::cell::Cell;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

thread_local! {
    /// How many of the next comparisons say no, whatever they compare.
    static LIES: Cell<usize> = const { Cell::new(0) };
}

/// A key that counts its end, and whose `Eq` can be made to lie.
struct Key {
    name: u64,
    dropped: Arc<AtomicUsize>,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.name);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Name(other.name).equivalent(self)
    }
}

impl Eq for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// What keys are looked up by.
struct Name(u64);

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

impl Equivalent<Key> for Name {
    fn equivalent(&self, key: &Key) -> bool {
        if LIES.get() > 0 {
            LIES.set(LIES.get() - 1);
            return false;
        }
        self.0 == key.name
    }
}

/// A name that hashes to something else than the key it is equal to.
struct Misplaced {
    name: u64,
    hash: u64,
}

impl Hash for Misplaced {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<Key> for Misplaced {
    fn equivalent(&self, key: &Key) -> bool {
        self.name == key.name
    }
}

/// A number is its own hash, so that a test can choose places in the table.
#[derive(Default)]
struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed here");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Map = SyncMap<Key, u64, BuildHasherDefault<Plain>>;

struct Keys {
    dropped: Arc<AtomicUsize>,
}

impl Keys {
    fn new() -> Self {
        Self {
            dropped: Arc::default(),
        }
    }

    fn insert(&self, map: &Map, names: impl Iterator<Item = u64>) {
        for name in names {
            let dropped = Arc::clone(&self.dropped);
            map.insert(Key { name, dropped }, name);
        }
    }

    fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Waits for the destructors.
fn free_all(map: &Map) {
    while !map.flush() {
        thread::yield_now();
    }
}

/// The two looks into `read` are lied to, the one into `dirty` is not. Under a pin: a
/// removal by itself may look once more.
#[test]
fn an_entry_that_eq_denies_is_not_freed_while_it_is_in_read() {
    watched(|| {
        let (keys, map) = (Keys::new(), Map::default());
        keys.insert(&map, 0..1);
        map.compact();
        keys.insert(&map, 1..20);

        let misses = map.stats().misses;
        LIES.set(2);
        assert_eq!(map.pin().remove(&Name(0)), Some(&0));
        // It was found in `dirty`.
        let missed = map.stats().misses - misses;
        let told = "the lies were not told where they count";
        assert_eq!((LIES.get(), missed), (0, 1), "{told}");
        free_all(&map);

        assert_eq!(keys.dropped(), 0, "a key was freed that a table still has");
        assert!(map.get(&Name(0)).is_none());
        drop(map);
        assert_eq!(keys.dropped(), 20);
    });
}

/// The name's hash leads to the key in the table of `dirty`, where it stands in
/// another place, but not in that of `read`.
#[test]
fn an_entry_that_hash_misplaces_is_not_freed_while_it_is_in_read() {
    watched(|| {
        let keys = Keys::new();
        let map = Map::with_capacity_and_hasher(40, BuildHasherDefault::default());
        keys.insert(&map, (6..22).chain([70]).chain(30..46));
        map.compact();
        keys.insert(&map, 128..228);

        let misplaced = Misplaced { name: 70, hash: 55 };
        assert!(map.remove(&misplaced).is_some(), "not misplaced enough");
        free_all(&map);

        assert_eq!(keys.dropped(), 0, "a key was freed that a table still has");
        assert!(map.get(&Name(70)).is_none());
        drop(map);
        assert_eq!(keys.dropped(), 133);
    });
}

/// A key that is never equal to anything, not even to itself: every insert is a
/// new key, and each is freed once.
#[test]
fn a_key_that_is_not_equal_to_itself_is_inserted_again_and_freed_once() {
    watched(|| {
        let (keys, map) = (Keys::new(), Map::default());
        for round in 0..100 {
            LIES.set(usize::MAX);
            keys.insert(&map, 0..3);
            map.get(&Name(0));
            map.remove(&Name(1));
            if round % 10 == 0 {
                map.compact();
            }
        }
        LIES.set(0);
        assert_eq!(map.len(), 300);
        map.clear();
        free_all(&map);
        assert_eq!(keys.dropped(), 300);
    });
}

/// The borrowed key hashes to something else than the key that it is equal to. The look-up
/// misses, and the key that is made finds its own entry.
#[test]
fn a_borrowed_key_whose_hash_is_wrong_inserts_no_key_twice() {
    watched(|| {
        let (keys, map) = (Keys::new(), Map::default());
        keys.insert(&map, 0..20);
        for promoted in [false, true] {
            if promoted {
                map.compact();
            }
            for name in 0..20 {
                let misplaced = Misplaced {
                    name,
                    hash: name + 1_000,
                };
                let make_key = || Key {
                    name,
                    dropped: Arc::clone(&keys.dropped),
                };
                assert_eq!(
                    *map.get_or_insert_with_ref(&misplaced, make_key, || 99),
                    name
                );
                let updated = map.update_or_insert_with_ref(&misplaced, make_key, |v| *v, || 99);
                assert_eq!(*updated, name);
                drop(updated);
                map.compute_ref(&misplaced, make_key, |seen| match seen {
                    Some((_, v)) => Operation::<_>::Insert(*v),
                    None => Operation::Insert(99),
                });
                assert_eq!(map.get(&Name(name)).as_deref(), Some(&name));
            }
        }
        assert_eq!(map.len(), 20);
        free_all(&map);
        let made = keys.dropped();
        drop(map);
        assert_eq!(keys.dropped(), made + 20);
    });
}

/// Whatever comparison is denied: nothing is freed that a table still has, each key is
/// freed once, and the call ends.
#[test]
fn insertions_by_a_borrowed_key_end_whatever_eq_says() {
    type Call = fn(&Map, &Name, Key);
    let calls: [Call; 9] = [
        |map, name, key| drop(map.get_or_insert_with_ref(name, || key, || 1)),
        |map, name, key| drop(map.get_or_insert_hashed_with(name.0, name, || key, || 1)),
        |map, name, key| drop(map.update_or_insert_with_ref(name, || key, |v| v + 1, || 1)),
        |map, name, key| {
            drop(map.compute_ref(name, || key, |_| Operation::<_>::Insert(1)));
        },
        |map, name, key| _ = map.get_or_try_insert_with_ref(name, || key, || Ok::<_, ()>(name.0)),
        |map, _, key| drop(map.get_or_insert_once(key, || 1)),
        |map, name, key| drop(map.get_or_insert_once_ref(name, || key, || 1)),
        |map, name, key| {
            let removed = map.remove_owned(name);
            drop((removed.map(|removed| removed.wait()), map.insert(key, 1)));
        },
        |map, name, key| {
            map.insert(key, 1);
            assert!(
                map.take_all().wait().is_ok_and(|all| all.count() > 0),
                "{}",
                name.0
            );
        },
    ];
    watched(move || {
        for call in calls {
            for lies in 0..12 {
                let (keys, map) = (Keys::new(), Map::default());
                keys.insert(&map, 0..3);
                map.compact();
                keys.insert(&map, 3..6);
                for name in 0..6 {
                    LIES.set(lies);
                    let dropped = Arc::clone(&keys.dropped);
                    call(&map, &Name(name), Key { name, dropped });
                }
                LIES.set(0);
                free_all(&map);
                // Of twelve keys, those that are in no table. A tombstone has its key.
                map.compact();
                free_all(&map);
                let inside = map.pin().iter().count();
                assert_eq!(keys.dropped() + inside, 12, "{lies}");
                drop(map);
                assert_eq!(keys.dropped(), 12, "{lies}");
            }
        }
    });
}
