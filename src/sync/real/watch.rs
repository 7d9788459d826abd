//! Memory that is freed by hand, which only the models watch.

/// Memory that is freed by hand, for the models to watch. Here it is nothing.
pub(crate) struct Watch;

impl Watch {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self
    }

    /// Records a look into the memory.
    #[inline(always)]
    pub(crate) fn used(&self) {}

    /// Records that the memory is freed.
    #[inline(always)]
    pub(crate) fn freed(&self) {}
}
