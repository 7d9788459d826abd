//! One entry per key: the word that readers and writers race on, and every
//! transition it may make.
//!
//! # States of `p`
//!
//! | `p` | state | meaning |
//! |---|---|---|
//! | null | nil | deleted; either there is no dirty map, or it holds this entry |
//! | 1 | expunged | deleted; there is a dirty map and it lacks this entry |
//! | else | value | present; the address of a [`Boxed`] value |
//!
//! # Transitions
//!
//! | from → to | by | where |
//! |---|---|---|
//! | new → value | [`EntryPtr::allocate`] | under the mutex, for `dirty` |
//! | value → value | [`try_swap`](Entry::try_swap), [`replace_if`](Entry::replace_if), [`swap_locked`](Entry::swap_locked) | anywhere; the last under the mutex |
//! | value → nil | [`take_if`](Entry::take_if) | outside the mutex |
//! | nil → value | [`try_swap`](Entry::try_swap), [`try_load_or_store`](Entry::try_load_or_store), [`swap_locked`](Entry::swap_locked) | anywhere; the last under the mutex |
//! | nil → expunged | [`try_expunge_locked`](Entry::try_expunge_locked) | under the mutex, while `dirty` is built |
//! | expunged → nil | [`unexpunge_locked`](Entry::unexpunge_locked) | under the mutex, followed at once by inserting the entry in `dirty` |
//!
//! # Rules that live here
//!
//! M3: a value enters `p` by one CAS or swap and leaves by one, and whoever
//! takes it out retires it once ([`Taken`]). M4: nil and expunged own nothing.
//! `docs/memory.md` has all of them.
//!
//! # Orderings
//!
//! Every access to `p` is SeqCst. Release/Acquire would do for a single key (it
//! makes the value's bytes visible with its address); SeqCst puts all accesses
//! to all entries of all keys into one total order, which is what lets
//! `insert(a); get(b)` race with `insert(b); get(a)` without both missing the
//! other, as in Go. `docs/orderings.md` has the argument. Where a model in
//! `tests/loom` fails when an access is weakened to Relaxed, the access names it.

use crate::count::Count;
use crate::sync::{AtomicPtr, Guard, Ordering, contain_panic};
use std::ptr::{self, NonNull};

/// A value on its own in memory. Aligned to 2 at the least, so that no address
/// of one, not even of a zero-sized one, is null or [`expunged`].
#[repr(align(2))]
struct Boxed<V>(V);

impl<V> Boxed<V> {
    fn into_raw(value: V) -> *mut Self {
        Box::into_raw(Box::new(Self(value)))
    }

    /// # Safety
    ///
    /// `boxed` came from [`into_raw`](Self::into_raw), nobody else can reach it,
    /// and it is neither taken nor freed elsewhere.
    unsafe fn from_raw(boxed: *mut Self) -> V {
        // SAFETY: our caller's word.
        unsafe { Box::from_raw(boxed) }.0
    }

    /// Drops the value where it is: it may be larger than a stranger's stack.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw).
    unsafe fn free(boxed: *mut Self) {
        // SAFETY: our caller's word.
        drop(unsafe { Box::from_raw(boxed) });
    }
}

/// The tombstone: an address no value has.
const fn expunged<V>() -> *mut Boxed<V> {
    ptr::without_provenance_mut(1)
}

fn is_value<V>(p: *mut Boxed<V>) -> bool {
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
    pub(crate) key: K,
    /// The key's hash, so that no table ever runs the user's `Hash` again.
    hash: u64,
    p: AtomicPtr<Boxed<V>>,
}

impl<K, V> Entry<K, V> {
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The value, if the key is present.
    #[inline]
    pub(crate) fn load<'g>(&'g self, guard: &'g Guard) -> Option<&'g V> {
        // ORDERING: SeqCst, in the order of all entry words; its acquire half
        // pairs with whatever stored `p` and makes the value's bytes visible.
        // Weakened: `messages::a_value_carries_what_was_written_before_it`.
        Self::value(self.p.load(Ordering::SeqCst), guard)
    }

