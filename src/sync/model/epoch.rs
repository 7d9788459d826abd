//! crossbeam-epoch itself, over loom's atomics.

pub(crate) use crossbeam_epoch::{Guard as Pin, LocalHandle as Participant, pin};

/// Makes the calling thread a participant, until the result is dropped.
pub(crate) fn register() -> Participant {
    crossbeam_epoch::default_collector().register()
}
