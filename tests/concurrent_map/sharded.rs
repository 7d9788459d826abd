//! What is `ShardedMap`'s own: how keys are spread over shards, and FNV-1a.

use readmostly::SyncMap;
use readmostly::primitives::{
    BuildFnv1a, ConcurrentMap, Fnv1a, HybridMap, MutexMap, RwLockMap, ShardedMap,
};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::panic::catch_unwind;
use std::thread;

/// Gives back the number that it is fed, shifted: a hash of few bits.
#[derive(Default)]
struct Shifted<const BY: u32>(u64);

impl<const BY: u32> Hasher for Shifted<BY> {
    fn write(&mut self, _: &[u8]) {
        unreachable!("the keys are numbers");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number << BY;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn loads<S: BuildHasher + Default>(shards: usize, keys: u64) -> Vec<usize> {
    let map = ShardedMap::with_shards_and_hasher(shards, S::default());
    for key in 0..keys {
        map.insert(key, ());
    }
    map.shard_loads()
}

#[test]
fn there_are_as_many_shards_as_asked_for_rounded_up_to_a_power_of_two() {
    for (asked, got) in [
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 4),
        (32, 32),
        (33, 64),
        (100, 128),
    ] {
        let map = ShardedMap::<u32, u32>::with_shards(asked);
        assert_eq!(map.shard_loads().len(), got, "{asked}");
    }
    assert_eq!(ShardedMap::<u32, u32>::new().shard_loads().len(), 32);
}

#[test]
fn there_are_eight_shards_at_least_for_each_thread() {
    for (threads, shards) in [(0, 1), (1, 8), (2, 16), (3, 32), (64, 512)] {
        let map = ShardedMap::<u32, u32>::with_shards_for(threads);
        assert_eq!(map.shard_loads().len(), shards, "{threads}");
    }
}

#[test]
#[should_panic(expected = "power of two")]
fn more_shards_than_there_is_a_power_of_two_for_are_refused() {
    ShardedMap::<u32, u32>::with_shards(usize::MAX);
}

/// More bytes than there are addresses, whatever their size; and on machines with
/// enough addresses, more than these have memory for.
#[test]
fn more_shards_than_there_is_memory_for_are_refused() {
    let mut asked = vec![usize::MAX >> 1, usize::MAX >> 3];
    if usize::BITS > 32 {
        asked.push(usize::MAX >> 14);
    }
    for shards in asked {
        let sharded = || drop(ShardedMap::<u32, u32>::with_shards(shards));
        let hybrid = || {
            let hasher = BuildFnv1a::new();
            drop(HybridMap::<u32, u32, _>::with_shards_and_hasher(
                shards, hasher,
            ));
        };
        for panic in [catch_unwind(sharded), catch_unwind(hybrid)] {
            let panic = panic.expect_err("there is no memory");
            let message = panic.downcast_ref::<String>().expect("it is in words");
            assert!(message.contains("no memory"), "{shards:#x}: {message}");
        }
    }
}

/// A hint, which no map comes to harm by.
#[test]
fn more_room_than_there_is_memory_for_is_not_made() {
    for capacity in [usize::MAX, usize::MAX >> 4, usize::MAX >> (usize::BITS / 5)] {
        let hasher = BuildFnv1a::new;
        let sync = SyncMap::with_capacity_and_hasher(capacity, hasher());
        sync.insert(1, 1);
        let mutex = MutexMap::with_capacity_and_hasher(capacity, hasher());
        mutex.insert(1, 1);
        let rw_lock = RwLockMap::with_capacity_and_hasher(capacity, hasher());
        rw_lock.insert(1, 1);
        let sharded = ShardedMap::with_shards_capacity_and_hasher(2, capacity, hasher());
        sharded.insert(1, 1);
        let lens = [sync.len(), mutex.len(), rw_lock.len(), sharded.len()];
        assert_eq!(lens, [1; 4]);
    }
}

#[test]
fn every_key_is_in_one_shard() {
    for shards in [1, 2, 8] {
        let map = ShardedMap::with_shards(shards);
        for n in 0..1_000 {
            map.insert(n, n);
        }
        for n in 0..1_000 {
            map.insert(n, n + 1);
        }
        assert_eq!(map.shard_loads().iter().sum::<usize>(), 1_000);
        assert_eq!(map.len(), 1_000);
        assert!((0..1_000).all(|n| map.get_cloned(&n) == Some(n + 1)));
    }
}

/// Also one whose hashes differ only in bits that the table takes, or does not look
/// at: low ones, middle ones, high ones.
#[test]
fn a_poor_hash_still_fills_every_shard() {
    fn all_filled(loads: &[usize]) {
        assert!(loads.iter().all(|&keys| keys > 0), "{loads:?}");
        assert!(loads.iter().all(|&keys| keys < 150), "{loads:?}");
    }
    all_filled(&loads::<BuildHasherDefault<Shifted<0>>>(32, 1_600));
    all_filled(&loads::<BuildHasherDefault<Shifted<7>>>(32, 1_600));
    all_filled(&loads::<BuildHasherDefault<Shifted<32>>>(32, 1_600));
    all_filled(&loads::<BuildHasherDefault<Shifted<48>>>(32, 1_600));
    all_filled(&loads::<BuildFnv1a>(32, 1_600));
}

/// While a key is shown, its own shard alone is locked.
#[test]
fn a_shard_does_not_wait_for_another() {
    let map = &ShardedMap::with_shards_and_hasher(2, BuildHasherDefault::<Shifted<0>>::default());
    for key in 0..100_u64 {
        map.insert(key, ());
    }
    // Numbers as hashes: of two shards, 0 and 1 are in different ones.
    assert_eq!(loads::<BuildHasherDefault<Shifted<0>>>(2, 2), [1, 1]);
    let shown = map.get_with(&0, |()| {
        let elsewhere = || map.remove(&1).is_some();
        thread::scope(|scope| scope.spawn(elsewhere).join().ok())
    });
    assert_eq!(shown, Some(Some(true)));
}

/// From the reference by Fowler, Noll and Vo, and from RFC 9923.
#[test]
fn fnv_1a_agrees_with_published_vectors() {
    for (input, hash) in [
        ("", 0xcbf29ce484222325),
        ("a", 0xaf63dc4c8601ec8c),
        ("b", 0xaf63df4c8601f1a5),
        ("c", 0xaf63de4c8601eff2),
        ("d", 0xaf63d94c8601e773),
        ("fo", 0x08985907b541d342),
        ("foo", 0xdcb27518fed9d577),
        ("foob", 0xdd120e790c2512af),
        ("fooba", 0xcac165afa2fef40a),
        ("foobar", 0x85944171f73967e8),
    ] {
        let mut hasher = Fnv1a::new();
        hasher.write(input.as_bytes());
        assert_eq!(hasher.finish(), hash, "{input}");
        let mut in_pieces = Fnv1a::default();
        input.bytes().for_each(|byte| in_pieces.write(&[byte]));
        assert_eq!(in_pieces.finish(), hash, "{input} in pieces");
    }
}