    /// The state, to be looked at.
    pub(crate) fn state<'g>(&'g self, guard: &'g Guard) -> EntryState<&'g V> {
        // ORDERING: SeqCst, as in `load`.
        let p = self.p.load(Ordering::SeqCst);
        match Self::value(p, guard) {
            Some(value) => EntryState::Value(value),
            None if p == expunged() => EntryState::Expunged,
            None => EntryState::Nil,
        }
    }

    #[inline]
    fn value(p: *mut Boxed<V>, _guard: &Guard) -> Option<&V> {
        // SAFETY: M3, M6: `p` was read under `_guard`; whoever takes it out
        // retires it, so it stays allocated while `_guard` is alive.
        is_value(p).then(|| unsafe { &(*p).0 })
    }

    /// Puts `value` in, whatever is there. If the entry is expunged, nothing
    /// happens and `value` comes back: only [`swap_locked`](Self::swap_locked)
    /// may go on, after [`unexpunge_locked`](Self::unexpunge_locked).
    pub(crate) fn try_swap<'g>(
        &'g self,
        value: V,
        count: &Count,
        guard: &'g Guard,
    ) -> Result<Option<Taken<'g, V>>, V> {
        // ORDERING: SeqCst, as everywhere in this file. A hint only: the CAS
        // below decides.
        let mut p = self.p.load(Ordering::SeqCst);
        if p == expunged() {
            return Err(value);
        }
        let new = Boxed::into_raw(value);
        loop {
            // A CAS against what was seen, not a swap: the entry may be expunged
            // between the look and the deed, and a value written over the
            // tombstone would be lost at the next promotion.
            //
            // ORDERING: SeqCst, in the order of all entry words; its release
            // half publishes the value's bytes to `load`, its acquire half lets
            // us hand out the old value. Weakened, the one:
            // `messages::a_value_carries_what_was_written_before_it`; the other:
            // `entry::two_overwrites_of_one_key_follow_each_other`.
            match (self.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(old) => return Ok(Self::replaced(old, count, guard)),
                Err(now) => p = now,
            }
            if p == expunged() {
                // SAFETY: M3: `new` never entered `p`.
                return Err(unsafe { Boxed::from_raw(new) });
            }
        }
    }

    /// Puts `value` in, whatever is there. The mutex is held, and the entry is
    /// known not to be expunged.
    pub(crate) fn swap_locked<'g>(
        &'g self,
        value: V,
        count: &Count,
        guard: &'g Guard,
    ) -> Option<Taken<'g, V>> {
        let new = Boxed::into_raw(value);
        // ORDERING: SeqCst, as in `try_swap`. Weakened, the release half:
        // `entry::a_value_written_under_the_mutex_carries_what_was_written_before_it`;
        // the acquire half: `three::a_promoted_key_is_stored_to_both_ways`.
        let old = self.p.swap(new, Ordering::SeqCst);
        debug_assert!(old != expunged(), "swap_locked met a tombstone");
        Self::replaced(old, count, guard)
    }

    /// Books a value that went over `old`.
    fn replaced<'g>(old: *mut Boxed<V>, count: &Count, guard: &'g Guard) -> Option<Taken<'g, V>> {
        let old = NonNull::new(old);
        if old.is_none() {
            count.key_appeared();
        }
        old.map(|boxed| Taken { boxed, guard })
    }

    /// Reads the value or, if there is none, puts in the one that waits in
    /// `value`, which is then empty.
    pub(crate) fn try_load_or_store<'g>(
        &'g self,
        value: &mut Option<V>,
        count: &Count,
        guard: &'g Guard,
    ) -> LoadOrStore<'g, V> {
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::of_two_insertions_of_one_deleted_key_one_is_refused`.
        let mut p = self.p.load(Ordering::SeqCst);
        loop {
            if let Some(current) = Self::value(p, guard) {
                return LoadOrStore::Loaded(current);
            }
            if p == expunged() {
                return LoadOrStore::Expunged;
            }
            let Some(ours) = value.take() else {
                return LoadOrStore::Vacant;
            };
            let new = Boxed::into_raw(ours);
            // ORDERING: SeqCst, as in `try_swap`, and on failure as in `load`.
            // Weakened, either: the same model.
            match (self.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_nil) => {
                    count.key_appeared();
                    // SAFETY: M3, M6: it entered `p` under `guard`.
                    return LoadOrStore::Stored(unsafe { &(*new).0 });
                }
                Err(now) => {
                    // SAFETY: M3: `new` never entered `p`.
                    *value = Some(unsafe { Boxed::from_raw(new) });
                    p = now;
                }
            }
        }
    }

    /// Takes the value out if `wanted` says so of the one that is there;
    /// `wanted` is asked again whenever another thread changed it in between.
    pub(crate) fn take_if<'g>(
        &'g self,
        mut wanted: impl FnMut(&'g V) -> bool,
        count: &Count,
        guard: &'g Guard,
    ) -> Option<Taken<'g, V>> {
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::a_conditional_removal_spares_the_newer_value`.
        let mut p = self.p.load(Ordering::SeqCst);
        loop {
            if !wanted(Self::value(p, guard)?) {
                return None;
            }
            // ORDERING: SeqCst, in the order of all entry words; its release
            // half says to whoever finds the key gone what was done before.
            // Weakened: `messages::a_removal_carries_what_was_written_before_it`.
            // On failure as the load above, and the same model.
            match (self.p).compare_exchange(p, ptr::null_mut(), Ordering::SeqCst, Ordering::SeqCst)
            {
                Ok(_) => {
                    count.key_vanished();
                    return NonNull::new(p).map(|boxed| Taken { boxed, guard });
                }
                Err(now) => p = now,
            }
        }
    }

    /// Puts `value` in the place of the one that is there, if `wanted` says so
    /// of it; `wanted` is asked again whenever another thread changed it in
    /// between. Else what is there, and `value` back.
    pub(crate) fn replace_if<'g>(
        &'g self,
        value: V,
        mut wanted: impl FnMut(&'g V) -> bool,
        guard: &'g Guard,
    ) -> Replace<'g, V> {
        // ORDERING: SeqCst, as in `load`. Weakened:
        // `entry::of_two_exchanges_of_one_value_one_succeeds`.
        let mut p = self.p.load(Ordering::SeqCst);
        let mut value = value;
        loop {
            // `wanted` may panic, so `value` is boxed only once it has spoken.
            let current = Self::value(p, guard);
            if !current.is_some_and(&mut wanted) {
                return Replace::Refused { current, value };
            }
            let new = Boxed::into_raw(value);
            // ORDERING: SeqCst, as in `try_swap`, and on failure as in `load`.
            // Weakened, either: the same model.
            match (self.p).compare_exchange(p, new, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(old) => {
                    // SAFETY: `current` is a value, so `old`, which equals it,
                    // is not null.
                    let boxed = unsafe { NonNull::new_unchecked(old) };
                    // SAFETY: M3, M6: it entered `p` under `guard`.
                    let new = unsafe { &(*new).0 };
                    let old = Taken { boxed, guard };
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

    /// Marks a deleted entry as left out of the dirty map that is being built.
    /// `false` if it holds a value and so belongs in there.
    pub(crate) fn try_expunge_locked(&self) -> bool {
        // A CAS, not a store: a writer that does not need the mutex may put a
        // value in at any moment, and a store would wipe it out.
        let (nil, tombstone) = (ptr::null_mut(), expunged());
        // ORDERING: SeqCst, as everywhere in this file. Nothing travels with a
        // tombstone, so no model fails when it is weakened.
        match (self.p).compare_exchange(nil, tombstone, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => true,
            Err(now) => now == expunged(),
        }
    }

    /// Turns a tombstone back into nil. `true` if it was one: the caller, who
    /// holds the mutex, inserts the entry in the dirty map before it lets go.
    pub(crate) fn unexpunge_locked(&self) -> bool {
        let (tombstone, nil) = (expunged(), ptr::null_mut());
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        (self.p)
            .compare_exchange(tombstone, nil, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Whether this is a tombstone. It stays so while the mutex is held.
    pub(crate) fn is_expunged(&self) -> bool {
        // ORDERING: SeqCst, as in `try_expunge_locked`.
        self.p.load(Ordering::SeqCst) == expunged()
    }

    /// The value that is still in `p`, where nobody else can reach the entry.
    fn owned_value(&self) -> Option<*mut Boxed<V>> {
        // ORDERING: Relaxed: nobody else can reach the entry.
        let p = self.p.load(Ordering::Relaxed);
        is_value(p).then_some(p)
    }

    /// The key and the value, if it is present, where nobody else can reach the
    /// entry.
    pub(crate) fn parts_mut(&mut self) -> Option<(&K, &mut V)> {
        let boxed = self.owned_value()?;
        // SAFETY: M3: `p` owns the value, and `&mut self` owns `p`.
        Some((&self.key, unsafe { &mut (*boxed).0 }))
    }
}

/// What [`Entry::try_load_or_store`] came to.
pub(crate) enum LoadOrStore<'g, V> {
    /// There was a value; ours was not used.
    Loaded(&'g V),
    /// Ours is in.
    Stored(&'g V),
    /// A tombstone: only the mutex holder may go on.
    Expunged,
    /// No value there, and none at hand.
    Vacant,
}

/// What [`Entry::replace_if`] came to.
pub(crate) enum Replace<'g, V> {
    Done {
        old: Taken<'g, V>,
        new: &'g V,
    },
    Refused {
        current: Option<&'g V>,
        /// The value that was to be put in.
        value: V,
    },
}

/// A value that was taken out of its entry. Retired when it is dropped, which
/// runs nothing of the user's.
pub(crate) struct Taken<'g, V> {
    boxed: NonNull<Boxed<V>>,
    guard: &'g Guard,
}

impl<'g, V> Taken<'g, V> {
    /// The value, which outlives its retirement for as long as the guard does.
    pub(crate) fn value(&self) -> &'g V {
        // SAFETY: M3, M6: it is retired under the guard, not before.
        unsafe { &(*self.boxed.as_ptr()).0 }
    }
}

impl<V> Drop for Taken<'_, V> {
    fn drop(&mut self) {
        let boxed = self.boxed.as_ptr();
        // SAFETY: M3: taken out of `p` by the one CAS that made this `Taken`, so
        // freed once, and when no guard is left that could see it.
        let free = move || unsafe { Boxed::free(boxed) };
        // SAFETY: it may be dropped on another thread, later: whatever put it in
        // demanded `V: Send + 'static`.
        unsafe { self.guard.defer(1, free) };
    }
}

/// A plain pointer to an entry, as the tables hold it. Copying one copies no
/// ownership: the tables of a map own its entries together, and the epoch owns
/// what has left the last of them.
pub(crate) struct EntryPtr<K, V>(NonNull<Entry<K, V>>);

impl<K, V> Clone for EntryPtr<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for EntryPtr<K, V> {}

/// The same entry, by address.
impl<K, V> PartialEq for EntryPtr<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K, V> EntryPtr<K, V> {
    /// A new entry that holds `value`, and where that stands. The caller inserts
    /// it in `dirty`.
    pub(crate) fn allocate<'g>(
        key: K,
        hash: u64,
        value: V,
        _guard: &'g Guard,
    ) -> (EntryRef<'g, K, V>, &'g V) {
        let boxed = Boxed::into_raw(value);
        let p = AtomicPtr::new(boxed);
        let entry = NonNull::from(Box::leak(Box::new(Entry { key, hash, p })));
        // SAFETY: M3, M5: nobody frees either before they have been published,
        // taken out again and retired, and that is after `_guard` was pinned.
        let (ptr, value) = unsafe { (Self(entry), &(*boxed).0) };
        // SAFETY: as above.
        (unsafe { ptr.under(_guard) }, value)
    }

    /// The entry, for as long as the guard lives.
    ///
    /// # Safety
    ///
    /// M2: found, under `_guard`, in a snapshot that was current after it was
    /// pinned, or in `dirty` under the mutex.
    #[inline]
    pub(crate) unsafe fn under<'g>(self, _guard: &'g Guard) -> EntryRef<'g, K, V> {
        EntryRef {
            ptr: self,
            // SAFETY: our caller's word; M5 keeps it allocated.
            entry: unsafe { self.0.as_ref() },
        }
    }

    /// The entry, for as long as it is in the table it was found in.
    ///
    /// # Safety
    ///
    /// It is in a table that is reachable for all of `'t`.
    #[inline]
    pub(crate) unsafe fn in_table<'t>(self) -> &'t Entry<K, V> {
        // SAFETY: our caller's word; M5 keeps it allocated.
        unsafe { self.0.as_ref() }
    }

    /// The entry, exclusively.
    ///
    /// # Safety
    ///
    /// It is in a table of a map that is borrowed exclusively for all of `'m`,
    /// and this is the only reference made from it.
    pub(crate) unsafe fn exclusively<'m>(mut self) -> &'m mut Entry<K, V> {
        // SAFETY: our caller's word.
        unsafe { self.0.as_mut() }
    }
}

