//! What is counted, and for how much an operation of another crate counts.

use std::cell::Cell;

/// What one thread has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Loads of cache lines that other threads use too.
    pub shared_loads: u64,
    /// Read-modify-writes of cache lines that other threads use too.
    pub shared_rmws: u64,
    /// Loads of cache lines that this thread alone writes in a read.
    pub own_loads: u64,
    /// Stores to cache lines that this thread alone writes in a read.
    pub own_stores: u64,
    /// Read-modify-writes of cache lines that this thread alone writes in a read.
    pub own_rmws: u64,
    /// Acquisitions of a mutex.
    pub locks: u64,
}

impl Counts {
    const NONE: Self = Self {
        shared_loads: 0,
        shared_rmws: 0,
        own_loads: 0,
        own_stores: 0,
        own_rmws: 0,
        locks: 0,
    };

    pub(super) const SHARED_LOAD: Self = Self {
        shared_loads: 1,
        ..Self::NONE
    };

    pub(super) const SHARED_RMW: Self = Self {
        shared_rmws: 1,
        ..Self::NONE
    };

    pub(super) const fn plus(self, more: Self) -> Self {
        Self {
            shared_loads: self.shared_loads + more.shared_loads,
            shared_rmws: self.shared_rmws + more.shared_rmws,
            own_loads: self.own_loads + more.own_loads,
            own_stores: self.own_stores + more.own_stores,
            own_rmws: self.own_rmws + more.own_rmws,
            locks: self.locks + more.locks,
        }
    }

    /// Counts this for the current thread.
    pub(crate) fn book(self) {
        // `try_with` fails only on platforms that destroy even a cell without a destructor.
        let _ = COUNTS.try_with(|counts| counts.set(counts.get().plus(self)));
    }
}

/// crossbeam-epoch's outermost pin.
pub(crate) const PIN: Counts = Counts {
    shared_loads: 1,
    own_rmws: 1,
    ..Counts::NONE
};

/// A light pin: it loads the generation, and loads and stores this thread's stamp and
/// credit.
pub(crate) const LIGHT_PIN: Counts = Counts {
    shared_loads: 1,
    own_loads: 2,
    own_stores: 2,
    ..Counts::NONE
};

/// The end of an outermost pin of crossbeam-epoch, and of a light one.
pub(crate) const UNPIN: Counts = Counts {
    own_stores: 1,
    ..Counts::NONE
};

/// crossbeam-epoch's repin of the only guard, while the epoch stays.
pub(crate) const REPIN: Counts = Counts {
    shared_loads: 1,
    own_loads: 1,
    ..Counts::NONE
};

/// A fence. It takes as long as a read-modify-write of a cache line of the thread's own.
pub(crate) const FENCE: Counts = Counts {
    own_rmws: 1,
    ..Counts::NONE
};

/// parking_lot's lock and unlock.
pub(crate) const LOCK: Counts = Counts {
    shared_rmws: 2,
    locks: 1,
    ..Counts::NONE
};

/// parking_lot's lock and unlock of an `RwLock` for reading: the lock is a load and a
/// compare-and-swap.
pub(crate) const READ_LOCK: Counts = LOCK.plus(Counts::SHARED_LOAD);

/// arc-swap's load, and the drop of what it gave back.
pub(crate) const LOAD: Counts = Counts {
    shared_loads: 2,
    own_loads: 1,
    own_rmws: 2,
    ..Counts::NONE
};

/// arc-swap's visit to one thread's slots: it announces itself, looks whether the
/// thread needs help, tries a compare-and-swap on each of nine slots, and announces
/// that it has left.
///
/// Booked once. A swap visits every thread that has loaded from an `ArcSwap`, so
/// each further thread costs the same again.
const SWAP_PER_THREAD: Counts = Counts {
    shared_loads: 1,
    shared_rmws: 11,
    ..Counts::NONE
};

/// arc-swap's swap: the list of threads is loaded, and the pointer swapped.
pub(crate) const SWAP: Counts = Counts {
    shared_loads: 1,
    shared_rmws: 1,
    ..Counts::NONE
}
.plus(SWAP_PER_THREAD);

thread_local! {
    // A cell without a destructor, which outlives every thread-local that may use a map
    // while it is being destroyed.

    static COUNTS: Cell<Counts> = const { Cell::new(Counts::NONE) };
}

/// What the current thread has done so far.
pub fn counts() -> Counts {
    COUNTS.with(Cell::get)
}
