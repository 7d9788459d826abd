//! One entry per key: the word that readers and writers race on, and every
//! transition it may make.
//!
//! # States of `p`
//!
//! | `p` | state | meaning, for an entry of the map |
//! |---|---|---|
//! | null | nil | deleted; either there is no dirty map, or it holds this entry |
//! | 1 | expunged | deleted; there is a dirty map and it lacks this entry |
//! | else | value | present; the address of a value |
//!
//! An entry is of the map while the current snapshot or `dirty` holds it. A `clear`
//! detaches every entry. A promotion detaches those that are expunged. A removal
//! detaches an entry that only `dirty` had. A thread that found an entry before it was
//! detached may still reach it, under its guard. The word of a detached entry says
//! nothing about the maps. It may be nil or expunged whether there is a dirty map or not.
//! It may be a value that a late store has put in: that value goes with the entry.
//!
//! # Transitions
//!
//! | from → to | by | where |
//! |---|---|---|
//! | new → value | [`EntryPtr::allocate`] | under the mutex, for `dirty` |
//! | value → value | [`try_swap`](Slot::try_swap), [`replace_if`](Slot::replace_if), [`swap_locked`](Slot::swap_locked) | anywhere; the last under the mutex |
//! | value → nil | [`take_if`](Slot::take_if) | outside the mutex |
//! | nil → value | [`try_swap`](Slot::try_swap), [`try_load_or_store`](Slot::try_load_or_store), [`swap_locked`](Slot::swap_locked) | anywhere; the last under the mutex |
//! | nil → expunged | [`try_expunge_locked`](Entry::try_expunge_locked) | under the mutex, while `dirty` is built |
//! | expunged → nil | [`unexpunge_locked`](Entry::unexpunge_locked) | under the mutex, followed at once by inserting the entry in `dirty` |
//!
//! # Rules that live here
//!
//! M3: a value enters `p` by one CAS or swap and leaves by one. Whoever takes it out
//! retires it, once ([`Slot`]). M4: nil and expunged own nothing.
//! `docs/memory.md` has all of them.
//!
//! # Orderings
//!
//! Every access to `p` is SeqCst, except where nobody else can reach the entry. For a
//! single key Release and Acquire would be enough: they make the value's bytes visible
//! with its address. SeqCst puts the accesses to all entries into one total order. So if
//! one thread calls `insert(a); get(b)` and another `insert(b); get(a)`, at least one
//! finds what the other wrote, as in Go. `docs/orderings.md` has the argument. Where a
//! model in `tests/loom` fails when an access is weakened to Relaxed, the access names it.

mod memory;
mod pointers;

use crate::reclaim::{Protection, closures};

use crate::sync::{AtomicPtr, AtomicUsize, Ordering, Watch};
use memory::{Boxed, ONE_OWNER_LEFT, Place, WithFirst};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};

pub(crate) use memory::usable;
pub(crate) use pointers::{EntryPtr, OwnedEntries, Slot};

/// The word of an expunged entry: an address that no value has.
const fn expunged<V>() -> *mut V {
    ptr::without_provenance_mut(1)
}

fn is_value<V>(p: *mut V) -> bool {
    !p.is_null() && p != expunged()
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
    /// Present, with this value.
    Value(V),
    /// Deleted. If there is a dirty map, the entry is in it.
    Nil,
    /// Deleted, and left out of the dirty map.
    Expunged,
}

/// A key, its hash, and the word `p`. Allocated once, shared by `read` and
/// `dirty`, retired when it has left both.
pub(crate) struct Entry<K, V> {
    key: ManuallyDrop<K>,
    /// The key's hash, so that no table ever runs the user's `Hash` again, and
    /// [`ONE_OWNER_LEFT`].
    hash: AtomicUsize,
    p: AtomicPtr<V>,
    watch: Watch,
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

    /// Where a value is stored that is, or was, in `p`.
    fn place(&self, value: NonNull<V>) -> Place<V> {
        if WithFirst::is_first(self, value) {
            Place::InEntry(value)
        } else {
            Place::Boxed(value)
        }
    }

    /// The state.
    #[inline]
    pub(crate) fn state<'g>(&'g self, guard: &'g Protection) -> EntryState<&'g V> {
        // ORDERING: SeqCst, as in `load`.
        let p = self.p.load(Ordering::SeqCst);
        match Self::value(p, guard) {
            Some(value) => EntryState::Value(value),
            None if p == expunged() => EntryState::Expunged,
            None => EntryState::Nil,
        }
    }

    #[inline]
    fn value(p: *mut V, _guard: &Protection) -> Option<&V> {
        // SAFETY: M3, M6: `p` was read under `_guard`; whoever takes it out
        // retires it, so it stays allocated while `_guard` is alive.
        is_value(p).then(|| unsafe { &*p })
    }