/// An entry that was found under a guard, together with the pointer it was
/// found by.
pub(crate) struct EntryRef<'g, K, V> {
    ptr: EntryPtr<K, V>,
    entry: &'g Entry<K, V>,
}

impl<K, V> Clone for EntryRef<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for EntryRef<'_, K, V> {}

impl<'g, K, V> EntryRef<'g, K, V> {
    /// The pointer, to put the same entry in a further table.
    pub(crate) fn ptr(self) -> EntryPtr<K, V> {
        self.ptr
    }

    /// The entry, for as long as its guard lives.
    #[inline]
    pub(crate) fn get(self) -> &'g Entry<K, V> {
        self.entry
    }
}

/// Entries that are ours to free, wherever they come from: a chunk of retired
/// ones, or all those of a map that is no more. Dropped, they go on after one
/// panicking destructor, as a `Vec` does, and abort at a second.
pub(crate) struct OwnedEntries<K, V>(std::vec::IntoIter<EntryPtr<K, V>>);

impl<K, V> OwnedEntries<K, V> {
    /// # Safety
    ///
    /// From the first use of the result on: they are in no table, no guard that
    /// could reach one is left, and none of them is freed elsewhere.
    pub(crate) unsafe fn new(entries: Vec<EntryPtr<K, V>>) -> Self {
        Self(entries.into_iter())
    }

