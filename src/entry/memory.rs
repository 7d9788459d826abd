//! What an entry's memory consists of, and who frees which part of it.

use super::Entry;
use crate::reclaim::{Guard, Length, allocate, give_back, retire};
use crate::sync::Ordering;
use std::cell::UnsafeCell;
use std::mem::{MaybeUninit, needs_drop, offset_of};
use std::ptr::{self, NonNull};

/// A value on its own in memory. Aligned to 2 at the least, so that no address
/// of one, not even of a zero-sized one, is null or [`expunged`](super::expunged).
#[repr(C, align(2))]
pub(super) struct Boxed<V>(V);

impl<V> Boxed<V> {
    /// The block it stands in. None: it has a box of its own.
    const BLOCK: Option<Length> = Length::of::<Self>();

    pub(super) fn into_raw(value: V) -> *mut V {
        let boxed = match Self::BLOCK {
            None => Box::into_raw(Box::new(Self(value))),
            Some(length) => {
                let boxed = allocate(length).cast::<Self>();
                // SAFETY: the block is long enough, aligned, and ours.
                unsafe { boxed.write(Self(value)) };
                boxed.as_ptr()
            }
        };
        boxed.cast()
    }

    /// # Safety
    ///
    /// `value` came from [`into_raw`](Self::into_raw), nobody else can reach it,
    /// and it is neither taken nor freed elsewhere.
    pub(super) unsafe fn from_raw(value: *mut V) -> V {
        let boxed = value.cast::<Self>();
        let Some(length) = Self::BLOCK else {
            // SAFETY: our caller's word; a `Boxed` begins with its value.
            return unsafe { Box::from_raw(boxed) }.0;
        };
        // SAFETY: our caller's word.
        let value = unsafe { boxed.read() }.0;
        // SAFETY: it is not null.
        let block = unsafe { NonNull::new_unchecked(boxed) }.cast();
        // SAFETY: our caller's word.
        unsafe { give_back(block, length) };
        value
    }

    /// Drops the value where it is: it may be larger than a stranger's stack.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw).
    pub(super) unsafe fn free(value: *mut V) {
        let boxed = value.cast::<Self>();
        let Some(length) = Self::BLOCK else {
            // SAFETY: our caller's word.
            drop(unsafe { Box::from_raw(boxed) });
            return;
        };
        // There is no destructor to run.
        //
        // SAFETY: it is not null.
        let block = unsafe { NonNull::new_unchecked(boxed) }.cast();
        // SAFETY: our caller's word.
        unsafe { give_back(block, length) };
    }

    /// Frees a value once no guard that is alive now is left.
    ///
    /// # Safety
    ///
    /// As for [`from_raw`](Self::from_raw), as from then on; and a `V` may be
    /// dropped on another thread, later.
    unsafe fn retire(value: NonNull<V>, guard: &Guard) {
        if let Some(length) = Self::BLOCK {
            // SAFETY: our caller's word.
            unsafe { retire(value.cast(), length, guard) };
        } else {
            // SAFETY: our caller's word.
            let free = move || unsafe { Self::free(value.as_ptr()) };
            // SAFETY: our caller's word.
            unsafe { defer::<V>(guard, free) };
        }
    }
}

/// Frees one value by a call of `free`, once no guard that is alive now is left.
///
/// # Safety
///
/// It may be dropped on another thread, later, and `free` frees nothing else of the
/// user's.
unsafe fn defer<V>(guard: &Guard, free: impl FnOnce()) {
    let bytes = size_of::<V>();
    if needs_drop::<V>() {
        // SAFETY: our caller's word.
        unsafe { guard.defer_drop(1, bytes, free) };
    } else {
        // SAFETY: our caller's word; there is no destructor to run.
        unsafe { guard.defer_free(1, bytes, free) };
    }
}

/// An entry with its first value in the same allocation, next to `p`, which
/// spares a look-up one cache line.
///
/// The memory has two owners: the entry, and its first value, which may be
/// overwritten and freed long before. Both are freed by deferred functions, in
/// any order: the second of them frees the memory.
#[repr(C)]
pub(super) struct WithFirst<K, V> {
    entry: Entry<K, V>,
    first: UnsafeCell<MaybeUninit<V>>,
}

/// Bytes, and alignment, of a value that may stand in its entry. Larger ones are boxed from the
/// start: once it is overwritten, a first value's place stays unused for as long
/// as the entry lives.
const FIRST_AT_MOST: usize = 64;

/// The bit of the hash in which the owners of an entry's memory tell each other
/// that one of them is gone. hashbrown takes the bits above it and those at the
/// other end.
pub(super) const ONE_OWNER_LEFT: usize = 1 << (usize::BITS - 8);

/// The part of a hash that tables and entries use.
#[inline]
pub(crate) fn usable(hash: u64) -> usize {
    // Cut off where a word has fewer bits: hashbrown looks at no more. Where it
    // has 64, no table is so large that the one bit would count.
    let unused = if usize::BITS < 64 { ONE_OWNER_LEFT } else { 0 };
    hash as usize & !unused
}

