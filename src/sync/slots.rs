//! The snapshots that one thread read last, a few of them, each of another map.
//!
//! A slot owns a reference count, so the snapshot's state can be asked whether
//! it is still current, however long ago that was. Its table is not kept: the
//! epoch frees that when the snapshot has been replaced (rule M2).

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

/// How many maps a thread remembers at the least before two of them can get in
/// each other's way. A power of two.
const SETS: usize = 16;

/// Slots that a map may use.
const WAYS: usize = 2;

/// What one thread remembers.
pub(crate) struct Slots {
    sets: [[Slot; WAYS]; SETS],
    /// How often a slot was put to another use, or something came due.
    changes: Cell<usize>,
}

struct Slot {
    /// Whose snapshot it is: one key for each map, never used again. Zero: none.
    key: Cell<usize>,
    snapshot: Cell<Counted>,
}

/// An `Arc` whose type only the owner of its key knows.
#[derive(Clone, Copy)]
struct Counted {
    address: *const (),
    /// Gives the reference count back.
    release: unsafe fn(*const ()),
}

impl Counted {
    const NONE: Self = Self {
        address: ptr::null(),
        release: |_| {},
    };

    fn new<T>(snapshot: Arc<T>) -> Self {
        Self {
            address: Arc::into_raw(snapshot).cast(),
            // SAFETY: the count that `into_raw` left behind, given back once: by
            // `release` below.
            release: |address| unsafe { Arc::decrement_strong_count(address.cast::<T>()) },
        }
    }

    fn release(self) {
        // SAFETY: each is moved out of its slot before, and so released once.
        unsafe { (self.release)(self.address) };
    }
}

impl Slot {
    const fn empty() -> Self {
        Self {
            key: Cell::new(0),
            snapshot: Cell::new(Counted::NONE),
        }
    }
}

impl Slots {
    pub(crate) const fn new() -> Self {
        Self {
            sets: [const { [const { Slot::empty() }; WAYS] }; SETS],
            changes: Cell::new(0),
        }
    }

    #[inline]
    fn set(&self, key: usize) -> &[Slot; WAYS] {
        // The lowest bit of a key is the same for all.
        &self.sets[(key >> 1) % SETS]
    }

    /// How often a slot was put to another use, or something came due: what
    /// [`find`](Self::find) gave is good for as long as this stays the same.
    #[inline]
    pub(crate) fn changes(&self) -> usize {
        self.changes.get()
    }

    /// What `find` gave before is good no longer.
    pub(crate) fn change(&self) {
        self.changes.set(self.changes.get().wrapping_add(1));
    }

    /// What is remembered under `key`, or null.
    #[inline]
    pub(crate) fn find(&self, key: usize) -> *const () {
        let [first, second] = self.set(key);
        if first.key.get() == key {
            first.snapshot.get().address
        } else if second.key.get() == key {
            second.snapshot.get().address
        } else {
            ptr::null()
        }
    }

    /// Remembers `snapshot` under `key`, in the place of an older one of the same
    /// map, or of the map that has been in this set for longer.
    pub(crate) fn put<T>(&self, key: usize, snapshot: Arc<T>) {
        let [first, second] = self.set(key);
        let place = if second.key.get() == key {
            second
        } else {
            if first.key.get() != key {
                second.key.swap(&first.key);
                second.snapshot.swap(&first.snapshot);
            }
            first
        };
        place.key.set(key);
        self.change();
        place.snapshot.replace(Counted::new(snapshot)).release();
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for slot in self.sets.iter().flatten() {
            slot.snapshot.replace(Counted::NONE).release();
        }
    }
}
