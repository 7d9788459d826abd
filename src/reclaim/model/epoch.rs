//! Which of the two epochs is built: `collected.rs` or `kept.rs`.

#[cfg(crossbeam_loom)]
pub use super::collected::hand_over;
#[cfg(crossbeam_loom)]
pub(crate) use super::collected::{Guard, flush, is_full_pin_in_the_way, pin};
#[cfg(not(crossbeam_loom))]
pub use super::kept::hand_over;
#[cfg(not(crossbeam_loom))]
pub(crate) use super::kept::{Guard, flush, is_full_pin_in_the_way, pin};
