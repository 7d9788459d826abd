//! A cache of responses in front of a slow service: one upstream call for each key however many
//! ask, stale answers while one call refreshes them, and a bound in bytes.
//!
//! The parts to copy: [`Flights`] is single flight, [`Store`] is the bound in bytes, and
//! [`Cache`] puts both together with times to live. The rest of this package is a small proxy
//! that shows them.
//!
//! ```text
//! cargo run --release -p response_cache
//! ```
#![forbid(unsafe_code)]

mod answer;
mod cache;
mod control;
mod flights;
mod kept;
mod map;
mod store;
mod upstream;
pub mod web;

pub use answer::Answer;
pub use cache::{Cache, Limits, Served, Source};
pub use control::{Lifespan, Verdict, verdict};
pub use flights::{Boarded, Flights, Lead, Lost, Waiter};
pub use kept::{Content, Kept, Phase};
pub use map::StoreMap;
pub use store::{DefaultMap, Slot, Store};
pub use upstream::{Failure, Fetched, Upstream};
