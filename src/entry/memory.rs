//! The memory of an entry and its values: what it consists of, and who frees which part.

use super::state::{Entry, ONE_OWNER_LEFT};
use crate::reclaim::{Guard, Length, allocate, give_back, retire};
use crate::sync::{Ordering, story};
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{MaybeUninit, needs_drop, offset_of};
use std::ptr::{self, NonNull};

/// A value in an allocation of its own. Aligned to 2 at the least: so no address of one,
/// not even of a zero-sized one, is null or [`expunged`](super::state::expunged).
#[repr(C, align(2))]
pub(super) struct Boxed<V>(V);

impl<V> Boxed<V> {
    /// The length of the block that it is stored in. None: it has a box of its own.
    const BLOCK: Option<Length> = Length::of::<Self>();

    pub(super) fn into_raw(value: V) -> *mut V {
        let boxed = match Self::BLOCK {
            None => Box::into_raw(Box::new(Self(value))),
            Some(length) => {
                let boxed = allocate(length).cast::<Self>();
                // SAFETY: the block is long enough, aligned, and ours alone.
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
            // SAFETY: the caller says that `value` came from `into_raw` and is ours alone. A
            // `Boxed` begins with its value.
            return unsafe { Box::from_raw(boxed) }.0;
        };
        // SAFETY: the caller says that `value` came from `into_raw`, and is taken once.
        let value = unsafe { boxed.read() }.0;
        // SAFETY: `into_raw` gives no null.
        let block = unsafe { NonNull::new_unchecked(boxed) }.cast();
        // SAFETY: `into_raw` allocated the block with this length. Nobody else can reach it.
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
            // SAFETY: as in `from_raw`.
            drop(unsafe { Box::from_raw(boxed) });
            return;
        };
        // A value in a block has no destructor.
        //
        // SAFETY: `into_raw` gives no null.
        let block = unsafe { NonNull::new_unchecked(boxed) }.cast();
        // SAFETY: as in `from_raw`.
        unsafe { give_back(block, length) };
    }

    /// Frees a value once no guard that is alive now is left.
    ///
    /// # Safety
    ///
    /// From then on, as for [`from_raw`](Self::from_raw). And a `V` may be dropped on
    /// another thread, later.
    unsafe fn retire(value: NonNull<V>, guard: &Guard) {
        if let Some(length) = Self::BLOCK {
            // SAFETY: M3: `into_raw` allocated the block with this length, and the caller says
            // that it is retired once.
            unsafe { retire(value.cast(), length, guard) };
        } else {
            // SAFETY: M3: retired once, and called when no guard is left that could see it.
            let free = move || unsafe { Self::free(value.as_ptr()) };
            // SAFETY: the caller says that a `V` may be dropped on another thread, later.
            unsafe { defer::<V>(guard, free) };
        }
    }
}

/// Frees one value by a call of `free`, once no guard that is alive now is left.
///
/// # Safety
///
/// The value may be dropped on another thread, later. `free` frees nothing else of the
/// user's.
unsafe fn defer<V>(guard: &Guard, free: impl FnOnce()) {
    let bytes = size_of::<V>();
    if needs_drop::<V>() {
        // SAFETY: the caller says that `free` may run on another thread, later.
        unsafe { guard.defer_drop(1, bytes, free) };
    } else {
        // SAFETY: as above, and `free` runs no destructor.
        unsafe { guard.defer_free(1, bytes, free) };
    }
}

/// An entry with its first value in the same allocation, next to `p`. That spares a
/// look-up one cache line.
///
/// The memory has two owners: the entry, and its first value. The first value may be
/// overwritten and freed long before the entry. Deferred functions free both, in any
/// order: the second one frees the memory.
#[repr(C)]
pub(super) struct WithFirst<K, V> {
    entry: Entry<K, V>,
    first: UnsafeCell<MaybeUninit<V>>,
}

