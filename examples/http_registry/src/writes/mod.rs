//! The writes: one thread owns the journal, and is the only one that changes the map.

mod condition;
mod desk;
mod health;
mod queue;
mod request;
mod writer;

pub use condition::{Condition, Tag};
pub use health::Health;
pub use queue::Queue;
pub use request::{Done, Refused, Request, What};
pub use writer::{Shared, Writer};
