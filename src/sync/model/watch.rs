//! Memory that is freed by hand, watched by loom.

/// Memory that is freed by hand: loom panics unless its end comes after every use.
pub(crate) struct Watch(loom::cell::UnsafeCell<()>);

// SAFETY: loom checks every use, on any thread: that is the purpose of a watch.
unsafe impl Send for Watch {}
// SAFETY: as for `Send`.
unsafe impl Sync for Watch {}

impl Watch {
    pub(crate) fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    pub(crate) fn used(&self) {
        self.0.with(|_| ());
    }

    pub(crate) fn freed(&self) {
        self.0.with_mut(|_| ());
    }
}
