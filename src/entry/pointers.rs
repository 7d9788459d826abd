//! Pointers to entries: as the tables hold them, as an operation finds them, and
//! as somebody owns them at last.

use super::memory::{Boxed, Leaving, ONE_OWNER_LEFT, Place, WithFirst};
use super::{Entry, Found};
use crate::count::Count;
use crate::prefetch::prefetch;
use crate::reclaim::{Guard, contain_panic};
use crate::sync::{AtomicPtr, AtomicUsize, Watch};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

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
    /// How many bytes an entry has, and the value that stands in it.
    pub(crate) const BYTES: usize = if WithFirst::<K, V>::USED {
        size_of::<WithFirst<K, V>>()
    } else {
        size_of::<Entry<K, V>>() + size_of::<V>()
    };

    /// A new entry that holds `value`, and what is found there. The caller inserts it in
    /// `dirty`.
    pub(crate) fn allocate(
        key: K,
        hash: usize,
        value: V,
        _guard: &Guard,
    ) -> (Self, Found<'_, K, V>) {
        let entry = |p| Entry {
            key: ManuallyDrop::new(key),
            hash: AtomicUsize::new(hash & !ONE_OWNER_LEFT),
            p: AtomicPtr::new(p),
            watch: Watch::new(),
        };
        let (ptr, value) = if WithFirst::<K, V>::USED {
            let ptr = NonNull::from(Box::leak(Box::<WithFirst<K, V>>::new_uninit())).cast();
            // SAFETY: just allocated, so.
            let first = unsafe { WithFirst::<K, V>::first(ptr) };
            // SAFETY: room for a value, and ours.
            unsafe { first.write(value) };
            // SAFETY: room for an entry, and ours.
            unsafe { ptr.write(entry(first)) };
            (ptr, first)
        } else {
            let value = Boxed::into_raw(value);
            (NonNull::from(Box::leak(Box::new(entry(value)))), value)
        };
        // SAFETY: M3, M5: nobody frees it before it has been published, taken out
        // again and retired, and that is after `_guard` was pinned.
        let value = unsafe { &*value };
        // SAFETY: M2, M5: as above.
        let entry = unsafe { Self(ptr).in_table() };
        (Self(ptr), Found { entry, value })
    }

    /// Asks for the first and the last cache line of the entry, and of the value that
    /// stands in it.
    #[inline(always)]
    pub(crate) fn prefetch(self) {
        let bytes = if WithFirst::<K, V>::USED {
            size_of::<WithFirst<K, V>>()
        } else {
            size_of::<Entry<K, V>>()
        };
        let first: *const u8 = self.0.as_ptr().cast();
        prefetch(first);
        prefetch(first.wrapping_add(bytes - 1));
    }

    /// The slot of the entry. `count` is the counter of the generation it was found in.
    ///
    /// # Safety
    ///
    /// M2: found, under `guard`, in a snapshot that was current after it was
    /// pinned, or in `dirty` under the mutex.
    #[inline]
    pub(crate) unsafe fn under<'g, G>(self, count: &'g Count, guard: &'g G) -> Slot<'g, K, V, G> {
        let ptr = self;
        Slot { ptr, count, guard }
    }

    /// The entry, for as long as it is in the table it was found in.
    ///
    /// # Safety
    ///
    /// It is in a table that is reachable for all of `'t`.
    #[inline]
    pub(crate) unsafe fn in_table<'t>(self) -> &'t Entry<K, V> {
        // SAFETY: our caller's word; M5 keeps it allocated.
        let entry = unsafe { self.0.as_ref() };
        entry.watch.used();
        entry
    }

    /// The key and, exclusively, the value, if the key is present.
    ///
    /// # Safety
    ///
    /// It is in a table of a map that is borrowed exclusively for all of `'m`,
    /// and this is the only reference made to its value.
    pub(crate) unsafe fn exclusively<'m>(self) -> Option<(&'m K, &'m mut V)> {
        // Shared even so: a first value that was overwritten may be on its way
        // out, and then writes to the entry's hash.
        //
        // SAFETY: our caller's word.
        let entry: &'m Entry<K, V> = unsafe { self.0.as_ref() };
        let value = entry.owned_value()?;
        // SAFETY: M3: `p` owns the value, and our caller, for `'m`, owns `p`.
        Some((entry.key(), unsafe { &mut *value.as_ptr() }))
    }
}

