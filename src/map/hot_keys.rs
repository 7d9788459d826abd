//! What a `SyncMap` offers to a `primitives::HybridMap`, which keeps its hot keys in it:
//! operations on keys that the map has, which never add one, and the move of a pair into
//! the map.
//!
//! # Rule
//!
//! A caller that moves keys holds a lock, and no destructor may run under that lock. So
//! nothing here collects. What may be called under a lock says so: it looks and retires
//! alone. The caller collects once, after the unlock.

use super::locate::Purpose;
use super::own_writes::OwnWrites;
use super::{MapGuard, SyncMap};
use crate::entry::{Replace, Slot, Taken};
use crate::garbage::Garbage;
use crate::read_only::Look;
use crate::reclaim::Guard;
use crate::refs::Detached;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// What the move of a pair into the map left behind.
#[must_use = "it has to be handed over"]
pub(crate) struct Moved<K, V> {
    /// The key, if the map had an entry for it already.
    key: Option<K>,
    garbage: Garbage<K, V>,
}

impl<K, V> Moved<K, V> {
    /// Retires the garbage. May be called under a lock. The caller drops what comes back
    /// when it holds no lock.
    pub(crate) fn hand_over(self, guard: &Guard) -> Option<K> {
        self.garbage.retire(guard);
        self.key
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// The entry of `key`, as Load finds it: may take the mutex, count a miss, and promote.
    /// What a promotion retires is left to the caller to collect.
    pub(crate) fn known<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.locate(hash, key, Purpose::Load, guard)
    }

    /// As [`known`](Self::known), for a caller that holds a lock: counts no miss, and
    /// promotes nothing.
    pub(crate) fn known_quietly<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let (read, state) = guard.current()?;
        match read.look(state, hash, key, guard.pin()) {
            Look::Here(slot) => Some(slot),
            Look::Absent => None,
            Look::AskDirty => self.locate_quietly(hash, key, guard),
        }
    }

    /// The slow path of [`known_quietly`](Self::known_quietly).
    #[cold]
    fn locate_quietly<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mu = self.lock_map();
        // The second look, as in `locate_locked`: `dirty` may have been promoted while this
        // thread waited for the mutex.
        let read = guard.snapshot()?;
        let in_read = read.find(hash, key, guard);
        in_read.or_else(|| mu.find(hash, key, read, guard))
    }

    /// Moves a pair into the map. The pair is still in its old `place`, and `take` takes it
    /// out. Of the user's code only `Eq` runs, and it runs before `take`: if `Eq` panics,
    /// the pair is where it was.
    ///
    /// The caller holds a lock under which alone this key is added. Collects nothing.
    pub(crate) fn move_in<'g, P>(
        &'g self,
        hash: usize,
        place: P,
        key_in: impl Fn(&P) -> &K,
        take: impl FnOnce(P) -> (K, V),
        guard: &'g MapGuard<'_, K, V>,
    ) -> Moved<K, V>
    where
        K: Eq,
    {
        let mut mu = self.lock_map();
        let read = guard.snapshot();
        let known = self.known_locked(&mu, read, hash, key_in(&place), guard);
        let (key, value) = take(place);
        // The key may have an entry here already, without a value:
        // 1. remover: takes the value of the hot key. The entry stays, as a tombstone.
        // 2. writer: inserts the key again. It is cold now.
        // 3. mover, here: moves the pair, and finds that entry.
        // One key has one entry (T2), so the value goes into that one.
        if let Some((slot, in_read)) = known {
            if in_read {
                mu.unexpunge(slot);
            }
            // None, unless the user's `Eq` is wrong: the key is cold.
            slot.swap_locked(value).map(Taken::retire);
            let garbage = Garbage::none();
            let key = Some(key);
            return Moved { key, garbage };
        }
        let (_, garbage) = self.add_new_locked(&mut mu, read, hash, key, value, guard);
        Moved { key: None, garbage }
    }
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Fills a map that nobody else can see, and promotes it.
    pub(crate) fn fill(&self, pairs: impl Iterator<Item = (K, V)>) {
        let guard = self.map_guard();
        for (key, value) in pairs {
            self.go_swap(key, value, &guard);
        }
        self.purge_tombstones(&guard);
    }
}

/// None of these collects. `exchange` and `update` call a closure of the user's, and may
/// drop a value at once: if the closure panics, or another thread was faster. So the
/// caller holds no lock there. The others may be called under a lock.
impl<'g, K, V> Slot<'g, K, V> {
    /// Whether there is a value.
    pub(crate) fn is_present(self) -> bool {
        self.load().is_some()
    }

    /// Takes the value out.
    pub(crate) fn take(self) -> Option<Detached<K, V>> {
        self.take_if(|_| true).map(Detached::from)
    }

    /// Replaces the value, if there is one, and gives back the old one. Else gives `value`
    /// back.
    pub(crate) fn swap_present(self, value: V) -> Result<Detached<K, V>, V> {
        match self.replace_if(value, |_| true) {
            Replace::Done { old, .. } => Ok(Detached::from(old)),
            Replace::Refused { value, .. } => Err(value),
        }
    }

    /// [`replace_if`](Self::replace_if), with a comparison of the user's.
    pub(crate) fn exchange(self, value: V, mut equal: impl FnMut(&V) -> bool) -> Replace<'g, K, V> {
        let mut own = OwnWrites::none();
        self.replace_if(value, |value| own.watch(self.entry(), || equal(value)))
    }

    /// Replaces the value by what `f` makes of it. Starts again if another thread changed
    /// the value meanwhile. False: there is none.
    pub(crate) fn update(self, mut f: impl FnMut(&V) -> V) -> bool {
        let mut own = OwnWrites::none();
        while let Some(seen) = self.load() {
            let new = own.watch(self.entry(), || f(seen.value));
            let same = |value: &V| std::ptr::eq(value, seen.value);
            if let Replace::Done { .. } = self.replace_if(new, same) {
                return true;
            }
        }
        false
    }
}
