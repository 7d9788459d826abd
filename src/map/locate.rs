//! How Go's operations find the entry of their key, in `read` or else in `dirty`.

use super::{MapGuard, SyncMap};
use crate::entry::Slot;
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::read_only::{Look, ReadOnly};
use equivalent::Equivalent;

/// What a look-up is for. That decides what it does to the dirty map.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Purpose {
    /// Counts a miss, whether the key is there or not.
    Load,
    /// Counts a miss only if the key is in `dirty`.
    CompareAndSwap,
    /// Takes the key out of `dirty`. Counts a miss, whether the key was there or not.
    Delete,
}

impl<K, V, S> SyncMap<K, V, S> {
    /// The entry of `key`, from `read` or else from `dirty`, and whether `read` has it.
    pub(super) fn known_locked<'g>(
        &'g self,
        mu: &Locked<K, V>,
        read: Option<&'g ReadOnly<K, V>>,
        hash: usize,
        key: &K,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<(Slot<'g, K, V>, bool)>
    where
        K: Eq,
    {
        // No snapshot: there is no dirty map, or it is empty (I2).
        let read = read?;
        // `dirty` is asked whether `read` is amended or not, as in Go. If there is no dirty
        // map, Go looks into a nil map and finds nothing. So does `Locked::find` (T16).
        match read.find(hash, key, guard) {
            Some(slot) => Some((slot, true)),
            None => Some((mu.find(hash, key, read, guard)?, false)),
        }
    }

    /// How Load, LoadAndDelete, CompareAndSwap and CompareAndDelete find their entry: in
    /// `read`, or else in `dirty`. Takes the mutex only if `read` lacks the key and is
    /// amended. `purpose` says what that does to `dirty`.
    #[inline]
    pub(super) fn locate<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        purpose: Purpose,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let (read, state) = guard.current()?;
        match read.look(state, hash, key, guard.pin()) {
            Look::Here(slot) => Some(slot),
            Look::Absent => None,
            Look::AskDirty => self.locate_locked(hash, key, purpose, guard),
        }
    }

    /// The slow path of [`locate`](Self::locate).
    #[cold]
    pub(super) fn locate_locked<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        purpose: Purpose,
        guard: &'g MapGuard<'_, K, V>,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let mut mu = self.lock();
        // The second look (T1):
        // 1. reader 1: finds that `read` lacks the key and is amended. Waits for the mutex.
        // 2. reader 2: holds the mutex, and promotes `dirty`, which has the key. Unlocks.
        // 3. reader 1: locks. There is no dirty map now, but `read` has the key.
        // Without this look reader 1 would find the key absent. It counts no miss: the next
        // look-up of the key takes the fast path.
        let read = guard.snapshot()?;
        if let Some(slot) = read.find(hash, key, guard) {
            return Some(slot);
        }
        // Promoted meanwhile, and complete by itself.
        if !read.is_amended_locked() {
            return None;
        }
        let slot = mu.find(hash, key, read, guard);
        // A key that only `dirty` has leaves it here, so that the key itself is freed. A key
        // that `read` has stays in both, as a tombstone: it was found above (T10).
        //
        // Go: deletes from `dirty` at once. We ask the table of `read` by address (M9). That
        // `read` lacks the key is what the user's `Eq` and `Hash` say, and they may be wrong.
        // An entry that was retired while `read` has it would be freed under a reader.
        let is_removed = |slot: &_| purpose == Purpose::Delete && !read.table().has(*slot);
        let removed = slot.filter(is_removed);
        if let Some(slot) = removed {
            mu.remove(slot);
        }
        let mut garbage = Garbage::none();
        // A miss is counted whether the key was there or not: this key takes the slow path
        // until `dirty` is promoted. CompareAndSwap of an absent key counts none, as in Go.
        let counts = slot.is_some() || purpose != Purpose::CompareAndSwap;
        if counts && mu.miss() {
            garbage = self.promote_locked(&mut mu, read);
        }
        drop(mu);
        // M5: unlock, then retire. `slot` stays valid: `guard` was pinned before.
        garbage.entries.extend(removed.map(Slot::ptr));
        garbage.retire(guard);
        slot
    }
}