    /// How many are left.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<K, V> OwnedEntries<K, V> {
    fn next_box(&mut self) -> Option<Box<Entry<K, V>>> {
        let EntryPtr(entry) = self.0.next()?;
        // SAFETY: the word of whoever called `new`; `allocate` made it with a
        // `Box`.
        Some(unsafe { Box::from_raw(entry.as_ptr()) })
    }

    /// Frees them in a deferred function, where a panic of one must not cost the
    /// others, nor the process if a second one panics too.
    pub(crate) fn free_for_strangers(mut self) {
        while let Some(entry) = self.next_box() {
            let boxed = entry.owned_value();
            contain_panic(move || drop(entry));
            if let Some(boxed) = boxed {
                // SAFETY: M3: what is still in `p` when its entry goes, goes
                // with it.
                contain_panic(move || unsafe { Boxed::free(boxed) });
            }
        }
    }

    /// Frees the rest, each where it is.
    fn free_all(&mut self) {
        while let Some(entry) = self.next_box() {
            if let Some(boxed) = entry.owned_value() {
                // SAFETY: M3: what is still in `p` when its entry goes, goes
                // with it.
                unsafe { Boxed::free(boxed) };
            }
        }
    }
}

impl<K, V> Iterator for OwnedEntries<K, V> {
    /// The key, and the value if the entry still held one.
    type Item = (K, Option<V>);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.next_box()?;
        let value = entry.owned_value();
        // SAFETY: M3: what is still in `p` when its entry goes, goes with it.
        let value = value.map(|boxed| unsafe { Boxed::from_raw(boxed) });
        Some((entry.key, value))
    }
}

impl<K, V> Drop for OwnedEntries<K, V> {
    fn drop(&mut self) {
        /// Goes on where a panicking destructor left off.
        struct Rest<'a, K, V>(&'a mut OwnedEntries<K, V>);
        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                self.0.free_all();
            }
        }
        Rest(self).0.free_all();
    }
}
