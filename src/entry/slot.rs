//! A slot: an entry that was found under a guard. The transitions of its word from and to a
//! value are here. Those from nil to expunged and back are in `state.rs`.

use super::memory::{Boxed, Unretired};
use super::pointers::EntryPtr;
use super::state::{Entry, Found, expunged, is_value};
use crate::count::Count;
use crate::reclaim::{Guard, Protection, closures};
use crate::sync::Ordering;
use std::ops::Deref;
use std::ptr::{self, NonNull};

impl<K, V> EntryPtr<K, V> {
    /// The slot of the entry. `count` is the counter of the generation it was found in.
    ///
    /// # Safety
    ///
    /// M2: the entry was found, under `guard`, in a snapshot that was current after `guard`
    /// was pinned, or in `dirty` under the mutex.
    #[inline]
    pub(crate) unsafe fn under<'g, G>(self, count: &'g Count, guard: &'g G) -> Slot<'g, K, V, G> {
        let ptr = self;
        Slot { ptr, count, guard }
    }
}

/// An entry that was found under a guard, with what an operation on it needs: the guard,
/// and the counter of the generation that the entry was found in.
pub(crate) struct Slot<'g, K, V, G = Guard> {
    ptr: EntryPtr<K, V>,
    count: &'g Count,
    guard: &'g G,
}

impl<K, V, G> Clone for Slot<'_, K, V, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, G> Copy for Slot<'_, K, V, G> {}

impl<'g, K, V, G> Slot<'g, K, V, G> {
    /// The pointer, to put the same entry in a further table.
    pub(crate) fn ptr(self) -> EntryPtr<K, V> {
        self.ptr
    }

    /// The entry. It stays valid as long as its guard lives.
    #[inline]
    pub(crate) fn entry(self) -> &'g Entry<K, V> {
        // SAFETY: M2: whoever called `under` said that the entry was found so, under a guard
        // that lives for `'g`.
        unsafe { self.ptr.in_table() }
    }

    /// The same entry, to be written to. What is taken out of it is retired under `guard`.
    /// `guard` was pinned after the entry was found, and does not protect it: the guard of
    /// `self` does.
    #[inline]
    pub(crate) fn retiring<'r>(self, guard: &'r Guard) -> Slot<'r, K, V>
    where
        'g: 'r,
    {
        let Self { ptr, count, .. } = self;
        Slot { ptr, count, guard }
    }
}

impl<'g, K, V, G> Slot<'g, K, V, G> {
    /// The key and its value, if the key is present.
    #[inline]
    pub(crate) fn load(self) -> Option<Found<'g, K, V>>
    where
        G: Deref<Target = Protection>,
    {
        // step: word
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
        // step: store
        let entry = self.entry();
        // ORDERING: SeqCst, as everywhere in this file. What is loaded is what the CAS below
        // expects.
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
                Ok(old) => return Ok(self.count_if_new(old).map(|old| self.retire_value(old))),
                Err(now) => p = now,
            }
            if p == expunged() {
                // SAFETY: M3: `new` never entered `p`.
                return Err(unsafe { Boxed::from_raw(new) });
            }
        }
    }

    /// Puts `value` in, over a value or nil. The mutex is held, and the entry is known not
    /// to be expunged. Only the holder of the mutex expunges, so a swap is enough. The old
    /// value is retired after the unlock (M5).
    pub(crate) fn swap_locked(self, value: V) -> Option<Taken<'g, K, V>> {
        // step: store-locked
        let new = Boxed::into_raw(value);
        // ORDERING: SeqCst, as in `try_swap`.
        // Release half: publishes the value's bytes to `load`. Weakened:
        // `entry::a_value_written_under_the_mutex_carries_what_was_written_before_it`.
        // Acquire half: makes the old value's bytes visible. Weakened:
        // `three::a_promoted_key_is_stored_to_both_ways`.
        let old = self.entry().p.swap(new, Ordering::SeqCst);
        debug_assert!(old != expunged(), "swap_locked met an expunged entry");
        self.count_if_new(old)
            .map(|value| Taken { slot: self, value })
    }

    /// After a value was put in over `old`: counts the key if `old` is nil. Otherwise gives
    /// `old` back, to be retired.
    fn count_if_new(self, old: *mut V) -> Option<NonNull<V>> {
        let old = NonNull::new(old);
        if old.is_none() {
            self.count.key_appeared();
        }
        old
    }

    /// Retires what was just taken out of `p`. It can be read as long as the guard lives.
    #[inline]
    fn retire_value(self, value: NonNull<V>) -> Found<'g, K, V> {
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
        // SAFETY: M3, M6: whoever takes the value out retires it, and does so after the guard
        // was pinned.
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
    /// thread changed the value in between. By CAS even if nothing is asked: another thread may
    /// take the same value (T11, in `map/operations.rs`).
    pub(crate) fn take_if(self, wanted: impl FnMut(&'g V) -> bool) -> Option<Found<'g, K, V>> {
        self.take_out_if(wanted)
            .map(|value| self.retire_value(value))
    }

    /// Takes the value out, and does not retire it: the caller owns it.
    pub(crate) fn take_out(self) -> Option<Unretired<K, V>>
    where
        V: 'g,
    {
        let value = self.take_out_if(|_| true)?;
        let entry = self.entry();
        closures::wrote(ptr::from_ref(entry).cast());
        // M3: taken out by one CAS.
        Some(Unretired::new(entry.place(value)))
    }

    /// As [`take_if`](Self::take_if), all but the retirement, which is left to the caller.
    #[inline(always)]
    fn take_out_if(self, mut wanted: impl FnMut(&'g V) -> bool) -> Option<NonNull<V>>
    where
        V: 'g,
    {
        // step: take
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
                    return NonNull::new(p);
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
                    let (old, new) = (self.retire_value(old), self.found(new));
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

/// A value that was taken out of its entry under the mutex. If it is dropped before it is
/// retired, it leaks.
#[must_use = "a value that was taken out has to be retired"]
pub(crate) struct Taken<'g, K, V> {
    slot: Slot<'g, K, V>,
    value: NonNull<V>,
}

impl<'g, K, V> Taken<'g, K, V> {
    /// Retires it. It can be read as long as the guard lives.
    pub(crate) fn retire(self) -> Found<'g, K, V> {
        self.slot.retire_value(self.value)
    }
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
