//! All contenders, and how to measure each with its type erased.

use crate::allocator::live_bytes;
use crate::contender::{Contender, Hasher, Ours};
use crate::data::{Key, Value};
use crate::keys::Keys;
use crate::peers::Copied;
use crate::round::{self, Measured, Round};
use crate::script::Script;
use dashmap::DashMap;
use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, MutexMap, RwLockMap, ShardedMap};
use std::fmt::{self, Debug};
use std::marker::PhantomData;

/// How many keys are overwritten before memory is counted. During these calls the map
/// can free the tables that it retired as it grew.
const OVERWRITTEN: usize = 1_000;

/// Builds a map with the keys that are present at the start, and values of so many bytes.
pub(crate) type Fill<K> = fn(&Keys<K>, &Script, usize) -> Box<dyn Filled<K>>;

/// A contender with its type erased.
pub(crate) struct Entrant<K> {
    pub(crate) name: &'static str,
    pub(crate) filled: Fill<K>,
    /// The bytes that the map allocates for the keys that are present at the start.
    pub(crate) bytes: fn(&Keys<K>, &Script, usize) -> i64,
}

/// A map that was filled, with its type erased.
pub(crate) trait Filled<K> {
    fn measure(&self, keys: &Keys<K>, round: Round<'_>) -> Measured;
}

struct Map<V, C> {
    map: C,
    values: PhantomData<V>,
}

impl<K: Key, V: Value, C: Contender<K, V>> Filled<K> for Map<V, C> {
    fn measure(&self, keys: &Keys<K>, round: Round<'_>) -> Measured {
        round::measure(&self.map, keys, round)
    }
}

impl<K> Debug for Entrant<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// In the order of the tables. The order decides nothing.
pub(crate) const NAMES: [&str; 10] = [
    "MutexMap",
    "RwLockMap",
    "ShardedMap",
    "dashmap",
    "scc",
    "SyncMap",
    "papaya",
    "kovan-map",
    "HybridMap",
    "ArcSwap",
];

/// All contenders, in the order of [`NAMES`].
pub(crate) fn all<K: Key, V: Value>() -> [Entrant<K>; NAMES.len()] {
    let [
        mutex,
        rwlock,
        sharded,
        dashmap,
        scc,
        sync,
        papaya,
        kovan,
        hybrid,
        arc_swap,
    ] = NAMES;
    [
        entrant::<K, V, Ours<MutexMap<K, V, Hasher>>>(mutex),
        entrant::<K, V, Ours<RwLockMap<K, V, Hasher>>>(rwlock),
        entrant::<K, V, Ours<ShardedMap<K, V, Hasher>>>(sharded),
        entrant::<K, V, DashMap<K, V, Hasher>>(dashmap),
        entrant::<K, V, scc::HashMap<K, V, Hasher>>(scc),
        entrant::<K, V, Ours<SyncMap<K, V, Hasher>>>(sync),
        entrant::<K, V, papaya::HashMap<K, V, Hasher>>(papaya),
        entrant::<K, V, kovan_map::HashMap<K, V, Hasher>>(kovan),
        entrant::<K, V, Ours<HybridMap<K, V, Hasher>>>(hybrid),
        entrant::<K, V, Copied<K, V>>(arc_swap),
    ]
}

fn entrant<K: Key, V: Value, C: Contender<K, V> + 'static>(name: &'static str) -> Entrant<K> {
    Entrant {
        name,
        filled: |keys, script, value_bytes| {
            let map = C::new();
            keys.fill(&map, script, value_bytes);
            let values = PhantomData::<V>;
            Box::new(Map { map, values })
        },
        bytes: bytes::<K, V, C>,
    }
}

fn bytes<K: Key, V: Value, C: Contender<K, V>>(
    keys: &Keys<K>,
    script: &Script,
    value_bytes: usize,
) -> i64 {
    // A flush of any map frees what all maps of this crate have retired.
    let ours = SyncMap::<u32, u32>::new();
    while !ours.flush() {}
    let before = live_bytes();
    let map = C::new();
    keys.fill(&map, script, value_bytes);
    keys.overwrite(&map, script, value_bytes, OVERWRITTEN);
    while !ours.flush() {}
    live_bytes() - before
}
