//! The atomics of light pins. Models take turns at them. No build counts their accesses one
//! by one: a light pin is counted as a whole.

#[cfg(loom)]
pub(crate) use super::model::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
#[cfg(not(loom))]
pub(crate) use super::real::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
