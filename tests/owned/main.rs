//! Removed values that the caller owns: nobody else reads them when the caller gets them,
//! nothing is lost, and each is dropped exactly once.

#![cfg(not(loom))]

#[path = "../common/child.rs"]
#[allow(dead_code, reason = "not every suite asks everything")]
mod child;
#[path = "../common/ledger.rs"]
#[allow(dead_code, reason = "not every suite asks everything")]
mod ledger;
#[path = "../common/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod collected;
mod dropped;
mod guards;
mod reclaimed;
mod refused;
