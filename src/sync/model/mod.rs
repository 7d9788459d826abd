//! The models, for `--cfg loom`: the same names as in `real/`, by contract.
//!
//! - The atomics are loom's.
//! - The locks are loom's.
//! - `ArcSwapOption` is one loom pointer: an acquiring load, an acquire-release
//!   swap; SeqCst in the models across keys. arc-swap promises more than the former.
//!   The memory of what it ever published is kept outside the model, so that no edge
//!   appears that arc-swap does not promise. References to it are given up as with
//!   arc-swap: what the last of them leaves behind must not be used any more, and a
//!   number says so if it is ([`AtomicUsize`](atomics::AtomicUsize)).
//! - `epoch.rs` is crossbeam-epoch itself over loom's atomics (`--cfg crossbeam_loom`), for
//!   the models of reclamation. The models of the algorithm have an epoch that is a model
//!   too (`reclaim/model/kept.rs`).
//! - The heavy fence is there, too: every thread takes part in it at its next access.
//!
//! The constructors are `const` as the real ones are; loom's objects belong to
//! an execution and cannot be, so each is made at its first use.

pub(crate) mod arc_swap;
pub(crate) mod atomics;
#[cfg(crossbeam_loom)]
pub(crate) mod epoch;
pub(crate) mod heavy_fence;
pub(crate) mod locks;
pub(crate) mod thread;
mod turns;
pub(crate) mod watch;

pub use turns::{be_sequential, take_turns, take_turns_at_numbers_too};
