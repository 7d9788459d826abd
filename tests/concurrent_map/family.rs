//! The maps under test, one list of them.

use readmostly::SyncMap;
use readmostly::primitives::{
    ConcurrentMap, HybridMap, MutexMap, Recorded, RecordingOptions, RwLockMap, ShardedMap,
};
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash};
use std::io;

/// What all of these maps take for a key.
pub(crate) trait Key: Hash + Eq + Clone + Debug + Send + Sync + 'static {}
impl<K: Hash + Eq + Clone + Debug + Send + Sync + 'static> Key for K {}

/// What all of them take for a value.
pub(crate) trait Value: Clone + Debug + Send + Sync + 'static {}
impl<V: Clone + Debug + Send + Sync + 'static> Value for V {}

/// What all of them take for a hasher.
pub(crate) trait Hashers: BuildHasher + Default + Clone + Send + Sync + 'static {}
impl<S: BuildHasher + Default + Clone + Send + Sync + 'static> Hashers for S {}

/// One of the maps, for any keys and values.
pub(crate) trait Family {
    type Map<K: Key, V: Value, S: Hashers>: ConcurrentMap<K, V>
        + Default
        + Clone
        + Debug
        + Extend<(K, V)>
        + FromIterator<(K, V)>
        + IntoIterator<Item = (K, V)>
        + Send
        + Sync
        + 'static;

    /// An empty map.
    fn make<K: Key, V: Value, S: Hashers>() -> Self::Map<K, V, S> {
        Self::Map::default()
    }

    /// Does what is the map's own and changes no key's value.
    fn stir<K: Key, V: Value, S: Hashers>(_map: &Self::Map<K, V, S>, _key: &K) {}
}

pub(crate) struct ReadMostly;
pub(crate) struct Mutex;
pub(crate) struct RwLock;
pub(crate) struct Sharded;
pub(crate) struct Hybrid;
/// A `HybridMap` in which every read makes its key hot.
pub(crate) struct Promoting;
/// A `SyncMap` that could be recorded, and is not.
pub(crate) struct Unrecorded;
/// A `SyncMap` of which each call is recorded.
pub(crate) struct RecordedSync;
/// The same of a map with locks.
pub(crate) struct RecordedLocks;

impl Family for ReadMostly {
    type Map<K: Key, V: Value, S: Hashers> = SyncMap<K, V, S>;

    fn stir<K: Key, V: Value, S: Hashers>(map: &SyncMap<K, V, S>, _key: &K) {
        map.compact();
    }
}

impl Family for Mutex {
    type Map<K: Key, V: Value, S: Hashers> = MutexMap<K, V, S>;
}

impl Family for RwLock {
    type Map<K: Key, V: Value, S: Hashers> = RwLockMap<K, V, S>;
}

impl Family for Sharded {
    type Map<K: Key, V: Value, S: Hashers> = ShardedMap<K, V, S>;
}

impl Family for Hybrid {
    type Map<K: Key, V: Value, S: Hashers> = HybridMap<K, V, S>;

    fn stir<K: Key, V: Value, S: Hashers>(map: &HybridMap<K, V, S>, key: &K) {
        map.declare_hot(key);
    }
}

impl Family for Promoting {
    type Map<K: Key, V: Value, S: Hashers> = HybridMap<K, V, S>;

    fn make<K: Key, V: Value, S: Hashers>() -> HybridMap<K, V, S> {
        HybridMap::with_shards_and_hasher(2, S::default()).promote_after(1)
    }
}

impl Family for Unrecorded {
    type Map<K: Key, V: Value, S: Hashers> = Recorded<SyncMap<K, V, S>>;
}

impl Family for RecordedSync {
    type Map<K: Key, V: Value, S: Hashers> = Recorded<SyncMap<K, V, S>>;

    fn make<K: Key, V: Value, S: Hashers>() -> Self::Map<K, V, S> {
        recording()
    }

    fn stir<K: Key, V: Value, S: Hashers>(map: &Self::Map<K, V, S>, _key: &K) {
        map.get_ref().compact();
    }
}

impl Family for RecordedLocks {
    type Map<K: Key, V: Value, S: Hashers> = Recorded<ShardedMap<K, V, S>>;

    fn make<K: Key, V: Value, S: Hashers>() -> Self::Map<K, V, S> {
        recording()
    }
}

/// A map that is being recorded, by way of a queue so short that some is lost.
fn recording<M: Default>() -> Recorded<M> {
    let map = Recorded::<M>::default();
    let options = RecordingOptions::new().at_most(u64::MAX).queue(64);
    map.start(options, io::sink()).expect("a thread");
    map
}

/// Makes each of these statements, which are generic functions, a test of each of
/// the maps. A macro, as a generic function cannot be handed to another one.
macro_rules! of_every_map {
    ($($statement:ident)*) => {$(
        mod $statement {
            use crate::family::{Hybrid, Mutex, Promoting, ReadMostly, RwLock, Sharded};
            use crate::family::{RecordedLocks, RecordedSync, Unrecorded};

            #[test]
            fn sync_map() {
                super::$statement::<ReadMostly>();
            }

            #[test]
            fn mutex_map() {
                super::$statement::<Mutex>();
            }

            #[test]
            fn rw_lock_map() {
                super::$statement::<RwLock>();
            }

            #[test]
            fn sharded_map() {
                super::$statement::<Sharded>();
            }

            #[test]
            fn hybrid_map() {
                super::$statement::<Hybrid>();
            }

            #[test]
            fn hybrid_map_that_promotes() {
                super::$statement::<Promoting>();
            }

            #[test]
            fn unrecorded_sync_map() {
                super::$statement::<Unrecorded>();
            }

            #[test]
            fn recorded_sync_map() {
                super::$statement::<RecordedSync>();
            }

            #[test]
            fn recorded_sharded_map() {
                super::$statement::<RecordedLocks>();
            }
        }
    )*};
}

pub(crate) use of_every_map;
