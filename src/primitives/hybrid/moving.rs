//! How a key becomes hot: its pair moves from the shard to the hot map, under the lock of
//! the shard, while no walk runs (H2, H4). `mod.rs` has the protocol. The step itself is
//! `move_in` in `src/map/hot_keys.rs`.

use super::HybridMap;
use super::cold::Cold;
use super::one_key::Old;
use crate::map::{MapGuard, Moved};
use crate::primitives::locks::Lock;
use crate::primitives::pair_table::Pair;
use equivalent::Equivalent;
use hashbrown::hash_table::{Entry, OccupiedEntry};
use std::hash::{BuildHasher, Hash};
use std::mem;

/// A move copies the hot map's table. So for each so many hot keys, one more key has to
/// wait, until these keys become hot together.
const HOT_FOR_EACH: usize = 8;

impl<K, V, S> HybridMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    /// Moves a pair out of its shard. The caller holds `moves` and the shard, both for
    /// writing, and drops what comes back after the unlock.
    fn move_locked(
        &self,
        pair: OccupiedEntry<'_, Pair<K, Cold<V>>>,
        guard: &MapGuard<'_, K, V>,
    ) -> Moved<K, V> {
        let hash = pair.get().hash as usize;
        let take = |pair: OccupiedEntry<'_, Pair<K, Cold<V>>>| {
            let (pair, _) = pair.remove();
            (pair.key, pair.value.value)
        };
        self.hot
            .move_in(hash, pair, |pair| &pair.get().key, take, guard)
    }

    /// Moves `key`, if it is cold. True: it is hot now. Takes a pin of its own, and collects
    /// nothing.
    pub(super) fn move_to_hot<Q>(&self, hash: usize, key: &Q) -> bool
    where
        Q: Equivalent<K> + ?Sized,
    {
        let guard = self.hot.map_guard();
        let first = self.hot.known(hash, key, &guard);
        if first.is_some_and(|slot| slot.is_present()) {
            return true;
        }
        let moving = self.moves.write();
        let mut shard = self.shard(hash).write();
        let Some(pair) = shard.find_pair(hash as u64, key) else {
            // The second look: another thread may have moved the key meanwhile.
            return self.is_hot_quietly(hash, key, &guard);
        };
        let moved = self.move_locked(pair, &guard);
        drop(shard);
        drop(moving);
        drop(moved.hand_over(&guard));
        true
    }

    /// Notes that a cold key with this hash has been read `reads` times, which is `enough`
    /// or more. Each `enough` of these reads count as one key that waits. If as many wait as
    /// are worth a move, or if this key alone counts for as many, this key and all that wait
    /// move: unless a walk or another move runs.
    #[cold]
    pub(super) fn promote(
        &self,
        hash: usize,
        reads: usize,
        enough: usize,
        guard: &MapGuard<'_, K, V>,
    ) {
        let worth_it = 1 + self.hot.count_keys(guard) / HOT_FOR_EACH;
        if reads / enough < worth_it {
            if reads % enough != 0 {
                return;
            }
            let mut waiting = self.waiting.lock();
            if waiting.len() + 1 < worth_it {
                waiting.push(hash);
                return;
            }
        }
        // Declared before the locks: so it is dropped after the unlock, also if `Eq` panics.
        let mut left = Vec::new();
        let Some(moving) = self.moves.try_write() else {
            return;
        };
        let mut due = mem::take(&mut *self.waiting.lock());
        due.push(hash);
        for hash in due {
            let mut shard = self.shard(hash).write();
            // All keys with this hash: the hash does not say which of them waits.
            while let Some(pair) = shard.find_if(hash as u64, |cold| cold.was_read(enough)) {
                left.push(self.move_locked(pair, guard).hand_over(guard));
            }
        }
        drop(moving);
        if !left.is_empty() {
            self.settle(guard);
        }
    }

    /// Overwrites the value of the key, or adds the key, and makes it hot. Collects nothing.
    pub(super) fn put_hot(
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
        let old;
        let moving = self.moves.write();
        let mut shard = self.shard(hash).write();
        let pair = match shard.entry(hash as u64, &key) {
            Entry::Occupied(mut pair) => {
                old = Some(pair.get_mut().value.replace(value));
                pair
            }
            Entry::Vacant(place) => {
                // The second look: another thread may have moved the key meanwhile.
                if let Some(slot) = self.hot.known_quietly(hash, &key, guard) {
                    match slot.swap_present(value) {
                        Ok(old) => return Some(Old::Hot(old)),
                        Err(back) => value = back,
                    }
                }
                old = None;
                place.insert(Pair::cold(hash, key, value))
            }
        };
        let moved = self.move_locked(pair, guard);
        drop(shard);
        drop(moving);
        drop(moved.hand_over(guard));
        old.map(Old::Cold)
    }

    /// Promotes the keys that have become hot, so that a look-up of a cold key in the hot
    /// map takes no lock. Collects nothing.
    pub(super) fn settle(&self, guard: &MapGuard<'_, K, V>) {
        self.hot.purge_tombstones(guard);
    }
}
