//! crossbeam-epoch: the collector of this crate, and how a thread becomes its participant.

pub(crate) use crossbeam_epoch::{Guard as Pin, LocalHandle as Participant};

use crossbeam_epoch::Collector;
use std::sync::OnceLock;

/// The collector of this crate. Other crates that use crossbeam-epoch have another one:
/// their guards hold nothing back here, and their calls run nothing of this crate.
fn collector() -> &'static Collector {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    if let Some(collector) = COLLECTOR.get() {
        return collector;
    }
    // Made outside of the cell, which must not be entered twice: `Collector::new`
    // allocates, and an allocator that uses a map calls this function meanwhile. Then
    // there are two collectors, and the one that comes late is dropped.
    let collector = Collector::new();
    COLLECTOR.get_or_init(|| collector)
}

/// Makes the calling thread a participant, until the result is dropped.
pub(crate) fn register() -> Participant {
    collector().register()
}
