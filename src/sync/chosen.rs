//! Which of three is built: the real things, their models, or the real things, counted.

#[cfg(counted)]
use super::counted as built;
#[cfg(loom)]
use super::model as built;
#[cfg(not(any(counted, loom)))]
use super::real as built;

pub(crate) use built::arc_swap::ArcSwapOption;
pub(crate) use built::atomics::{AtomicIsize, AtomicPtr, AtomicUsize, ConstAtomicPtr, fence};
pub(crate) use built::locks;

#[cfg(loom)]
pub(crate) use super::model::watch::Watch;
#[cfg(not(loom))]
pub(crate) use super::real::watch::Watch;

#[cfg(loom)]
pub(crate) use super::model::story;
#[cfg(not(loom))]
pub(crate) use super::real::story;

#[cfg(counted)]
pub(crate) use super::counted::arc_swap::Arc;
#[cfg(not(counted))]
pub(crate) use std::sync::Arc;

/// Atomics and a cell at which no model takes turns, and which no build counts: loom's own
/// in the models, and `std`'s in every other build.
pub(crate) mod bare {
    #[cfg(loom)]
    pub(crate) use crate::sync::model::bare::{AtomicBool, AtomicPtr, AtomicUsize};
    #[cfg(loom)]
    pub(crate) use loom::{cell::Cell, sync::atomic::fence};
    #[cfg(not(loom))]
    pub(crate) use std::{
        cell::Cell,
        sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence},
    };
}

/// The atomics of light pins. Models take turns at them. No build counts their accesses one
/// by one: a light pin is counted as a whole.
pub(crate) mod uncounted {
    #[cfg(loom)]
    pub(crate) use crate::sync::model::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
    #[cfg(not(loom))]
    pub(crate) use crate::sync::real::atomics::{AtomicIsize, AtomicPtr, AtomicUsize};
}
