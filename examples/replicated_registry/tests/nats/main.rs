//! The registry against a real `nats-server`, which each test starts on a port of its own.
//!
//! ```text
//! KILLS=30 cargo test --release -p replicated_registry --test nats -- --nocapture
//! ```
//!
//! Without `nats-server`, the tests say that they are skipped. If `CI` is `true`, they fail.
#![cfg(unix)]

mod bucket;
mod clock;
mod cut_off;
mod http;
mod kills;
mod ledger;
mod lossy;
mod private;
mod process;
mod proxy;
mod replaced;
mod shown;
mod writes;
mod yard;
