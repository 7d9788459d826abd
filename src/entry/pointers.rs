//! Pointers to entries: as the tables hold them ([`EntryPtr`]), as an operation finds
//! them ([`Slot`](super::Slot)), and as whoever frees them owns them ([`OwnedEntries`]).

use super::memory::{Boxed, Leaving, Place, WithFirst};
use super::state::{Entry, Found, ONE_OWNER_LEFT};
use crate::prefetch::prefetch;
use crate::reclaim::{Guard, contain_panic};
use crate::sync::story::Line;
use crate::sync::{AtomicPtr, AtomicUsize, Ordering, Watch};
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
    /// How many bytes an entry has, together with its first value.
    pub(crate) const BYTES: usize = if WithFirst::<K, V>::USED {
        size_of::<WithFirst<K, V>>()
    } else {
        size_of::<Entry<K, V>>() + size_of::<V>()
    };

    /// A new entry that holds `value`, and the same as found under the guard. The caller
    /// inserts the entry in `dirty`.
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
            // SAFETY: `USED` holds, and the memory was just allocated as a `WithFirst`.
            let first = unsafe { WithFirst::<K, V>::first(ptr) };
            // SAFETY: the allocation has room for a value there, and is ours alone.
            unsafe { first.write(value) };
            // SAFETY: the allocation has room for an entry there, and is ours alone.
            unsafe { ptr.write(entry(first)) };
            (ptr, first)
        } else {
            let value = Boxed::into_raw(value);
            (NonNull::from(Box::leak(Box::new(entry(value)))), value)
        };
        // SAFETY: M3, M5: nobody frees the value before it was published, taken out again
        // and retired, and that comes after `_guard` was pinned.
        let value = unsafe { &*value };
        // SAFETY: M2, M5: nobody frees the entry before it was in a table, taken out again
        // and retired, and that comes after `_guard` was pinned.
        let entry = unsafe { Self(ptr).in_table() };
        (Self(ptr), Found { entry, value })
    }

    /// Prefetches the first and the last cache line of the entry, together with its first
    /// value.
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

    /// The entry, as it is in the table that it was found in.
    ///
    /// # Safety
    ///
    /// M2, M5: for all of `'t` a table that has the entry can be reached, or a guard is
    /// alive under which the entry was found.
    #[inline]
    pub(crate) unsafe fn in_table<'t>(self) -> &'t Entry<K, V> {
        // SAFETY: M2, M5: the caller says that the entry can be reached for all of `'t`.
        // Nothing that can be reached is freed.
        let entry = unsafe { self.0.as_ref() };
        entry.watch.used();
        entry
    }

    /// The key and the word, to be told to a model. A model does not count this as a use.
    ///
    /// # Safety
    ///
    /// As for [`in_table`](Self::in_table).
    pub(crate) unsafe fn told<'t>(self) -> Line<'t, K, V> {
        // SAFETY: M2, M5: as in `in_table`.
        let entry: &'t Entry<K, V> = unsafe { self.0.as_ref() };
        (entry.key(), &entry.p)
    }

    /// The key and, exclusively, the value, if the key is present.
    ///
    /// # Safety
    ///
    /// The entry is in a table of a map that is borrowed exclusively for all of `'m`, and
    /// this is the only reference that is made to its value.
    pub(crate) unsafe fn exclusively<'m>(self) -> Option<(&'m K, &'m mut V)> {
        // A shared reference, although the map is borrowed exclusively: another thread may
        // be freeing a first value that was overwritten. That writes to the entry's hash.
        //
        // SAFETY: M5: the entry is in a table of a map that lives for `'m`.
        let entry: &'m Entry<K, V> = unsafe { self.0.as_ref() };
        let value = entry.owned_value()?;
        // SAFETY: M3: `p` owns the value. The caller promised exclusive access to `p` for
        // `'m`, and makes no other reference to the value.
        Some((entry.key(), unsafe { &mut *value.as_ptr() }))
    }
}

