//! Atomics that models take turns at, and that no build counts one access at a time: a light
//! pin is counted as a whole.

#[cfg(loom)]
pub(crate) use super::model::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
#[cfg(not(loom))]
pub(crate) use super::real::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
