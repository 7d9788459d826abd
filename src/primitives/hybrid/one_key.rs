//! The operations that name a key: each asks the hot map, then the shard under its lock,
//! then the hot map again (H2).
//!
//! None of them collects, and none holds a lock when it returns.

use super::{HotOrCold, HybridMap};
use crate::entry::{Replace, Slot};
use crate::map::MapGuard;
use crate::outcome::CompareExchangeError;
use crate::primitives::locks::Lock;
use crate::primitives::pair_table::Pair;
use crate::refs::{Detached, Ref};
use equivalent::Equivalent;
use hashbrown::hash_table::Entry;
use std::hash::{BuildHasher, Hash};

/// A value that has left the map.
pub(super) enum Old<K, V> {
    /// From the hot map, found there under the guard of the call.
    Hot(Detached<K, V>),
    /// From a shard.
    Cold(V),
}

impl<K, V, S> HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// The end of a call: collects, and gives back what left the map, with the pin that it
    /// was found under.
    pub(super) fn give_back<'m>(
        &'m self,
        old: Option<Old<K, V>>,
        guard: MapGuard<'m, K, V>,
    ) -> Option<HotOrCold<'m, K, V>> {
        guard.collect_if_due();
        Some(match old? {
            // SAFETY: M6: found under `guard`, in `self.hot`.
            Old::Hot(old) => HotOrCold::Hot(unsafe { Ref::new(old, guard.into_guard()) }),
            Old::Cold(old) => HotOrCold::Cold(old),
        })
    }

    /// Shows `f` the value of the key, and counts the read. May make keys hot.
    #[inline]
    pub(super) fn show<Q, R>(
        &self,
        hash: usize,
        key: &Q,
        f: impl FnOnce(&V) -> R,
        guard: &MapGuard<'_, K, V>,
    ) -> Option<R>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let first = self.hot.known(hash, key, guard);
        if let Some(found) = first.and_then(Slot::load) {
            return Some(f(found.value));
        }
        let shard = self.shard(hash).read();
        let Some(cold) = shard.find(hash as u64, key) else {
            let second = self.hot.known_quietly(hash, key, guard);
            let found = second.and_then(Slot::load)?;
            drop(shard);
            return Some(f(found.value));
        };
        let seen = f(&cold.value);
        let Some(enough) = self.promote_after else {
            return Some(seen);
        };
        let reads = cold.count_read();
        drop(shard);
        if reads >= enough {
            self.promote(hash, reads, enough, guard);
        }
        Some(seen)
    }

    /// Shows the value that the key has by now. If it has none, inserts `value`, cold, and
    /// shows that.
    pub(super) fn show_or_put<R>(
        &self,
        hash: usize,
        key: K,
        value: V,
        show: impl FnOnce(&V) -> R,
        guard: &MapGuard<'_, K, V>,
    ) -> R {
        let mut shard = self.shard(hash).write();
        match shard.entry(hash as u64, &key) {
            Entry::Occupied(pair) => show(&pair.get().value.value),
            Entry::Vacant(place) => {
                let second = self.hot.known_quietly(hash, &key, guard);
                match second.and_then(Slot::load) {
                    Some(found) => show(found.value),
                    None => {
                        let pair = place.insert(Pair::cold(hash, key, value));
                        show(&pair.get().value.value)
                    }
                }
            }
        }
    }

    /// Overwrites the value of the key, or adds the key, cold.
    pub(super) fn put(
        &self,
        hash: usize,
        key: K,
        value: V,
        guard: &MapGuard<'_, K, V>,
    ) -> Option<Old<K, V>> {
        let mut value = value;
        if let Some(slot) = self.hot.known(hash, &key, guard) {
            match slot.swap_present(value) {
                Ok(old) => return Some(Old::Hot(old)),
                Err(back) => value = back,
            }
        }
        let mut shard = self.shard(hash).write();
        let place = match shard.entry(hash as u64, &key) {
            Entry::Occupied(pair) => {
                let old = pair.into_mut().value.replace(value);
                return Some(Old::Cold(old));
            }
            Entry::Vacant(place) => place,
        };
        if let Some(slot) = self.hot.known_quietly(hash, &key, guard) {
            match slot.swap_present(value) {
                Ok(old) => return Some(Old::Hot(old)),
                Err(back) => value = back,
            }
        }
        place.insert(Pair::cold(hash, key, value));
        None
    }

    /// Takes the key out.
    pub(super) fn take<Q>(
        &self,
        hash: usize,
        key: &Q,
        guard: &MapGuard<'_, K, V>,
    ) -> Option<Old<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let first = self.hot.known(hash, key, guard);
        if let Some(old) = first.and_then(|slot| slot.take()) {
            return Some(Old::Hot(old));
        }
        let mut shard = self.shard(hash).write();
        if let Some(pair) = shard.find_pair(hash as u64, key) {
            let (pair, _) = pair.remove();
            drop(shard);
            return Some(Old::Cold(pair.value.value));
        }
        let second = self.hot.known_quietly(hash, key, guard);
        second.and_then(|slot| slot.take()).map(Old::Hot)
    }

    /// Replaces the value of the key by what `f` makes of it. False: the key is absent.
    pub(super) fn change<Q>(
        &self,
        hash: usize,
        key: &Q,
        mut f: impl FnMut(&V) -> V,
        guard: &MapGuard<'_, K, V>,
    ) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        loop {
            let first = self.hot.known(hash, key, guard);
            if first.is_some_and(|slot| slot.update(&mut f)) {
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
            // Hot by now: start again, without the lock. `Slot::update` may drop a value of the
            // user's, which must not happen under the lock (H6).
            if !self.is_hot_quietly(hash, key, guard) {
                return false;
            }
        }
    }

    /// Replaces the value of the key by `new`, if it is `expected`.
    pub(super) fn exchange<Q>(
        &self,
        hash: usize,
        key: &Q,
        expected: &V,
        new: V,
        guard: &MapGuard<'_, K, V>,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        let mut new = new;
        loop {
            if let Some(slot) = self.hot.known(hash, key, guard) {
                match slot.exchange(new, |value| value == expected) {
                    Replace::Done { .. } => return Ok(()),
                    Replace::Refused {
                        current: None,
                        value,
                    } => new = value,
                    Replace::Refused { value, .. } => return Err(refused(value)),
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
            // Hot by now: start again, without the lock. If the comparison panics,
            // `Slot::exchange` drops `new`, which must not happen under the lock (H6).
            if !self.is_hot_quietly(hash, key, guard) {
                return Err(CompareExchangeError { current: None, new });
            }
        }
    }

    /// The second look: whether `key` is hot. The caller holds its shard.
    pub(super) fn is_hot_quietly<Q>(&self, hash: usize, key: &Q, guard: &MapGuard<'_, K, V>) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let second = self.hot.known_quietly(hash, key, guard);
        second.is_some_and(|slot| slot.is_present())
    }
}

/// The key has another value.
fn refused<V>(new: V) -> CompareExchangeError<(), V> {
    let current = Some(());
    CompareExchangeError { current, new }
}
