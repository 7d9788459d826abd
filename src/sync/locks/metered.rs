//! parking_lot's locks, which measure how long threads wait for them, for the feature
//! `lock-stats`.
//!
//! A thread tries the lock first. If that succeeds, the thread reads no clock. If it
//! fails, the thread measures how long it waits. It books the acquisition and the wait
//! while it holds the lock.

use super::readings::{Readings, power_of};
use crate::sync::real::locks as real;
use crate::sync::real::locks::{MutexGuard, ReadGuard, WriteGuard};
use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A lock and its meter. The word that every acquisition writes to stands next to
/// the lock's own, which every acquisition writes to anyway.
#[repr(C)]
pub(crate) struct Metered<L> {
    acquisitions: AtomicU64,
    lock: L,
    waits: Waits,
}

pub(crate) type Mutex<T> = Metered<real::Mutex<T>>;
pub(crate) type RwLock<T> = Metered<real::RwLock<T>>;

/// The waits for one lock.
struct Waits {
    nanos: AtomicU64,
    longest: AtomicU64,
    /// How many took from 2ⁱ nanoseconds to twice that, for each i.
    times: [AtomicU64; 64],
}

impl Waits {
    const fn none() -> Self {
        Self {
            nanos: AtomicU64::new(0),
            longest: AtomicU64::new(0),
            times: [const { AtomicU64::new(0) }; 64],
        }
    }

    #[cold]
    fn book(&self, since: Instant) {
        let nanos = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // ORDERING: Relaxed: counts, which publish nothing.
        self.times[power_of(nanos)].fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
    }
}

impl<L> Metered<L> {
    const fn around(lock: L) -> Self {
        Self {
            acquisitions: AtomicU64::new(0),
            lock,
            waits: Waits::none(),
        }
    }

    /// Tries, then waits.
    #[inline]
    fn acquire<'l, G>(
        &'l self,
        at_once: impl FnOnce(&'l L) -> Option<G>,
        wait: impl FnOnce(&'l L) -> G,
    ) -> G {
        at_once(&self.lock).unwrap_or_else(|| self.wait(wait))
    }

    #[cold]
    fn wait<'l, G>(&'l self, wait: impl FnOnce(&'l L) -> G) -> G {
        let since = Instant::now();
        let guard = wait(&self.lock);
        self.waits.book(since);
        guard
    }

    /// Counts an acquisition by a thread that holds the lock alone. No other thread counts
    /// before the unlock, and the next one sees this count. So a load and a store are
    /// enough.
    #[inline]
    fn count_alone(&self) {
        // ORDERING: Relaxed: a count, which publishes nothing.
        let before = self.acquisitions.load(Ordering::Relaxed);
        self.acquisitions.store(before + 1, Ordering::Relaxed);
    }

    /// Counts an acquisition by a thread that shares the lock with others.
    #[inline]
    fn count_together(&self) {
        // ORDERING: Relaxed: a count, which publishes nothing.
        self.acquisitions.fetch_add(1, Ordering::Relaxed);
    }

    /// What was measured so far. Takes no lock.
    pub(crate) fn readings(&self) -> Readings {
        // ORDERING: Relaxed: counts, which publish nothing.
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Readings {
            acquisitions: read(&self.acquisitions),
            waited: read(&self.waits.nanos),
            longest: read(&self.waits.longest),
            times: array::from_fn(|power| read(&self.waits.times[power])),
        }
    }
}

impl<T> Mutex<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self::around(real::Mutex::new(data))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let guard = self.acquire(real::Mutex::try_lock, real::Mutex::lock);
        self.count_alone();
        guard
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }
}

impl<T> RwLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self::around(real::RwLock::new(data))
    }

    #[inline]
    pub(crate) fn read(&self) -> ReadGuard<'_, T> {
        let guard = self.acquire(real::RwLock::try_read, real::RwLock::read);
        self.count_together();
        guard
    }

    #[inline]
    pub(crate) fn write(&self) -> WriteGuard<'_, T> {
        let guard = self.acquire(real::RwLock::try_write, real::RwLock::write);
        self.count_alone();
        guard
    }

    /// A try that fails is not counted: the thread does not wait.
    pub(crate) fn try_write(&self) -> Option<WriteGuard<'_, T>> {
        let guard = self.lock.try_write()?;
        self.count_alone();
        Some(guard)
    }
}

/// Locks without counting in the meter, for a look at what the meter has measured.
pub(crate) fn lock_unmetered<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock.lock()
}

/// The same, for reading.
#[cfg(feature = "metrics")]
pub(crate) fn read_unmetered<T>(lock: &RwLock<T>) -> ReadGuard<'_, T> {
    lock.lock.read()
}