impl<K, V> EntryPtr<K, V> {
    /// Takes the value out, if the key is present. The entry is nil then.
    ///
    /// # Safety
    ///
    /// As for [`exclusively`](Self::exclusively), but no reference to the value is left.
    pub(crate) unsafe fn take_exclusively(self) -> Option<V> {
        // SAFETY: M5: the entry is in a table of a map that is borrowed exclusively.
        let entry = unsafe { self.0.as_ref() };
        let place = entry.place(entry.owned_value()?);
        // ORDERING: Relaxed: nobody else can reach the word.
        entry.p.swap(std::ptr::null_mut(), Ordering::Relaxed);
        // A first value leaves its part of the memory to the entry.
        let _leaving = matches!(place, Place::InEntry(_)).then(|| Leaving {
            entry: self.0,
            last: false,
        });
        // SAFETY: M3: it has just left `p`. The caller says that nobody else can reach it.
        Some(unsafe { place.take() })
    }
}

/// Entries that are ours to free: all those of a map that nobody else can see. If a
/// destructor panics while they are dropped, the rest is dropped nevertheless, as in a
/// `Vec`. A second panic aborts the process.
pub(crate) struct OwnedEntries<K, V>(std::vec::IntoIter<EntryPtr<K, V>>);

impl<K, V> OwnedEntries<K, V> {
    /// # Safety
    ///
    /// From the first use of the result on: the entries are in no table, no guard is left
    /// that could reach one, and none of them is freed elsewhere.
    pub(crate) unsafe fn new(entries: Vec<EntryPtr<K, V>>) -> Self {
        Self(entries.into_iter())
    }

    /// How many of those that are left have a value. O(n).
    pub(crate) fn count_present(&self) -> usize {
        // SAFETY: whoever called `new` said that nobody else can free the entries.
        let is_present = |entry: &&EntryPtr<K, V>| unsafe { entry.0.as_ref() }.owned_value();
        let entries = self.0.as_slice().iter();
        entries.filter(|entry| is_present(entry).is_some()).count()
    }
}

/// The parts of an entry that is ours. Its memory is freed when this is dropped.
struct Parts<K, V> {
    /// Not dropped, nor moved, yet.
    key: *mut K,
    /// The value that was still in `p`. M3: it goes with its entry.
    value: Option<Place<V>>,
    _leaving: Leaving<K, V>,
}

impl<K, V> OwnedEntries<K, V> {
    fn next_parts(&mut self) -> Option<Parts<K, V>> {
        let entry = self.0.next()?;
        // SAFETY: whoever called `new` said that nobody else can reach or free the entry. The
        // iterator gives it out once.
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
        // SAFETY: the caller says that nobody has freed the entry.
        let entry = unsafe { ptr.as_ref() };
        let value = entry.owned_value().map(|value| entry.place(value));
        // A first value that is not in `p` any more was retired by itself, and is an owner of
        // its own.
        let last = matches!(value, Some(Place::InEntry(_))) || !WithFirst::<K, V>::USED;
        // SAFETY: the entry is allocated. No reference is made.
        let key = unsafe { &raw mut (*ptr.as_ptr()).key };
        Parts {
            key: key.cast(),
            value,
            _leaving: Leaving { entry: ptr, last },
        }
    }

    /// Frees the entry in a deferred function. If the destructor of the key panics, the
    /// value is dropped nevertheless. If that panics too, the process goes on.
    ///
    /// # Safety
    ///
    /// The entry is in no table, no guard is left that could reach it, and nobody else
    /// frees it.
    pub(crate) unsafe fn free_for_strangers(self) {
        // SAFETY: the caller says that nobody else can reach or free the entry.
        let parts = unsafe { self.parts() };
        // SAFETY: dropped once, here.
        contain_panic(|| unsafe { parts.key.drop_in_place() });
        if let Some(value) = parts.value {
            // SAFETY: M3: it went with its entry, and is freed once, here.
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
        // SAFETY: M3: it went with its entry, and is moved out once, here.
        let value = value.map(|value| unsafe { value.take() });
        // SAFETY: moved out once, here.
        Some((unsafe { key.read() }, value))
    }
}

impl<K, V> Drop for OwnedEntries<K, V> {
    fn drop(&mut self) {
        /// Drops the value where it is, also if the destructor of the key has panicked.
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
