//! The parts of the registry that its program and its tests share.

#![forbid(unsafe_code)]

pub mod journal;
