//! The real thing: `std`'s atomics, `arc-swap`, `parking_lot`, `crossbeam-epoch` and
//! `membarrier(2)`.

pub(crate) mod atomics;
pub(crate) mod epoch;
pub(crate) mod locks;
pub(crate) mod membarrier;
pub(crate) mod story;

/// arc-swap's cell.
pub(crate) mod arc_swap {
    pub(crate) use ::arc_swap::ArcSwapOption;
}

/// Memory that is freed by hand, which only the models watch.
pub(crate) mod watch {
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
}
