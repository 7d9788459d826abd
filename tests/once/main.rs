//! Values that are made once per key, by `get_or_insert_once` and `get_or_try_insert_once`.

#![cfg(not(loom))]

#[path = "../common/fuse.rs"]
mod fuse;
#[path = "../common/ledger.rs"]
#[allow(dead_code, reason = "not every suite asks everything")]
mod ledger;
#[path = "../common/same_hash.rs"]
mod same_hash;
#[path = "../common/watchdog.rs"]
mod watchdog;

mod crowd;
mod failures;
mod nobody_waits;