    /// Go: tryExpungeLocked. Marks a deleted entry as left out of the dirty map that is
    /// being built. `false`: the entry holds a value, and belongs in the dirty map.
    pub(crate) fn try_expunge_locked(&self) -> bool {
        // A load first: a CAS on every entry would wait for each in turn.
        //
        // ORDERING: SeqCst, as everywhere in this file. Nothing travels with the mark, so
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
        let (tombstone, nil) = (expunged(), ptr::null_mut());
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        (self.p)
            .compare_exchange(tombstone, nil, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Whether the entry is expunged. Only the holder of the mutex can change that.
    pub(crate) fn is_expunged(&self) -> bool {
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        self.p.load(Ordering::SeqCst) == expunged()
    }

    /// The value that is still in `p`, of an entry whose word nobody else can reach.
    fn owned_value(&self) -> Option<NonNull<V>> {
        // ORDERING: Relaxed: nobody else can reach the entry.
        let p = self.p.load(Ordering::Relaxed);
        NonNull::new(p).filter(|_| is_value(p))
    }
}

impl<'g, K, V, G> Slot<'g, K, V, G> {
    /// The key and its value, if the key is present.
    #[inline]
    pub(crate) fn load(self) -> Option<Found<'g, K, V>>
    where
        G: Deref<Target = Protection>,
    {
        let entry = self.entry();
        // ORDERING: SeqCst, in the order of all entry words; its acquire half
        // pairs with whatever stored `p` and makes the value's bytes visible.
        // Weakened: `messages::a_value_carries_what_was_written_before_it`.
        let value = self.value(entry.p.load(Ordering::SeqCst))?;
        Some(Found { entry, value })
    }

    #[inline]
    fn value(self, p: *mut V) -> Option<&'g V>
    where
        G: Deref<Target = Protection>,
    {
        Entry::<K, V>::value(p, self.guard)
    }
}

impl<'g, K, V> Slot<'g, K, V> {
    /// Puts `value` in, over a value or nil. If the entry is expunged, changes nothing and
    /// gives `value` back. The caller then takes the mutex, and goes on with
    /// [`unexpunge_locked`](Entry::unexpunge_locked) and [`swap_locked`](Self::swap_locked).
    pub(crate) fn try_swap(self, value: V) -> Result<Option<Found<'g, K, V>>, V> {
        let entry = self.entry();
        // ORDERING: SeqCst, as everywhere in this file. A hint only: the CAS
        // below decides.
        let mut p = entry.p.load(Ordering::SeqCst);
        if p == expunged() {
            return Err(value);
        }
        let new = Boxed::into_raw(value);
        loop {
            // A CAS against the word that was seen, not a swap (T6):
            // 1. writer: loads nil.
            // 2. rebuilder, which holds the mutex: expunges the entry, so the new dirty map
            //    lacks it.
            // 3. writer: puts its value in. A swap would write over the mark, and the next
            //    promotion would lose the value. The CAS fails, and the writer takes the
            //    mutex.
            //
            // ORDERING: SeqCst, in the order of all entry words.
            // Release half: publishes the value's bytes to `load`. Weakened:
            // `messages::a_value_carries_what_was_written_before_it`.
            // Acquire half: makes visible what came before a removal. Weakened:
            // `messages::a_store_over_a_removal_sees_what_was_written_before_it`.
            match (entry.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(old) => return Ok(self.replaced(old)),
                Err(now) => p = now,
            }
            if p == expunged() {
                // SAFETY: M3: `new` never entered `p`.
                return Err(unsafe { Boxed::from_raw(new) });
            }
        }
    }

    /// Puts `value` in, over a value or nil. The mutex is held, and the entry is known not
    /// to be expunged. It cannot become so meanwhile, so a swap is enough.
    pub(crate) fn swap_locked(self, value: V) -> Option<Found<'g, K, V>> {
        let new = Boxed::into_raw(value);
        // ORDERING: SeqCst, as in `try_swap`.
        // Release half: publishes the value's bytes to `load`. Weakened:
        // `entry::a_value_written_under_the_mutex_carries_what_was_written_before_it`.
        // Acquire half: makes the old value's bytes visible. Weakened:
        // `three::a_promoted_key_is_stored_to_both_ways`.
        let old = self.entry().p.swap(new, Ordering::SeqCst);
        debug_assert!(old != expunged(), "swap_locked met a tombstone");
        self.replaced(old)
    }

