//! A registry of feature flags over HTTP: what its program and its tests share.
//!
//! [`service`] puts the parts together: [`flags`] is the map that readers look into,
//! [`journal`] the file, [`writes`] the thread that changes both, [`events`] what streams
//! read, and [`http`] the interface.

#![forbid(unsafe_code)]

pub mod counters;
pub mod events;
pub mod flags;
pub mod http;
pub mod journal;
pub mod page;
pub mod service;
pub mod writes;
