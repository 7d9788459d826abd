//! crossbeam-epoch itself, over loom's atomics.

pub(crate) use crossbeam_epoch::{Guard as Pin, LocalHandle as Participant, pin};

/// The calling thread takes part from now on, until what comes back is dropped.
pub(crate) fn register() -> Participant {
    crossbeam_epoch::default_collector().register()
}
