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

#[cfg(counted)]
pub(crate) use super::counted::arc_swap::Arc;
#[cfg(not(counted))]
pub(crate) use std::sync::Arc;