impl<K, V> WithFirst<K, V> {
    /// Whether values of this type stand in their entries.
    pub(super) const USED: bool =
        size_of::<V>() <= FIRST_AT_MOST && align_of::<V>() <= FIRST_AT_MOST;

    /// Whether this value of the entry is its first, in place. A value on its own
    /// cannot have that address: the memory is the entry's, or, if a value takes no
    /// room and so the address is the entry's end, a boxed one has no memory at all.
    pub(super) fn is_first(entry: &Entry<K, V>, value: NonNull<V>) -> bool {
        let first = ptr::from_ref(entry).addr() + offset_of!(Self, first);
        Self::USED && value.addr().get() == first
    }

    /// # Safety
    ///
    /// `entry` was made by [`EntryPtr::allocate`](super::EntryPtr::allocate), `USED` holds, and its memory
    /// has not been freed.
    pub(super) unsafe fn first(entry: NonNull<Entry<K, V>>) -> *mut V {
        let whole = entry.cast::<Self>().as_ptr();
        // SAFETY: our caller's word.
        let first = unsafe { &raw const (*whole).first };
        UnsafeCell::raw_get(first).cast()
    }

    /// The entry whose first value this is.
    ///
    /// # Safety
    ///
    /// It is the first value of an entry, in place.
    unsafe fn entry(first: NonNull<V>) -> NonNull<Entry<K, V>> {
        // SAFETY: our caller's word: it lies at that distance in one allocation.
        unsafe { first.byte_sub(offset_of!(Self, first)) }.cast()
    }
}

/// One owner of an entry's memory, on its way out, even if a destructor panics.
pub(super) struct Leaving<K, V> {
    pub(super) entry: NonNull<Entry<K, V>>,
    /// Whether it is known to be the last.
    pub(super) last: bool,
}

impl<K, V> Drop for Leaving<K, V> {
    fn drop(&mut self) {
        // The fields alone: the other owner may be dropping the rest.
        //
        // SAFETY: an owner has not left yet, so the memory is there.
        let hash = unsafe { &(*self.entry.as_ptr()).hash };
        // SAFETY: as above.
        let watch = unsafe { &(*self.entry.as_ptr()).watch };
        watch.used();
        // ORDERING: AcqRel, pairs with itself, in the other owner: what that did
        // to its part of the memory comes before the memory is freed.
        if !self.last && hash.fetch_or(ONE_OWNER_LEFT, Ordering::AcqRel) & ONE_OWNER_LEFT == 0 {
            return;
        }
        watch.freed();
        // Frees the memory alone: the key and the value have been dropped.
        if WithFirst::<K, V>::USED {
            // SAFETY: the last owner; `allocate` made it with such a box.
            drop(unsafe { Box::from_raw(self.entry.cast::<WithFirst<K, V>>().as_ptr()) });
        } else {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(self.entry.as_ptr()) });
        }
    }
}

/// Where a value stands.
pub(super) enum Place<V> {
    /// In its entry, as its first.
    InEntry(NonNull<V>),
    /// On its own.
    Boxed(NonNull<V>),
}

impl<V> Place<V> {
    /// Drops the value, and frees its memory if that is its own.
    ///
    /// # Safety
    ///
    /// It is ours, and this is the only call.
    pub(super) unsafe fn free(self) {
        match self {
            // SAFETY: our caller's word.
            Self::InEntry(value) => unsafe { value.drop_in_place() },
            // SAFETY: our caller's word.
            Self::Boxed(value) => unsafe { Boxed::free(value.as_ptr()) },
        }
    }

    /// Frees the value once no guard that is alive now is left. Runs nothing of the
    /// user's.
    ///
    /// # Safety
    ///
    /// M3: it was taken out of an entry for keys `K`, and this is the only call. It may be
    /// dropped on another thread, later: whatever put it in demanded `V: Send + 'static`.
    pub(super) unsafe fn retire<K>(self, guard: &Guard) {
        match self {
            Self::InEntry(value) => {
                let free = move || {
                    // SAFETY: it is a first value, and its entry's memory waits
                    // for it.
                    let entry = unsafe { WithFirst::<K, V>::entry(value) };
                    let _leaving = Leaving { entry, last: false };
                    // SAFETY: M3: dropped once, and when no guard is left that
                    // could see it.
                    unsafe { value.drop_in_place() };
                };
                // SAFETY: our caller's word.
                unsafe { defer::<V>(guard, free) };
            }
            // SAFETY: our caller's word.
            Self::Boxed(value) => unsafe { Boxed::retire(value, guard) },
        }
    }

    /// Moves the value out, and frees its memory if that is its own.
    ///
    /// # Safety
    ///
    /// As for [`free`](Self::free).
    pub(super) unsafe fn take(self) -> V {
        match self {
            // SAFETY: our caller's word.
            Self::InEntry(value) => unsafe { value.read() },
            // SAFETY: our caller's word.
            Self::Boxed(value) => unsafe { Boxed::from_raw(value.as_ptr()) },
        }
    }
}
