//! Look-ups of many keys in one call.
//!
//! In a large map a look-up waits for memory, several times in a row: for the table's
//! control bytes, for the bucket, for the entry. Look-ups of different keys can wait at
//! the same time. So keys are taken in blocks, and each step is done for all keys of a
//! block before the next step begins.
//!
//! What the first steps find is a hint. The last step looks up key by key, as `load` does,
//! but tries the entry of the hint first, if the snapshot of the hint is still current. So
//! a call has the answers, the misses and the linearization points of as many calls of
//! `load`, one after the other.

use super::{MapGuard, SyncMap};
use crate::entry::Found;
use crate::read_only::{Look, ReadOnly, is_amended};
use crate::table::{Bucket, Candidate};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// How many keys are looked up at a time.
const BLOCK: usize = 16;

/// The same, for an array of at most so many keys.
const SMALL_BLOCK: usize = 8;

/// What is known about the keys of a block before they are looked up.
struct Hints<'g, K, V, const BLOCK: usize> {
    hashes: [usize; BLOCK],
    /// The snapshot that the candidates belong to.
    read: Option<&'g ReadOnly<K, V>>,
    /// For each key the first entry that has the tag of its hash.
    candidates: [Option<Candidate<K, V>>; BLOCK],
}

impl<'g, K, V, const BLOCK: usize> Hints<'g, K, V, BLOCK> {
    /// Hashes the keys, finds their candidates, and prefetches these.
    #[inline(always)]
    fn of<Q>(keys: &[&Q], hash: impl Fn(&Q) -> usize, guard: &'g MapGuard<'_, K, V>) -> Self
    where
        Q: ?Sized,
    {
        let mut hashes = [0; BLOCK];
        for (key, place) in keys.iter().zip(&mut hashes) {
            *place = hash(key);
        }
        // Only now: `Hash` is code of the user's, and may have changed the map.
        let read = guard.snapshot();
        let mut candidates = [const { None }; BLOCK];
        if let Some(read) = read {
            let mut buckets = [const { None }; BLOCK];
            let hashes = hashes.iter().take(keys.len());
            for (hash, place) in hashes.zip(&mut buckets) {
                *place = read.table().first_bucket(*hash);
            }
            let buckets = buckets.iter().take(keys.len());
            for (bucket, place) in buckets.zip(&mut candidates) {
                *place = bucket.as_ref().map(Bucket::candidate);
            }
        }
        Self {
            hashes,
            read,
            candidates,
        }
    }

    /// What the hints say about the key. `AskDirty`: nothing, so look it up.
    #[inline(always)]
    fn look<Q>(&self, n: usize, key: &Q, guard: &'g MapGuard<'_, K, V>) -> Look<'g, K, V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let Some((read, state)) = self.read.and_then(ReadOnly::if_current) else {
            return Look::AskDirty;
        };
        match &self.candidates[n] {
            Some(candidate) => match candidate.if_of(key) {
                // SAFETY: M2: the candidate was found in the table of this snapshot, under
                // `guard`.
                Some(entry) => Look::Here(unsafe { read.slot(entry, guard.pin()) }),
                // Another entry may have the same tag.
                None => Look::AskDirty,
            },
            None if is_amended(state) => Look::AskDirty,
            None => Look::Absent,
        }
    }
}

impl<K, V, S: BuildHasher> SyncMap<K, V, S> {
    /// Load of each of the keys, in their order. Collects nothing.
    #[inline]
    pub(crate) fn load_each<'g, 'q, Q>(
        &'g self,
        keys: impl IntoIterator<Item = &'q Q>,
        mut f: impl FnMut(&'q Q, Option<Found<'g, K, V>>),
        guard: &'g MapGuard<'_, K, V>,
    ) where
        Q: Hash + Equivalent<K> + ?Sized + 'q,
    {
        // Fused: an iterator that has ended is not asked again.
        let mut keys = keys.into_iter().fuse();
        while let Some(first) = keys.next() {
            let mut block = [first; BLOCK];
            let mut taken = 1;
            // `zip` asks its left side first: if the block is full, no key is taken.
            for (place, key) in block[1..].iter_mut().zip(keys.by_ref()) {
                *place = key;
                taken += 1;
            }
            self.load_block::<_, BLOCK>(&block[..taken], &mut f, guard);
        }
    }

    /// Load of each key of one block.
    #[inline(always)]
    fn load_block<'g, 'q, Q, const BLOCK: usize>(
        &'g self,
        keys: &[&'q Q],
        f: &mut impl FnMut(&'q Q, Option<Found<'g, K, V>>),
        guard: &'g MapGuard<'_, K, V>,
    ) where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let hints = Hints::<K, V, BLOCK>::of(keys, |key| self.hash_of(key), guard);
        for (n, key) in keys.iter().enumerate().take(BLOCK) {
            let found = match hints.look(n, *key, guard) {
                Look::Here(slot) => slot.load(),
                Look::Absent => None,
                Look::AskDirty => self.load_quietly(hints.hashes[n], *key, guard),
            };
            f(key, found);
        }
    }

    /// Load of each of `N` keys, in their order. Collects nothing.
    #[inline]
    pub(crate) fn load_all<'g, Q, const N: usize>(
        &'g self,
        keys: [&Q; N],
        guard: &'g MapGuard<'_, K, V>,
    ) -> [Option<&'g V>; N]
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let mut values = [None; N];
        for (keys, values) in keys.chunks(BLOCK).zip(values.chunks_mut(BLOCK)) {
            let mut places = values.iter_mut();
            let mut keep = |_: &Q, found: Option<Found<'g, K, V>>| {
                if let Some(place) = places.next() {
                    *place = found.map(|found| found.value);
                }
            };
            if N <= SMALL_BLOCK {
                self.load_block::<_, SMALL_BLOCK>(keys, &mut keep, guard);
            } else {
                self.load_block::<_, BLOCK>(keys, &mut keep, guard);
            }
        }
        values
    }
}
