//! All contenders, and how to measure each with its type erased.

use crate::allocator::live_bytes;
use crate::contender::{Contender, Hasher, Ours};
use crate::data::{Key, Value};
use crate::peers::Copied;
use crate::round::{self, Keys, Measured, Round};
use crate::script::Script;
use dashmap::DashMap;
use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, MutexMap, RwLockMap, ShardedMap};
use std::fmt::{self, Debug};

/// How many keys are overwritten before memory is counted. During these calls the map
/// can free the tables that it retired as it grew.
const OVERWRITTEN: usize = 1_000;

/// A contender with its type erased. Each measurement builds a new map.
pub(crate) struct Entrant<K> {
    pub(crate) name: &'static str,
    pub(crate) measure: fn(&Keys<K>, Round<'_>) -> Measured,
    /// The bytes that the map allocates for the keys that are present at the start.
    pub(crate) bytes: fn(&Keys<K>, &Script, usize) -> i64,
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

fn entrant<K: Key, V: Value, C: Contender<K, V>>(name: &'static str) -> Entrant<K> {
    Entrant {
        name,
        measure: |keys, round| {
            let map = C::new();
            keys.fill(&map, round.script, round.value_bytes);
            round::measure(&map, keys, round)
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
