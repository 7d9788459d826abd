//! One entry: its key, its hash, and the word that readers and writers race on.

use crate::reclaim::Protection;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering, Watch};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

/// The word of an expunged entry: an address that no value has.
pub(super) const fn expunged<V>() -> *mut V {
    ptr::without_provenance_mut(1)
}

pub(super) fn is_value<V>(p: *mut V) -> bool {
    !p.is_null() && p != expunged()
}

/// The bit of the hash that says that one owner of the entry's memory is gone. hashbrown
/// uses the bits above it, and those at the other end.
pub(super) const ONE_OWNER_LEFT: usize = 1 << (usize::BITS - 8);

/// The part of a hash that tables and entries use.
#[inline]
pub(crate) fn usable(hash: u64) -> usize {
    // The hash is cut off where a word has fewer than 64 bits: hashbrown looks at no more.
    // Where a word has 64, no table is so large that this bit would choose a bucket.
    let unused = if usize::BITS < 64 { ONE_OWNER_LEFT } else { 0 };
    hash as usize & !unused
}

/// The state of one entry, in an [`Inspection`](crate::Inspection).
///
/// # Examples
///
/// ```
/// use readmostly::{EntryState, SyncMap};
///
/// let map = SyncMap::from([("a", 1)]);
/// map.remove("a");
/// assert_eq!(map.inspect().read, [("a", EntryState::Nil)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState<V> {
    /// Present. The entry has this value.
    Value(V),
    /// Deleted. If there is a dirty map, the dirty map has the entry.
    Nil,
    /// Deleted. There is a dirty map, and it does not have the entry.
    Expunged,
}

/// A key, its hash, and the word `p`. Allocated once, shared by `read` and
/// `dirty`, retired when it has left both.
pub(crate) struct Entry<K, V> {
    pub(super) key: ManuallyDrop<K>,
    /// The key's hash, so that no table ever runs the user's `Hash` again, and
    /// [`ONE_OWNER_LEFT`].
    pub(super) hash: AtomicUsize,
    pub(super) p: AtomicPtr<V>,
    pub(super) watch: Watch,
}

impl<K, V> Entry<K, V> {
    #[inline]
    pub(crate) fn key(&self) -> &K {
        &self.key
    }

    #[inline]
    pub(crate) fn hash(&self) -> usize {
        // ORDERING: Relaxed: it was written with the key, and the bit that may
        // change is masked out.
        self.hash.load(Ordering::Relaxed) & !ONE_OWNER_LEFT
    }

    /// The state.
    #[inline]
    pub(crate) fn state<'g>(&'g self, guard: &'g Protection) -> EntryState<&'g V> {
        // step: walk
        // ORDERING: SeqCst, as in `Slot::load`.
        let p = self.p.load(Ordering::SeqCst);
        match Self::value(p, guard) {
            Some(value) => EntryState::Value(value),
            None if p == expunged() => EntryState::Expunged,
            None => EntryState::Nil,
        }
    }

    #[inline]
    pub(super) fn value(p: *mut V, _guard: &Protection) -> Option<&V> {
        // SAFETY: M3, M6: `p` was read under `_guard`; whoever takes it out
        // retires it, so it stays allocated while `_guard` is alive.
        is_value(p).then(|| unsafe { &*p })
    }

    /// Go: tryExpungeLocked. Marks a deleted entry as left out of the dirty map that is
    /// being built. `false`: the entry holds a value, and belongs in the dirty map.
    pub(crate) fn try_expunge_locked(&self) -> bool {
        // step: expunge
        // A load first: a CAS on every entry would wait for each in turn.
        //
        // ORDERING: SeqCst, in the order of all entry words. Nothing travels with the mark, so
        // no model fails when this load or the CAS is weakened.
        let p = self.p.load(Ordering::SeqCst);
        if !p.is_null() {
            return p == expunged();
        }
        // A CAS, not a store (T5):
        // 1. rebuilder, which holds the mutex: loads nil, above.
        // 2. writer, which needs no mutex: puts a value in.
        // 3. rebuilder: marks the entry. A store would overwrite the value. The CAS fails,
        //    and the dirty map keeps the entry.
        // Go: looks again. One CAS is enough: if it fails, the entry held a value.
        //
        // ORDERING: SeqCst, as above.
        match (self.p).compare_exchange(p, expunged(), Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => true,
            Err(now) => now == expunged(),
        }
    }

    /// Turns expunged back into nil. `true`: it was expunged, and the caller, who holds the
    /// mutex, inserts the entry in the dirty map before the unlock.
    pub(crate) fn unexpunge_locked(&self) -> bool {
        // step: bring-back
        let (expunged, nil) = (expunged(), ptr::null_mut());
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        (self.p)
            .compare_exchange(expunged, nil, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Whether the entry is expunged. Only the holder of the mutex can change that.
    pub(crate) fn is_expunged(&self) -> bool {
        // step: still-left-out
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        self.p.load(Ordering::SeqCst) == expunged()
    }

    /// The value that is still in `p`, of an entry whose word nobody else can reach.
    pub(super) fn owned_value(&self) -> Option<NonNull<V>> {
        // ORDERING: Relaxed: nobody else can reach the entry.
        let p = self.p.load(Ordering::Relaxed);
        NonNull::new(p).filter(|_| is_value(p))
    }
}

/// An entry that was found with a value. Both stay valid as long as the guard lives.
pub(crate) struct Found<'g, K, V> {
    pub(crate) entry: &'g Entry<K, V>,
    pub(crate) value: &'g V,
}
