//! [`ConcurrentMap`] for [`HybridMap`]: the operations on all keys, and the public side of
//! those on one key (`one_key.rs`).
//!
//! # Rule
//!
//! A public method pins first. At its end, when it holds no lock, it collects once (H6).
//! Nothing that it calls collects.

use super::cold::Cold;
use super::{HotOrCold, HybridMap, lock_all};
use crate::entry::Slot;
use crate::iter::Iter;
use crate::map::SyncMap;
use crate::outcome::CompareExchangeError;
use crate::primitives::concurrent_map::ConcurrentMap;
use crate::primitives::locks::{Lock, LockSet, Shards, clone_tables, with_both};
use crate::primitives::pair_table::{Clones, Pairs};
use crate::sync::{Mutex, RwLock};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;

/// Promises more than the trait: reads, overwrites and removals of hot keys take no lock,
/// and [`clear`](ConcurrentMap::clear) is atomic for all keys together. No key becomes hot
/// during an iteration. Therefore no iteration visits a key twice or misses a key.
impl<K, V, S> ConcurrentMap<K, V> for HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    type Old<'m>
        = HotOrCold<'m, K, V>
    where
        Self: 'm;

    #[inline]
    fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hot.hash_of(key);
        let guard = self.hot.map_guard();
        let seen = self.show(hash, key, f, &guard);
        guard.collect_if_due();
        seen
    }

    fn insert(&self, key: K, value: V) -> Option<HotOrCold<'_, K, V>> {
        let hash = self.hot.hash_of(&key);
        let guard = self.hot.map_guard();
        let old = self.put(hash, key, value, &guard);
        self.give_back(old, guard)
    }

    fn get_with_or_insert<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        f: impl FnOnce(&V) -> R,
    ) -> R {
        // Taken by the look-up that finds the key.
        let mut f = Some(f);
        let mut show = |value: &V| f.take().map(|f| f(value));
        let hash = self.hot.hash_of(&key);
        let mut seen = {
            let guard = self.hot.map_guard();
            let seen = self.show(hash, &key, &mut show, &guard).flatten();
            if seen.is_some() {
                guard.collect_if_due();
            }
            seen
        };
        if seen.is_none() {
            // `make` may take long, so it is called without a pin.
            let value = make();
            let guard = self.hot.map_guard();
            seen = self.show_or_put(hash, key, value, &mut show, &guard);
            guard.collect_if_due();
        }
        seen.unwrap_or_else(|| unreachable!("`f` is called once, by the look that finds the key"))
    }

    fn remove<Q>(&self, key: &Q) -> Option<HotOrCold<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hot.hash_of(key);
        let guard = self.hot.map_guard();
        let old = self.take(hash, key, &guard);
        self.give_back(old, guard)
    }

    fn modify<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hot.hash_of(key);
        let guard = self.hot.map_guard();
        let updated = self.change(hash, key, f, &guard);
        guard.collect_if_due();
        updated
    }

    fn compare_and_set<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let hash = self.hot.hash_of(key);
        let guard = self.hot.map_guard();
        let outcome = self.exchange(hash, key, expected, new, &guard);
        guard.collect_if_due();
        outcome
    }

    fn retain_and_show(
        &self,
        mut keep: impl FnMut(&K, &V) -> bool,
        mut removed: impl FnMut(&K),
    ) -> usize {
        let guard = self.hot.map_guard();
        let (mut cold, mut hot) = (Vec::new(), Vec::new());
        let walking = self.moves.read();
        let walk = || {
            for shard in self.cold.all() {
                let keep = |key: &K, cold: &Cold<V>| keep(key, &cold.value);
                shard.write().retain(keep, &mut cold);
            }
            let unwanted = |key: &K, value: &V| !keep(key, value);
            self.hot
                .range_and_delete(unwanted, |key| hot.push(key), &guard);
        };
        // What was removed before a panic is shown too, as in `lock_map.rs`.
        let outcome = catch_unwind(AssertUnwindSafe(walk));
        drop(walking);
        let keys = cold.len() + hot.len();
        cold.iter().for_each(|pair| removed(&pair.key));
        hot.into_iter().for_each(removed);
        drop(cold);
        guard.collect_if_due();
        outcome.unwrap_or_else(|panic| resume_unwind(panic));
        keys
    }

    fn for_each<B>(&self, mut f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        let guard = self.hot.map_guard();
        let walking = self.moves.read();
        // The cold keys first. If a hot key is removed and inserted again meanwhile, it is
        // cold: with the hot keys first, the walk could visit it twice.
        let cold = self.cold.all().iter().try_for_each(|shard| {
            let shard = shard.read();
            shard.iter().try_for_each(|(key, cold)| f(key, &cold.value))
        });
        let outcome = match cold {
            ControlFlow::Continue(()) => {
                let mut hot = Iter::new(self.hot.go_range(&guard), &guard);
                hot.try_for_each(|(key, value)| f(key, value))
            }
            stopped => stopped,
        };
        drop(walking);
        guard.collect_if_due();
        outcome
    }

    fn len(&self) -> usize {
        let guard = self.hot.map_guard();
        let walking = self.moves.read();
        let cold = self.cold.all().iter().map(|shard| shard.read().len());
        let all = cold.sum::<usize>() + self.hot.count_keys(&guard);
        drop(walking);
        guard.collect_if_due();
        all
    }

    fn clear(&self) {
        let guard = self.hot.map_guard();
        let mut shards = lock_all(&self.cold);
        let removed: Vec<_> = shards
            .iter_mut()
            .map(|shard| mem::take(&mut **shard))
            .collect();
        let garbage = self.hot.take_everything(&guard);
        drop(shards);
        garbage.retire(&guard);
        drop(removed);
        guard.collect_if_due();
    }
}

