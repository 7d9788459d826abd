//! What a map offers to one that keeps some of its keys elsewhere
//! (`primitives::HybridMap`): operations on keys that it has, which never add one,
//! and the moving in of a pair from the other place.
//!
//! # Rule
//!
//! Who moves keys holds a lock, and a lock of the caller's must not be held while
//! destructors run. So what may be called under one says so: it looks, and
//! retires, but never collects. The caller collects once, after the unlock.

use super::operations::Purpose;
use super::{MapGuard, OwnWrites, SyncMap};
use crate::entry::{Replace, Slot};
use crate::garbage::Garbage;
use crate::read_only::Look;
use crate::reclaim::Guard;
use crate::refs::Detached;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// What the moving in of a pair left behind.
#[must_use = "it has to be handed over"]
pub(crate) struct Moved<K, V> {
    /// The key, if the map had an entry for it already.
    key: Option<K>,
    garbage: Garbage<K, V>,
}

impl<K, V> Moved<K, V> {
    /// Retires what is to be retired, which can be done under a lock. What comes back
    /// is to be dropped when no lock is held.
    pub(crate) fn hand_over(self, guard: &Guard) -> Option<K> {
        self.garbage.retire(guard);
        self.key
    }
}

impl<K, V, S> SyncMap<K, V, S> {
    /// The entry of `key`, as Load finds it: with the mutex and a miss where that
    /// takes them. What a promotion retires is for the caller to collect.
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

    /// As [`known`](Self::known), for callers who hold a lock: counts no miss and
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
        let mu = self.lock();
        let read = guard.snapshot()?;
        let in_read = read.find(hash, key, guard);
        in_read.or_else(|| mu.find(hash, key, read, guard))
    }

    /// Moves a pair in that is still in its old `place`, from which `take` takes
    /// it out. Of the user's code only `Eq` runs, and before that: if it panics,
    /// the pair is where it was.
    ///
    /// The caller's lock keeps everybody else from adding this key. It collects
    /// nothing.
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
        let mut mu = self.lock();
        let read = guard.snapshot();
        let known = self.known_locked(&mu, read, hash, key_in(&place), guard);
        let (key, value) = take(place);
        // A key that was removed here before may have left its entry.
        if let Some((slot, in_read)) = known {
            if in_read {
                mu.unexpunge(slot);
            }
            slot.swap_locked(value);
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
        let guard = self.guard();
        for (key, value) in pairs {
            self.swap(key, value, &guard);
        }
        self.purge(&guard);
    }
}

/// None of these collects. Those that call back may drop a value there and then,
/// one that came too late or whose `wanted` panicked: so with a lock held, `wanted`
/// does not panic.
impl<'g, K, V> Slot<'g, K, V> {
    /// Whether there is a value.
    pub(crate) fn is_present(self) -> bool {
        self.load().is_some()
    }

    /// Takes the value out.
    pub(crate) fn take(self) -> Option<Detached<K, V>> {
        self.take_if(|_| true).map(Detached::from)
    }

    /// Puts `value` in the place of the one that is there, and gives that back. Else
    /// `value` back.
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

    /// Puts what `f` makes of the value in its place, until no other thread came
    /// in between. False: there is none.
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