    /// After a value was put in over `old`: counts the key, if `old` is nil, or else retires
    /// `old`.
    fn replaced(self, old: *mut V) -> Option<Found<'g, K, V>> {
        let old = NonNull::new(old);
        if old.is_none() {
            self.count.key_appeared();
        }
        old.map(|value| self.taken(value))
    }

    /// Retires what was just taken out of `p`. It can be read as long as the guard lives.
    fn taken(self, value: NonNull<V>) -> Found<'g, K, V> {
        let entry = self.entry();
        closures::wrote(ptr::from_ref(entry).cast());
        // SAFETY: M3: our caller took the value out, by one CAS or swap, and retires it
        // here alone. Whatever put it in demanded `V: Send + 'static`.
        unsafe { entry.place(value).retire::<K>(self.guard) };
        self.found(value.as_ptr())
    }

    /// The key, and the value at `value`, which was in `p` under the guard.
    fn found(self, value: *mut V) -> Found<'g, K, V> {
        let entry = self.entry();
        // SAFETY: M3, M6: whoever takes the value out retires it, under this guard or later.
        let value = unsafe { &*value };
        Found { entry, value }
    }

    /// Loads the value. If there is none and the entry is not expunged, takes the one in
    /// `value` and puts it in.
    pub(crate) fn try_load_or_store(self, value: &mut Option<V>) -> LoadOrStore<'g, K, V> {
        let entry = self.entry();
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::of_two_insertions_of_one_deleted_key_one_is_refused`.
        let mut p = entry.p.load(Ordering::SeqCst);
        loop {
            if is_value(p) {
                return LoadOrStore::Loaded(self.found(p));
            }
            if p == expunged() {
                return LoadOrStore::Expunged;
            }
            let Some(ours) = value.take() else {
                return LoadOrStore::Vacant;
            };
            let new = Boxed::into_raw(ours);
            // ORDERING: SeqCst, as in `try_swap`, and on failure as in `load`. Weakened, on
            // success or on failure: the same model.
            match (entry.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_nil) => {
                    self.count.key_appeared();
                    return LoadOrStore::Stored(self.found(new));
                }
                Err(now) => {
                    // SAFETY: M3: `new` never entered `p`.
                    *value = Some(unsafe { Boxed::from_raw(new) });
                    p = now;
                }
            }
        }
    }

    /// Takes the value out if `wanted` says yes to it. Asks `wanted` again whenever another
    /// thread changed the value in between.
    pub(crate) fn take_if(self, mut wanted: impl FnMut(&'g V) -> bool) -> Option<Found<'g, K, V>> {
        let entry = self.entry();
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::a_conditional_removal_spares_the_newer_value`.
        let mut p = entry.p.load(Ordering::SeqCst);
        loop {
            if !wanted(self.value(p)?) {
                return None;
            }
            // ORDERING: SeqCst, in the order of all entry words. Its release half makes
            // visible, to whoever finds the key absent, what was written before.
            // Weakened: `messages::a_removal_carries_what_was_written_before_it`.
            // On failure: as the load above. Weakened: the same model as there.
            match (entry.p).compare_exchange(p, ptr::null_mut(), Ordering::SeqCst, Ordering::SeqCst)
            {
                Ok(_) => {
                    self.count.key_vanished();
                    return NonNull::new(p).map(|value| self.taken(value));
                }
                Err(now) => p = now,
            }
        }
    }

    /// Replaces the value by `value`, if `wanted` says yes to it. Asks `wanted` again
    /// whenever another thread changed the value in between. If `wanted` says no, or there
    /// is no value, gives back what is there, and `value`.
    pub(crate) fn replace_if(
        self,
        value: V,
        mut wanted: impl FnMut(&'g V) -> bool,
    ) -> Replace<'g, K, V> {
        let entry = self.entry();
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::of_two_exchanges_of_one_value_one_succeeds`.
        let mut p = entry.p.load(Ordering::SeqCst);
        let mut value = value;
        loop {
            // `wanted` may panic, so `value` is boxed only after that call.
            let current = self.value(p);
            if !current.is_some_and(&mut wanted) {
                let current = current.map(|value| Found { entry, value });
                return Replace::Refused { current, value };
            }
            let new = Boxed::into_raw(value);
            // A CAS against the word that was compared, not a swap: another thread may have
            // put in a value that `wanted` has not seen (T13).
            //
            // ORDERING: SeqCst, as in `try_swap`, and on failure as in `load`. Weakened, on
            // success or on failure: the same model.
            match (entry.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(old) => {
                    // SAFETY: `current` was some, so `p` is a value and not null. `old`
                    // equals `p`.
                    let old = unsafe { NonNull::new_unchecked(old) };
                    let (old, new) = (self.taken(old), self.found(new));
                    return Replace::Done { old, new };
                }
                Err(now) => {
                    // SAFETY: M3: `new` never entered `p`.
                    value = unsafe { Boxed::from_raw(new) };
                    p = now;
                }
            }
        }
    }
}

/// The outcome of [`Slot::try_load_or_store`].
pub(crate) enum LoadOrStore<'g, K, V> {
    /// There was a value. Ours was not used.
    Loaded(Found<'g, K, V>),
    /// Ours is in.
    Stored(Found<'g, K, V>),
    /// The entry is expunged: to bring it back takes the mutex.
    Expunged,
    /// The entry is nil, and we have no value to put in.
    Vacant,
}

/// The outcome of [`Slot::replace_if`].
pub(crate) enum Replace<'g, K, V> {
    Done {
        old: Found<'g, K, V>,
        new: Found<'g, K, V>,
    },
    Refused {
        current: Option<Found<'g, K, V>>,
        /// The value that was to be put in.
        value: V,
    },
}

/// An entry that was found with a value. Both stay valid as long as the guard lives.
pub(crate) struct Found<'g, K, V> {
    pub(crate) entry: &'g Entry<K, V>,
    pub(crate) value: &'g V,
}