/// Creates a new map with clones of the keys that are present and of their values. The new
/// map has a clone of the hasher, as many shards and the same rule for hot keys. A key that
/// is hot in this map is hot in the new map. Keys and values are cloned while a lock is
/// held.
impl<K, V, S> Clone for HybridMap<K, V, S>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        let guard = self.hot.map_guard();
        // Declared before the lock: if a `Clone` panics, they are dropped after the unlock.
        let (mut cold, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let walking = self.moves.read();
        clone_tables(&self.cold, &mut cold);
        for (key, value) in Iter::new(self.hot.go_range(&guard), &guard) {
            keys.push(key.clone());
            values.push(value.clone());
        }
        drop(walking);
        let hot = SyncMap::with_capacity_and_hasher(keys.len(), self.hasher().clone());
        hot.fill(keys.into_iter().zip(values));
        let clone = Self {
            hot,
            cold: Shards::of(cold.into_iter().map(Clones::into_pairs).collect()),
            moves: RwLock::new(()),
            waiting: Mutex::new(Vec::new()),
            promote_after: self.promote_after,
        };
        guard.collect_if_due();
        clone
    }
}

/// Two maps are equal if they have the same keys with equal values. Their hashers, their
/// numbers of shards and their hot keys may differ. A map with a value that does not equal
/// itself, such as a NaN, does not equal itself.
///
/// The comparison holds the locks of both maps, for reading: no key is inserted, and no key
/// becomes hot. Hot keys may be overwritten or removed in the meantime. So the result is
/// exact when no thread writes to hot keys. `Hash` and `Eq` of keys and `PartialEq` of
/// values run under these locks, and **must not use one of the two maps**. Threads that
/// compare the same maps in any order do not deadlock.
impl<K, V, S, T> PartialEq<HybridMap<K, V, T>> for HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: PartialEq + Send + Sync + 'static,
    S: BuildHasher,
    T: BuildHasher,
{
    fn eq(&self, other: &HybridMap<K, V, T>) -> bool {
        let (ours, theirs) = (self.hot.map_guard(), other.hot.map_guard());
        let walking = read_both(&self.moves, &other.moves);
        let equal = with_both(&self.cold, &other.cold, |cold, their_cold| {
            let in_theirs = |(key, value): (&K, &V)| {
                let hash = other.hot.hash_of(key);
                let shard = their_cold[other.cold.index_of(hash as u64)];
                if let Some(found) = shard.find(hash as u64, key) {
                    return *value == found.value;
                }
                let found = other.hot.known_quietly(hash, key, &theirs);
                let found = found.and_then(Slot::load);
                found.is_some_and(|found| value == found.value)
            };
            let all = Pairs::len_of_all(cold) + self.hot.count_keys(&ours);
            let all_theirs = Pairs::len_of_all(their_cold) + other.hot.count_keys(&theirs);
            let mut cold = cold.iter().flat_map(|shard| shard.iter());
            all == all_theirs
                && cold.all(|(key, cold)| in_theirs((key, &cold.value)))
                && Iter::new(self.hot.go_range(&ours), &ours).all(in_theirs)
        });
        drop(walking);
        ours.collect_if_due();
        equal
    }
}

impl<K, V, S> Eq for HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Eq + Send + Sync + 'static,
    S: BuildHasher,
{
}

/// Holds the locks `moves` of two maps for reading: the one at the lower address first, as
/// [`with_both`] takes the locks of the shards. If both are the same, takes it once.
fn read_both<'l>(ours: &'l RwLock<()>, theirs: &'l RwLock<()>) -> impl Sized + use<'l> {
    let ours_first = ptr::from_ref(ours) < ptr::from_ref(theirs);
    let (first, second) = match ours_first {
        true => (ours, theirs),
        false => (theirs, ours),
    };
    let held = first.read();
    (held, (!ptr::eq(first, second)).then(|| second.read()))
}

#[cfg(feature = "serde")]
impl<K, V, S> HybridMap<K, V, S> {
    /// Shows `f` all pairs that are present, with all shards locked.
    pub(in crate::primitives) fn with_all<R>(&self, f: impl FnOnce(Vec<(&K, &V)>) -> R) -> R {
        let guard = self.hot.map_guard();
        let walking = self.moves.read();
        let shards: Vec<_> = self.cold.all().iter().map(|shard| shard.read()).collect();
        let cold = shards.iter().flat_map(|shard| shard.iter());
        let cold = cold.map(|(key, cold)| (key, &cold.value));
        let pairs = cold.chain(Iter::new(self.hot.go_range(&guard), &guard));
        let outcome = f(pairs.collect());
        drop(shards);
        drop(walking);
        guard.collect_if_due();
        outcome
    }
}
