//! Sessions of a web service: typed, counted, listed by user, expired by a task, ended once.
//!
//! [`Sessions`] is the part to copy. `README.md` names its files. The rest of this package is a
//! small web service that shows it.
//!
//! ```text
//! cargo run --release -p sessions
//! ```
#![forbid(unsafe_code)]

mod expiry;
mod id;
mod ledger;
mod lifetime;
mod map;
mod session;
mod sessions;
pub mod web;
mod word;

/// The atomics of `word.rs`.
mod atomics {
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
}

pub use expiry::expire;
pub use id::{InvalidId, SessionId};
pub use lifetime::Lifetime;
pub use map::SessionMap;
pub use session::{Ended, Reason, Session};
pub use sessions::{DefaultMap, Full, Sessions};
