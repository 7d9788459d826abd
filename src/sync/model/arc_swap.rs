//! arc-swap's cell, by its contract.

use super::atomics::AtomicPtr;
use super::turns::is_sequential;
use crate::sync::Ordering;
use std::ptr::{self, NonNull};
use std::sync::{Arc, OnceLock, PoisonError, Weak};

/// arc-swap promises one order of all its operations, and its loads and swaps of the
/// pointer are SeqCst (1.9.5). `less` is enough in all models but those across keys.
fn as_arc_swap_has_it(less: Ordering) -> Ordering {
    if is_sequential() {
        Ordering::SeqCst
    } else {
        less
    }
}

/// arc-swap's cell.
pub(crate) struct ArcSwapOption<T> {
    /// Owns a reference, which [`swap`](Self::swap) hands over. The owner of the cell takes
    /// the reference out before it drops the cell.
    current: OnceLock<AtomicPtr<T>>,
    /// The memory of everything ever published, and no reference to it.
    kept: std::sync::Mutex<Vec<Weak<T>>>,
}

impl<T> ArcSwapOption<T> {
    pub(crate) const fn const_empty() -> Self {
        Self {
            current: OnceLock::new(),
            kept: std::sync::Mutex::new(Vec::new()),
        }
    }

    fn current(&self) -> &AtomicPtr<T> {
        self.current.get_or_init(|| AtomicPtr::new(ptr::null_mut()))
    }

    #[track_caller]
    pub(crate) fn load(&self) -> Option<Arc<T>> {
        self.load_full()
    }

    #[track_caller]
    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        // Pairs with the `swap` that put it in.
        let order = as_arc_swap_has_it(Ordering::Acquire);
        let current = self.current().load(order);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.iter().find(|kept| ptr::eq(kept.as_ptr(), current))?;
        Some(kept.upgrade().expect("somebody has a reference to it"))
    }

    #[track_caller]
    pub(crate) fn swap(&self, new: Option<Arc<T>>) -> Option<Arc<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(new.as_ref().map(Arc::downgrade));
        drop(kept);
        let new = new.map_or(ptr::null(), Arc::into_raw).cast_mut();
        // Pairs with the load in `load_full`.
        let order = as_arc_swap_has_it(Ordering::AcqRel);
        let old = NonNull::new(self.current().swap(new, order))?;
        // SAFETY: the `swap` that put it in got it from `Arc::into_raw`, and only this one
        // takes it out.
        Some(unsafe { Arc::from_raw(old.as_ptr()) })
    }
}