/// The largest size, and alignment, of a value that is stored in its entry. A larger one is
/// boxed from the start: once a first value is overwritten, its room stays unused as long
/// as the entry lives.
const FIRST_AT_MOST: usize = 64;

impl<K, V> WithFirst<K, V> {
    /// Whether the first values of this type are stored in their entries.
    pub(super) const USED: bool =
        size_of::<V>() <= FIRST_AT_MOST && align_of::<V>() <= FIRST_AT_MOST;

    /// Whether this value of the entry is its first, in place. A boxed value cannot have
    /// that address: the memory is the entry's. If a value takes no room, the address is the
    /// end of the entry, and a boxed value has no memory at all.
    pub(super) fn is_first(entry: &Entry<K, V>, value: NonNull<V>) -> bool {
        let first = ptr::from_ref(entry).addr() + offset_of!(Self, first);
        Self::USED && value.addr().get() == first
    }

    /// # Safety
    ///
    /// `entry` was made by [`EntryPtr::allocate`](super::EntryPtr::allocate), `USED` holds,
    /// and the memory has not been freed.
    pub(super) unsafe fn first(entry: NonNull<Entry<K, V>>) -> *mut V {
        let whole = entry.cast::<Self>().as_ptr();
        // SAFETY: the caller says that this is a `WithFirst`, and allocated.
        let first = unsafe { &raw const (*whole).first };
        UnsafeCell::raw_get(first).cast()
    }

    /// The entry whose first value this is.
    ///
    /// # Safety
    ///
    /// It is the first value of an entry, in place.
    unsafe fn entry(first: NonNull<V>) -> NonNull<Entry<K, V>> {
        // SAFETY: the caller says that it is a first value. So it lies at that distance from
        // the entry, in one allocation.
        unsafe { first.byte_sub(offset_of!(Self, first)) }.cast()
    }
}

/// One owner of an entry's memory. Its drop gives the ownership up, also if a destructor
/// panics.
pub(super) struct Leaving<K, V> {
    pub(super) entry: NonNull<Entry<K, V>>,
    /// Whether it is known to be the last owner.
    pub(super) last: bool,
}

impl<K, V> Drop for Leaving<K, V> {
    fn drop(&mut self) {
        // References to single fields: the other owner may be dropping the rest.
        //
        // SAFETY: this owner has not left yet, so the memory is there.
        let hash = unsafe { &(*self.entry.as_ptr()).hash };
        // SAFETY: this owner has not left yet, so the memory is there.
        let watch = unsafe { &(*self.entry.as_ptr()).watch };
        watch.used();
        // ORDERING: AcqRel, pairs with itself, in the other owner: what the other owner did
        // to its part of the memory comes before the memory is freed.
        if !self.last && hash.fetch_or(ONE_OWNER_LEFT, Ordering::AcqRel) & ONE_OWNER_LEFT == 0 {
            return;
        }
        watch.freed();
        // Frees the memory alone: key and value are in wrappers that drop nothing.
        if WithFirst::<K, V>::USED {
            // SAFETY: the last owner. `allocate` made the entry as a box of this type.
            drop(unsafe { Box::from_raw(self.entry.cast::<WithFirst<K, V>>().as_ptr()) });
        } else {
            // SAFETY: the last owner. `allocate` made the entry as a box of this type.
            drop(unsafe { Box::from_raw(self.entry.as_ptr()) });
        }
    }
}

