//! parking_lot's locks. Each thread counts the locks that it holds: while it holds one, it
//! runs no destructor (rule M7, `reclaim/collect.rs`).

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

thread_local! {
    /// How many locks of the crate this thread holds. A cell without a destructor, which
    /// outlives every thread-local that may use a map while it is being destroyed.
    static LOCKS: Cell<usize> = const { Cell::new(0) };
}

// `try_with` fails only on platforms that destroy even a cell without a destructor.

/// Whether this thread holds a lock of the crate.
pub(crate) fn holds_a_lock() -> bool {
    LOCKS.try_with(Cell::get).is_ok_and(|locks| locks > 0)
}

/// A lock of the crate that this thread holds.
struct Holding;

impl Holding {
    #[inline]
    fn one_more() -> Self {
        let _ = LOCKS.try_with(|locks| locks.set(locks.get() + 1));
        Self
    }
}

impl Drop for Holding {
    #[inline]
    fn drop(&mut self) {
        let _ = LOCKS.try_with(|locks| locks.set(locks.get() - 1));
    }
}

/// A lock that is held, by its guard `G`.
pub(crate) struct Held<G> {
    // First: it is dropped first, and so the unlock comes before the count goes down.
    guard: G,
    _holding: Holding,
}

impl<G> Held<G> {
    #[inline]
    fn new(guard: G) -> Self {
        Self {
            guard,
            _holding: Holding::one_more(),
        }
    }
}

impl<G: Deref> Deref for Held<G> {
    type Target = G::Target;

    #[inline]
    fn deref(&self) -> &G::Target {
        &self.guard
    }
}

impl<G: DerefMut> DerefMut for Held<G> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.guard
    }
}

/// The mutex, held.
pub(crate) type MutexGuard<'l, T> = Held<parking_lot::MutexGuard<'l, T>>;

/// The lock, held for reading.
pub(crate) type ReadGuard<'l, T> = Held<parking_lot::RwLockReadGuard<'l, T>>;

/// The lock, held for writing.
pub(crate) type WriteGuard<'l, T> = Held<parking_lot::RwLockWriteGuard<'l, T>>;

/// parking_lot's mutex.
pub(crate) struct Mutex<T>(parking_lot::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self(parking_lot::Mutex::new(data))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        Held::new(self.0.lock())
    }

    #[inline]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().map(Held::new)
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// parking_lot's lock for many readers or one writer.
pub(crate) struct RwLock<T>(parking_lot::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self(parking_lot::RwLock::new(data))
    }

    #[inline]
    pub(crate) fn read(&self) -> ReadGuard<'_, T> {
        Held::new(self.0.read())
    }

    #[inline]
    pub(crate) fn write(&self) -> WriteGuard<'_, T> {
        Held::new(self.0.write())
    }

    #[cfg(all(feature = "lock-stats", not(counted)))]
    #[inline]
    pub(crate) fn try_read(&self) -> Option<ReadGuard<'_, T>> {
        self.0.try_read().map(Held::new)
    }

    #[inline]
    pub(crate) fn try_write(&self) -> Option<WriteGuard<'_, T>> {
        self.0.try_write().map(Held::new)
    }
}

/// Lets no thread pass until it is opened, once. To hold it closed is not to hold a lock:
/// the thread that will open it may run destructors.
pub(crate) struct Gate {
    is_open: parking_lot::Mutex<bool>,
    opened: parking_lot::Condvar,
}

impl Gate {
    /// A closed one.
    pub(crate) fn new() -> Self {
        Self {
            is_open: parking_lot::Mutex::new(false),
            opened: parking_lot::Condvar::new(),
        }
    }

    pub(crate) fn open(&self) {
        *self.is_open.lock() = true;
        self.opened.notify_all();
    }

    /// Waits until it is open.
    pub(crate) fn pass(&self) {
        let mut is_open = self.is_open.lock();
        while !*is_open {
            self.opened.wait(&mut is_open);
        }
    }
}

/// A thread, as long as it is alive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadKey(usize);

/// The calling thread.
pub(crate) fn this_thread() -> ThreadKey {
    thread_local! {
        /// Its address is the key: no other thread has it meanwhile. A cell without a
        /// destructor, as above.
        static KEY: Cell<u8> = const { Cell::new(0) };
    }
    ThreadKey(
        KEY.try_with(|key| std::ptr::from_ref(key).addr())
            .unwrap_or(0),
    )
}
