//! The models, for `--cfg loom`: the same names as in `real/`, by contract.
//!
//! - The atomics and the locks are loom's. `turns.rs` says in which orders a model explores
//!   the accesses to the atomics.
//! - `ArcSwapOption` is one loom pointer: an acquiring load and an acquire-release swap,
//!   which is less than arc-swap promises. In the models across keys both are SeqCst. The
//!   memory of all that it ever published is kept outside the model, so that no edge
//!   appears that arc-swap does not promise. References to a snapshot are given up as with
//!   arc-swap. A snapshot whose last reference has gone must not be used any more. A use
//!   panics, at a number in the snapshot ([`AtomicUsize`](atomics::AtomicUsize)).
//! - `epoch` is crossbeam-epoch itself over loom's atomics (`--cfg crossbeam_loom`), for
//!   the models of reclamation. The models of the algorithm have an epoch that is a model,
//!   too (`reclaim/model/kept.rs`).
//! - The heavy fence is a model, too: every thread takes part in it at its next access.
//! - `story.rs` records what the threads do. A model that fails prints it as a schedule.
//!
//! Constructors that have to be `const` are `const` here, too. loom's objects belong to an
//! execution and cannot be made in a `const` function. So these types make theirs at the
//! first use.

pub(crate) mod arc_swap;
pub(crate) mod atomics;
pub(crate) mod bare;
pub(crate) mod heavy_fence;
pub(crate) mod locks;
pub mod story;
mod turns;
pub(crate) mod watch;

pub use turns::{be_sequential, take_turns, take_turns_at_numbers_too};

/// crossbeam-epoch itself, over loom's atomics.
#[cfg(crossbeam_loom)]
pub(crate) mod epoch {
    pub(crate) use crossbeam_epoch::{Guard as Pin, LocalHandle as Participant, pin};

    /// Makes the calling thread a participant, until the result is dropped.
    pub(crate) fn register() -> Participant {
        crossbeam_epoch::default_collector().register()
    }
}

/// loom's threads.
pub(crate) mod thread {
    pub(crate) use loom::thread::yield_now;
    #[cfg(not(crossbeam_loom))]
    pub(crate) use loom::thread::{ThreadId, current};
    pub(crate) use loom::thread_local as model_thread_local;
}