/// Where a value is stored.
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
    /// The value is ours, and this is the only call.
    pub(super) unsafe fn free(self) {
        match self {
            // SAFETY: the caller says that the value is ours. Dropped once, here.
            Self::InEntry(value) => unsafe { value.drop_in_place() },
            // SAFETY: the caller says that the value is ours. Freed once, here.
            Self::Boxed(value) => unsafe { Boxed::free(value.as_ptr()) },
        }
    }

    /// Frees the value once no guard that is alive now is left. Runs nothing of the
    /// user's.
    ///
    /// # Safety
    ///
    /// M3: the value was taken out of an entry for keys `K`, and this is the only call. It
    /// may be dropped on another thread, later: whatever put it in demanded
    /// `V: Send + 'static`.
    pub(super) unsafe fn retire<K>(self, guard: &Guard) {
        let (Self::InEntry(value) | Self::Boxed(value)) = self;
        story::retires(value.as_ptr());
        match self {
            Self::InEntry(value) => {
                let free = move || {
                    // SAFETY: it is a first value, and the memory is not freed before this
                    // owner has left.
                    let entry = unsafe { WithFirst::<K, V>::entry(value) };
                    let _leaving = Leaving { entry, last: false };
                    // SAFETY: M3: dropped once, and when no guard is left that
                    // could see it.
                    unsafe { value.drop_in_place() };
                };
                // SAFETY: the caller says that the value may be dropped on another thread.
                unsafe { defer::<V>(guard, free) };
            }
            // SAFETY: M3: the caller took the value out, and retires it once. It may be
            // dropped on another thread.
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
            // SAFETY: the caller says that the value is ours. Moved out once, here.
            Self::InEntry(value) => unsafe { value.read() },
            // SAFETY: the caller says that the value is ours. Moved out once, here.
            Self::Boxed(value) => unsafe { Boxed::from_raw(value.as_ptr()) },
        }
    }
}

/// A value that was taken out of an entry for keys `K`, and was not retired. Other threads
/// may still read it, under guards that were alive when it was taken out. If it is dropped
/// without [`retire`](Self::retire) or [`take`](Self::take), it leaks.
#[must_use = "a value that was taken out has to be retired"]
pub(crate) struct Unretired<K, V> {
    place: Place<V>,
    /// Its memory may be that of an entry.
    _entry: PhantomData<NonNull<Entry<K, V>>>,
}

impl<K, V> Unretired<K, V> {
    /// M3: the caller has taken the value out, by one CAS or swap.
    pub(super) fn new(place: Place<V>) -> Self {
        Self {
            place,
            _entry: PhantomData,
        }
    }

    fn address(&self) -> NonNull<V> {
        let (Place::InEntry(value) | Place::Boxed(value)) = self.place;
        value
    }

    /// The value. Other threads may read it, too.
    pub(crate) fn value(&self) -> &V {
        // SAFETY: M3, M10: it is owned by `self`, so it is neither freed nor moved.
        unsafe { self.address().as_ref() }
    }

    /// Frees the value once no guard that is alive now is left.
    ///
    /// # Safety
    ///
    /// It may be dropped on another thread, later: whatever put it in demanded
    /// `V: Send + 'static`.
    pub(crate) unsafe fn retire(self, guard: &Guard) {
        // SAFETY: M3: taken out, and retired once, as `self` is consumed. The caller says that
        // it may be dropped on another thread.
        unsafe { self.place.retire::<K>(guard) };
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// M10: no guard is left that was alive when the value was taken out.
    pub(crate) unsafe fn take(self) -> V {
        // Its memory is given up after the value was moved.
        let _leaving = match self.place {
            Place::InEntry(value) => {
                // SAFETY: it is a first value, and this owner of the memory has not left yet.
                let entry = unsafe { WithFirst::<K, V>::entry(value) };
                Some(Leaving { entry, last: false })
            }
            Place::Boxed(_) => None,
        };
        // SAFETY: M10: nobody else can reach it. Moved out once, as `self` is consumed.
        unsafe { self.place.take() }
    }
}

impl<K, V> Entry<K, V> {
    /// Where a value is stored that is, or was, in `p`.
    pub(super) fn place(&self, value: NonNull<V>) -> Place<V> {
        if WithFirst::is_first(self, value) {
            Place::InEntry(value)
        } else {
            Place::Boxed(value)
        }
    }
}
