//! What the locks of the five maps say of themselves: each acquisition once, each wait
//! once, at the lock where it was.
#![cfg(not(any(counted, loom)))]

#[path = "../common/watchdog.rs"]
mod watchdog;

mod contention;
mod counts;
mod measured;
mod times;
