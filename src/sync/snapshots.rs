//! An `ArcSwap` whose replaced snapshots go to the epoch.
//!
//! The `ArcSwap` is the one source of truth for what is current; the epoch says
//! how long what it replaced stays allocated. A snapshot read here is therefore
//! good for as long as the guard it was read under, and its `Arc` can be let go
//! at once.

use super::chosen::{ArcSwapOption, Guard};
use std::mem::ManuallyDrop;
use std::sync::Arc;

/// The published snapshot, or none.
pub(crate) struct Snapshots<T>(ArcSwapOption<T>);

impl<T> Snapshots<T> {
    /// Nothing published.
    pub(crate) const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    /// The current snapshot.
    #[inline]
    pub(crate) fn load<'g>(&'g self, _guard: &'g Guard) -> Option<&'g T> {
        let current = self.0.load();
        let snapshot: *const T = Arc::as_ptr(current.as_ref()?);
        // SAFETY: M1, M5: it was current after `_guard` was pinned, so it is
        // retired, if ever, after that, and freed after `_guard` has gone:
        // `Replaced` never drops in place.
        Some(unsafe { &*snapshot })
    }

    /// Replaces the current snapshot. The caller retires what it replaced, after
    /// the unlock.
    pub(crate) fn publish(&self, new: Option<T>) -> Replaced<T> {
        Replaced(self.0.swap(new.map(Arc::new)).map(ManuallyDrop::new))
    }

    /// The current snapshot, of a map that is borrowed exclusively.
    pub(crate) fn get_mut(&mut self) -> Option<&T> {
        let current = self.0.load();
        let snapshot: *const T = Arc::as_ptr(current.as_ref()?);
        // SAFETY: `&mut self`: nobody replaces it while the result lives.
        Some(unsafe { &*snapshot })
    }

    /// Takes the current snapshot out, of a map that is borrowed exclusively, so
    /// that no reader is left who could be looking into it.
    pub(crate) fn take(&mut self) -> Option<Arc<T>> {
        self.0.swap(None)
    }
}

/// The `ArcSwap`'s own reference to a snapshot it no longer publishes. Dropped
/// without [`retire`](Self::retire) it leaks rather than being freed under a
/// reader.
#[must_use = "a replaced snapshot has to be retired"]
pub(crate) struct Replaced<T>(Option<ManuallyDrop<Arc<T>>>);

impl<T> Replaced<T> {
    /// Nothing was replaced.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Drops the reference once no guard that is alive now is left. `weight`
    /// says for how many retired objects it counts.
    ///
    /// # Safety
    ///
    /// Dropping a `T` on another thread, later, must be sound.
    pub(crate) unsafe fn retire(self, weight: impl FnOnce(&T) -> usize, guard: &Guard) {
        if let Some(snapshot) = self.0 {
            let weight = weight(&snapshot);
            // SAFETY: M5; that it may run later and elsewhere is our caller's
            // word.
            unsafe { guard.defer(weight, move || drop(ManuallyDrop::into_inner(snapshot))) };
        }
    }
}