/// An entry that was found under a guard, with what an operation on it needs: that guard,
/// and the counter of the generation it was found in.
pub(crate) struct Slot<'g, K, V, G = Guard> {
    ptr: EntryPtr<K, V>,
    pub(super) count: &'g Count,
    pub(super) guard: &'g G,
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

    /// The entry, for as long as its guard lives.
    #[inline]
    pub(crate) fn entry(self) -> &'g Entry<K, V> {
        // SAFETY: M2, the word of whoever called `under`.
        unsafe { self.ptr.in_table() }
    }

    /// The same, to be written to. What is taken out of it is retired under `guard`, which
    /// is younger than what was found: it protects nothing.
    #[inline]
    pub(crate) fn retiring<'r>(self, guard: &'r Guard) -> Slot<'r, K, V>
    where
        'g: 'r,
    {
        let Self { ptr, count, .. } = self;
        Slot { ptr, count, guard }
    }
}

/// Entries that are ours to free: all those of a map that is no more. Dropped, they go on after one
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

/// What an entry that is ours consisted of. Its memory goes when this does.
struct Parts<K, V> {
    /// Not dropped, nor moved, yet.
    key: *mut K,
    /// The value that was still in `p`: M3, it goes with its entry.
    value: Option<Place<V>>,
    _leaving: Leaving<K, V>,
}

impl<K, V> OwnedEntries<K, V> {
    fn next_parts(&mut self) -> Option<Parts<K, V>> {
        let entry = self.0.next()?;
        // SAFETY: the word of whoever called `new`.
        Some(unsafe { entry.parts() })
    }
}

impl<K, V> EntryPtr<K, V> {
    /// # Safety
    ///
    /// The entry is in no table, no guard that could reach it is left, and this is the
    /// only call.
    unsafe fn parts(self) -> Parts<K, V> {
        let Self(ptr) = self;
        // SAFETY: our caller's word.
        let entry = unsafe { ptr.as_ref() };
        let value = entry.owned_value().map(|value| entry.place(value));
        // A first value that is not in `p` any more was retired by itself.
        let last = matches!(value, Some(Place::InEntry(_))) || !WithFirst::<K, V>::USED;
        // SAFETY: as above.
        let key = unsafe { &raw mut (*ptr.as_ptr()).key };
        Parts {
            key: key.cast(),
            value,
            _leaving: Leaving { entry: ptr, last },
        }
    }

    /// Frees the entry in a deferred function, where a panic of the key's destructor
    /// must not cost the value, nor the process if that panics too.
    ///
    /// # Safety
    ///
    /// The entry is in no table, no guard that could reach it is left, and nobody else
    /// frees it.
    pub(crate) unsafe fn free_for_strangers(self) {
        // SAFETY: our caller's word.
        let parts = unsafe { self.parts() };
        // SAFETY: dropped once, here.
        contain_panic(|| unsafe { parts.key.drop_in_place() });
        if let Some(value) = parts.value {
            // SAFETY: as above.
            contain_panic(|| unsafe { value.free() });
        }
    }
}

impl<K, V> Iterator for OwnedEntries<K, V> {
    /// The key, and the value if the entry still held one.
    type Item = (K, Option<V>);

    fn next(&mut self) -> Option<Self::Item> {
        let Parts {
            key,
            value,
            _leaving,
        } = self.next_parts()?;
        // SAFETY: moved out once, here.
        let value = value.map(|value| unsafe { value.take() });
        // SAFETY: as above.
        Some((unsafe { key.read() }, value))
    }
}

impl<K, V> Drop for OwnedEntries<K, V> {
    fn drop(&mut self) {
        /// Drops a key and a value where they are, the value even if the key's
        /// destructor panics.
        struct Both<K, V>(Parts<K, V>);
        impl<K, V> Drop for Both<K, V> {
            fn drop(&mut self) {
                if let Some(value) = self.0.value.take() {
                    // SAFETY: dropped once, here.
                    unsafe { value.free() };
                }
            }
        }
        /// Goes on where a panicking destructor left off.
        struct Rest<'a, K, V>(&'a mut OwnedEntries<K, V>);
        impl<K, V> Rest<'_, K, V> {
            fn free_all(&mut self) {
                while let Some(parts) = self.0.next_parts() {
                    let both = Both(parts);
                    // SAFETY: dropped once, here.
                    unsafe { both.0.key.drop_in_place() };
                }
            }
        }
        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                self.free_all();
            }
        }
        Rest(self).free_all();
    }
}
