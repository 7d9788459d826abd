//! crossbeam-epoch: the collector of this crate, and who takes part in it.

pub(crate) use crossbeam_epoch::{Guard as Pin, LocalHandle as Participant};

use crossbeam_epoch::Collector;
use std::sync::OnceLock;

/// The collector of this crate. Guards of other crates that use crossbeam-epoch are
/// not in its way, nor does it run anything inside their calls.
fn collector() -> &'static Collector {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    if let Some(collector) = COLLECTOR.get() {
        return collector;
    }
    // Made outside of the cell, which must not be entered twice: an allocator that
    // uses a map may come by here in between. One of the two is too many, and goes.
    let collector = Collector::new();
    COLLECTOR.get_or_init(|| collector)
}

/// The calling thread takes part from now on, until what comes back is dropped.
pub(crate) fn register() -> Participant {
    collector().register()
}
