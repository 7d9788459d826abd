//! [`ConcurrentMap`] for [`HybridMap`]: each operation asks the hot map, then the
//! shard under its lock, then the hot map again.

use super::cold::Cold;
use super::{HotOrCold, HybridMap, lock_all};
use crate::iter::Iter;
use crate::map::SyncMap;
use crate::outcome::CompareExchangeError;
use crate::primitives::concurrent_map::ConcurrentMap;
use crate::primitives::locks::{Division, Lock, Shards, clone_tables};
use crate::primitives::pairs::{Clones, Pair};
use crate::sync::{Mutex, RwLock};
use equivalent::Equivalent;
use hashbrown::hash_table::Entry;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Beyond what the trait promises: reads, overwrites and removals of hot keys take
/// no lock, and [`clear`](ConcurrentMap::clear) is atomic for all keys together. A
/// key that becomes hot while a walk is on waits for its end, so that no walk visits
/// it twice, or misses it.
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
        let hash = self.hot.hash(key);
        let guard = self.hot.guard();
        let first = self.hot.spot(hash, key, &guard);
        if let Some(value) = first.and_then(|spot| spot.load()) {
            return Some(f(value));
        }
        let shard = self.shard(hash).read();
        let Some(cold) = shard.find(hash as u64, key) else {
            let second = self.hot.spot_quietly(hash, key, &guard);
            let value = second.and_then(|spot| spot.load())?;
            drop(shard);
            return Some(f(value));
        };
        let seen = f(&cold.value);
        let Some(enough) = self.promote_after else {
            return Some(seen);
        };
        let reads = cold.count_read();
        drop(shard);
        if reads >= enough {
            self.promote(hash, reads, enough, &guard);
        }
        Some(seen)
    }

    fn insert(&self, key: K, value: V) -> Option<HotOrCold<'_, K, V>> {
        let hash = self.hot.hash(&key);
        let guard = self.hot.guard();
        let mut value = value;
        if let Some(spot) = self.hot.spot(hash, &key, &guard) {
            match spot.replace_if(value, |_| true) {
                Ok(old) => return Some(self.hot_old(old, guard)),
                Err((_, back)) => value = back,
            }
        }
        let mut shard = self.shard(hash).write();
        let place = match shard.entry(hash as u64, &key) {
            Entry::Occupied(pair) => {
                let old = pair.into_mut().value.replace(value);
                return Some(HotOrCold::Cold(old));
            }
            Entry::Vacant(place) => place,
        };
        if let Some(spot) = self.hot.spot_quietly(hash, &key, &guard) {
            match spot.replace_if(value, |_| true) {
                Ok(old) => {
                    drop(shard);
                    return Some(self.hot_old(old, guard));
                }
                Err((_, back)) => value = back,
            }
        }
        place.insert(Pair::cold(hash, key, value));
        None
    }

    fn get_or_insert_with<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        f: impl FnOnce(&V) -> R,
    ) -> R {
        // Used up by the look that finds the key.
        let mut f = Some(f);
        let mut show = |value: &V| f.take().map(|f| f(value));
        if let Some(seen) = self.get_with(&key, &mut show).flatten() {
            return seen;
        }
        let value = make();
        let hash = self.hot.hash(&key);
        let guard = self.hot.guard();
        let mut shard = self.shard(hash).write();
        let seen = match shard.entry(hash as u64, &key) {
            Entry::Occupied(pair) => show(&pair.get().value.value),
            Entry::Vacant(place) => {
                let second = self.hot.spot_quietly(hash, &key, &guard);
                match second.and_then(|spot| spot.load()) {
                    Some(value) => show(value),
                    None => {
                        let pair = place.insert(Pair::cold(hash, key, value));
                        show(&pair.get().value.value)
                    }
                }
            }
        };
        seen.unwrap_or_else(|| unreachable!("`f` is called once, by the look that finds the key"))
    }

    fn remove<Q>(&self, key: &Q) -> Option<HotOrCold<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hot.hash(key);
        let guard = self.hot.guard();
        let first = self.hot.spot(hash, key, &guard);
        if let Some(old) = first.and_then(|spot| spot.take()) {
            return Some(self.hot_old(old, guard));
        }
        let mut shard = self.shard(hash).write();
        if let Some(pair) = shard.find_pair(hash as u64, key) {
            let (pair, _) = pair.remove();
            drop(shard);
            return Some(HotOrCold::Cold(pair.value.value));
        }
        let second = self.hot.spot_quietly(hash, key, &guard);
        let old = second.and_then(|spot| spot.take())?;
        drop(shard);
        Some(self.hot_old(old, guard))
    }

    fn update<Q>(&self, key: &Q, mut f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hash = self.hot.hash(key);
        let guard = self.hot.guard();
        loop {
            let first = self.hot.spot(hash, key, &guard);
            if first.is_some_and(|spot| spot.update(&mut f)) {
                guard.collect_if_due();
                return true;
            }
            let mut shard = self.shard(hash).write();
            if let Some(cold) = shard.find_mut(hash as u64, key) {
                let new = f(&cold.value);
                let old = cold.replace(new);
                drop(shard);
                drop(old);
                return true;
            }
            // Hot by now: once more, as what comes too late there is dropped at once.
            if !self.is_hot_quietly(hash, key, &guard) {
                return false;
            }
        }
    }

    fn compare_exchange<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let hash = self.hot.hash(key);
        let guard = self.hot.guard();
        let mut new = new;
        loop {
            if let Some(spot) = self.hot.spot(hash, key, &guard) {
                match spot.exchange(new, |value| value == expected) {
                    Ok(_old) => {
                        guard.collect_if_due();
                        return Ok(());
                    }
                    Err((false, back)) => new = back,
                    Err((true, new)) => return Err(refused(new)),
                }
            }
            let mut shard = self.shard(hash).write();
            if let Some(cold) = shard.find_mut(hash as u64, key) {
                if cold.value != *expected {
                    return Err(refused(new));
                }
                let old = cold.replace(new);
                drop(shard);
                drop(old);
                return Ok(());
            }
            // Hot by now: once more, as a comparison that panics there drops `new`.
            if !self.is_hot_quietly(hash, key, &guard) {
                return Err(CompareExchangeError { current: None, new });
            }
        }
    }

    fn retain_and_show(&self, mut keep: impl FnMut(&K, &V) -> bool, mut removed: impl FnMut(&K)) {
        let guard = self.hot.guard();
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
        cold.iter().for_each(|pair| removed(&pair.key));
        hot.into_iter().for_each(removed);
        guard.collect_if_due();
        outcome.unwrap_or_else(|panic| resume_unwind(panic));
    }

    fn for_each<B>(&self, mut f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        let guard = self.hot.guard();
        let walking = self.moves.read();
        // The cold keys first: a hot one that is removed meanwhile, and inserted
        // again, is cold then, and is not to be visited twice.
        let cold = self.cold.all().iter().try_for_each(|shard| {
            let shard = shard.read();
            shard.iter().try_for_each(|(key, cold)| f(key, &cold.value))
        });
        let outcome = match cold {
            ControlFlow::Continue(()) => {
                let mut hot = Iter::new(self.hot.range(&guard), &guard);
                hot.try_for_each(|(key, value)| f(key, value))
            }
            stopped => stopped,
        };
        drop(walking);
        guard.collect_if_due();
        outcome
    }

    fn len(&self) -> usize {
        let guard = self.hot.guard();
        let _walking = self.moves.read();
        let cold = self.cold.all().iter().map(|shard| shard.read().len());
        cold.sum::<usize>() + self.hot.count(&guard)
    }

    fn clear(&self) {
        let guard = self.hot.guard();
        let mut shards = lock_all(&self.cold);
        let removed: Vec<_> = shards
            .iter_mut()
            .map(|shard| mem::take(&mut **shard))
            .collect();
        let garbage = self.hot.take_all(&guard);
        drop(shards);
        garbage.retire(&guard);
        drop(removed);
    }
}

