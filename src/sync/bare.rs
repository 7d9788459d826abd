//! Atomics and a cell at which no model takes turns, and which no build counts: loom's own
//! in the models, and `std`'s in every other build.

#[cfg(loom)]
pub(crate) use loom::{
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence},
};
#[cfg(not(loom))]
pub(crate) use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence},
};
