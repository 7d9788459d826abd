//! The real thing: `std`'s atomics, `arc-swap`, `parking_lot`, `crossbeam-epoch` and
//! `membarrier(2)`.

pub(crate) mod arc_swap;
pub(crate) mod atomics;
pub(crate) mod epoch;
pub(crate) mod locks;
pub(crate) mod membarrier;
pub(crate) mod watch;
