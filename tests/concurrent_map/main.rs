//! What every map of the crate promises, written once against the trait that they
//! share, and checked of each.
#![cfg(not(any(counted, loom)))]

#[path = "../common/ledger.rs"]
mod ledger;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod family;

mod against_a_model;
mod closures;
mod conveniences;
mod drops;
mod methods;
mod panics;
mod threads;
