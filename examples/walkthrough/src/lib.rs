//! Scripts of calls, and a player that shows what each call does inside a [`SyncMap`].
//!
//! ```text
//! store a 1
//! load a
//! ```
//!
//! A [`Script`] is read from such text. A [`Player`] plays its calls on a map of its own, and
//! tells after each call what the map is like and what the call has changed.
//!
//! [`SyncMap`]: readmostly::SyncMap

mod call;
mod changes;
mod player;
mod problem;
mod script;
mod state;

pub use call::Call;
pub use player::{Played, Player};
pub use problem::Problem;
pub use script::{Line, Script};
pub use state::State;

/// The script that is played if no other is named.
pub const BUILT_IN: &str = include_str!("../scripts/built_in.txt");
