//! How Go's operations find the entry of their key, in `read` or else in `dirty`.

use super::{MapGuard, SyncMap};
use crate::entry::Slot;
use crate::garbage::Garbage;
use crate::locked::Locked;
use crate::read_only::{Look, ReadOnly};
use equivalent::Equivalent;

/// What a look-up is for. It decides whether a miss is counted, and whether the key leaves
/// `dirty`.
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
        // We look in `dirty` in any case, amended or not, as Go does. If there is no dirty
        // map, Go reads a nil map and finds nothing. `Locked::find` then gives none (T16).
        match read.find(hash, key, guard) {
            Some(slot) => Some((slot, true)),
            None => Some((mu.find(hash, key, read, guard)?, false)),
        }
    }

    /// How operations that add no key find their entry: in `read`, or else in `dirty`. Takes
    /// the mutex only if `read` lacks the key and is amended.
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
        let mut mu = self.lock_map();
        // The second look (T1):
        // 1. reader 1: finds that `read` lacks the key and is amended. Waits for the mutex.
        // 2. reader 2: holds the mutex, and promotes `dirty`, which has the key. Unlocks.
        // 3. reader 1: locks. There is no dirty map now, but `read` has the key.
        // Without this look reader 1 would find the key absent. If this look finds the key, no
        // miss is counted: the next look-up takes the fast path.
        let read = guard.snapshot()?;
        if let Some(slot) = read.find(hash, key, guard) {
            return Some(slot);
        }
        // Promoted meanwhile, and complete by itself.
        if !read.is_amended_locked() {
            return None;
        }
        let slot = mu.find(hash, key, read, guard);
        // A removal takes the entry of a key that only `dirty` has out of `dirty`, so that the
        // key is freed too. A key that `read` has was found above: its entry stays, as a
        // tombstone (T10).
        //
        // Go: deletes from `dirty` without asking. We ask whether the table of `read` has this
        // very entry, by address (M9). A wrong `Eq` or `Hash` may have missed it there. If it
        // were then retired, it would be freed under a reader.
        let leaves_dirty = |slot: &_| purpose == Purpose::Delete && !read.table().has(*slot);
        let removed = slot.filter(leaves_dirty);
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