/// The keys that are present and clones of their values, in a map of its own with the
/// same hasher, as many shards and the same rule. What is hot here is hot there.
/// Keys and values are cloned while a lock is held.
impl<K, V, S> Clone for HybridMap<K, V, S>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        let guard = self.hot.guard();
        // Before the lock, so that a `Clone` that panics has them dropped after the
        // unlock.
        let (mut cold, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let walking = self.moves.read();
        clone_tables(&self.cold, &mut cold);
        for (key, value) in Iter::new(self.hot.range(&guard), &guard) {
            keys.push(key.clone());
            values.push(value.clone());
        }
        drop(walking);
        guard.collect_if_due();
        let mut hot = SyncMap::with_capacity_and_hasher(keys.len(), self.hasher().clone());
        hot.extend(keys.into_iter().zip(values));
        hot.compact();
        Self {
            hot,
            cold: Shards::of(cold.into_iter().map(Clones::into_pairs).collect()),
            moves: RwLock::new(()),
            waiting: Mutex::new(Vec::new()),
            promote_after: self.promote_after,
        }
    }
}

#[cfg(feature = "serde")]
impl<K, V, S> HybridMap<K, V, S> {
    /// Shows all pairs that are present to `f`, with all shards locked.
    pub(in crate::primitives) fn with_all<R>(&self, f: impl FnOnce(Vec<(&K, &V)>) -> R) -> R {
        let guard = self.hot.guard();
        let walking = self.moves.read();
        let shards: Vec<_> = self.cold.all().iter().map(|shard| shard.read()).collect();
        let cold = shards.iter().flat_map(|shard| shard.iter());
        let cold = cold.map(|(key, cold)| (key, &cold.value));
        let pairs = cold.chain(Iter::new(self.hot.range(&guard), &guard));
        let outcome = f(pairs.collect());
        drop(shards);
        drop(walking);
        guard.collect_if_due();
        outcome
    }
}

/// The key has another value.
fn refused<V>(new: V) -> CompareExchangeError<(), V> {
    let current = Some(());
    CompareExchangeError { current, new }
}
