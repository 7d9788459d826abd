//! Insertions of many pairs in one call.
//!
//! Pairs are taken from the iterator in blocks. A block takes one pin, and the mutex at the
//! most once. It goes through the states of as many calls of `swap`, one after the other:
//!
//! 1. Pairs are taken and hashed. No pin is held, and no lock: both is code of the user's.
//! 2. Values of known keys are swapped in, without the mutex, up to the first pair that needs
//!    it: a new key, a key in `dirty` alone, or an expunged key.
//! 3. From there on all pairs of the block are inserted under the mutex. So pairs of equal
//!    keys keep their order.
//! 4. After the unlock, what was replaced is retired, and what was not used is dropped.

use super::{MapGuard, SyncMap};
use crate::count::Count;
use crate::entry::Taken;
use crate::garbage::Garbage;
use std::hash::{BuildHasher, Hash};
use std::vec::Drain;

/// How many pairs are inserted under one lock at the most.
const BLOCK: usize = 256;

/// How many pairs of a block look for their bucket at the same time.
const LOOK_AHEAD: usize = 64;

/// Room that is made at once for keys that an iterator has announced, if so many are left.
/// A hint that is wrong wastes no more.
const ROOM_AT_FIRST: usize = 4_096;

/// The same, for each key that the call has already added.
const ROOM_FOR_EACH: usize = 16;

/// A pair to be inserted, and the hash of its key.
type Hashed<K, V> = (usize, K, V);

/// The pairs of a block that are left.
struct Pairs<'b, K, V> {
    /// A pair that was taken, and put back.
    first: Option<Hashed<K, V>>,
    rest: Drain<'b, Hashed<K, V>>,
}

impl<K, V> Pairs<'_, K, V> {
    fn peek(&self) -> Option<&Hashed<K, V>> {
        self.first.as_ref().or(self.rest.as_slice().first())
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    fn next(&mut self) -> Option<Hashed<K, V>> {
        self.first.take().or_else(|| self.rest.next())
    }
}

/// What a critical section must not drop or retire. Its drop does that. It is declared before
/// the mutex is taken, so it is dropped after the unlock, also if `Eq` panics (M5, M7).
struct AfterUnlock<'g, K, V> {
    /// The keys that the map had already.
    keys: Vec<K>,
    taken: Vec<Taken<'g, K, V>>,
    garbage: Option<Garbage<K, V>>,
    guard: &'g MapGuard<'g, K, V>,
}

impl<K, V> Drop for AfterUnlock<'_, K, V> {
    fn drop(&mut self) {
        for taken in self.taken.drain(..) {
            taken.retire();
        }
        if let Some(garbage) = self.garbage.take() {
            garbage.retire(self.guard);
        }
    }
}

/// The new keys of a block that are not counted yet. Its drop counts them, all in one step. It
/// is declared after the mutex was taken, so it counts before the unlock: whoever locks next
/// finds the count exact.
struct Added<'g> {
    keys: usize,
    count: Option<&'g Count>,
}

impl Drop for Added<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.count {
            count.keys_appeared(self.keys);
        }
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Swap of each of the pairs, in their order. Collects after each block (M8).
    pub(crate) fn swap_each(&self, pairs: impl IntoIterator<Item = (K, V)>) {
        let mut pairs = pairs.into_iter();
        let mut block = Vec::new();
        let mut added = 0_usize;
        loop {
            // A hint may be anything.
            let more = pairs.size_hint().0.clamp(1, BLOCK);
            block.reserve(more);
            block.extend((pairs.by_ref().take(BLOCK)).map(|(key, value)| {
                let hash = self.hash_of(&key);
                (hash, key, value)
            }));
            let ended = block.len() < BLOCK;
            if block.is_empty() {
                return;
            }
            let guard = self.map_guard();
            let announced = if ended { 0 } else { pairs.size_hint().0 };
            let at_once = ROOM_AT_FIRST.max(added.saturating_mul(ROOM_FOR_EACH));
            added += self.insert_block(&mut block, announced.min(at_once), &guard);
            guard.collect_if_due();
            if ended {
                return;
            }
        }
    }

    /// Swap of each of the pairs, which it takes out of `block`. Makes room for `announced`
    /// keys more than these, if it adds one. Returns how many it added.
    fn insert_block<'g>(
        &'g self,
        block: &mut Vec<Hashed<K, V>>,
        announced: usize,
        guard: &'g MapGuard<'g, K, V>,
    ) -> usize {
        let mut pairs = Pairs {
            first: None,
            rest: block.drain(..),
        };
        self.swap_known(&mut pairs, guard);
        if pairs.peek().is_none() {
            return 0;
        }
        let mut after = AfterUnlock {
            keys: Vec::new(),
            taken: Vec::new(),
            garbage: None,
            guard,
        };
        let mut mu = self.lock_map();
        let mut read = guard.snapshot();
        let mut added = Added {
            keys: 0,
            count: read.map(|read| &*read.count),
        };
        let mut ahead = 0;
        while let Some((hash, key, _)) = pairs.peek() {
            if ahead == 0 {
                ahead = LOOK_AHEAD;
                let hashes = pairs.rest.as_slice().iter().map(|(hash, ..)| *hash);
                mu.look_ahead(hashes.take(LOOK_AHEAD));
            }
            ahead -= 1;
            let known = self.known_locked(&mu, read, *hash, key, guard);
            let Some((hash, key, value)) = pairs.next() else {
                break;
            };
            match known {
                // As in `go_swap`.
                Some((slot, in_read)) => {
                    if in_read {
                        mu.unexpunge(slot);
                    }
                    after.keys.push(key);
                    after.taken.extend(slot.swap_locked(value));
                }
                None => {
                    if added.keys == 0 {
                        mu.make_room((1 + pairs.len()).saturating_add(announced));
                    }
                    let (_, garbage) =
                        self.add_uncounted_locked(&mut mu, read, hash, key, value, guard);
                    added.keys += 1;
                    if read.is_none() {
                        after.garbage = Some(garbage);
                        read = guard.snapshot();
                        added.count = read.map(|read| &*read.count);
                    }
                }
            }
        }
        let keys = added.keys;
        drop(added);
        drop(mu);
        keys
    }

    /// Swap of pairs whose keys need no mutex, up to the first that does.
    fn swap_known<'g>(&'g self, pairs: &mut Pairs<'_, K, V>, guard: &'g MapGuard<'g, K, V>) {
        while let Some((hash, key, _)) = pairs.peek() {
            let read = guard.snapshot();
            let Some(slot) = read.and_then(|read| read.find(*hash, key, guard)) else {
                return;
            };
            let Some((hash, key, value)) = pairs.next() else {
                return;
            };
            if let Err(value) = slot.try_swap(value) {
                // Expunged. To bring the entry back takes the mutex.
                pairs.first = Some((hash, key, value));
                return;
            }
        }
    }
}
