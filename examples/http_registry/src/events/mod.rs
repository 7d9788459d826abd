//! The changes as a stream of events. It knows nothing of HTTP.

mod event;
mod follower;
mod ring;

pub use event::{Event, Kind};
pub use follower::{Follower, Next};
pub use ring::{NotHeld, Ring};
