//! What the web programs share: errors as JSON, limits on connections, and an orderly end.
//!
//! [`Problem`] is the body of every error. [`finish`] adds to a router what every program
//! answers alike. [`serve`] runs the router under [`Limits`] until the program is to end.
//! [`say`] prints, also if nobody reads.

#![forbid(unsafe_code)]

mod extract;
mod finish;
mod limits;
mod problem;
mod say;
mod serve;

pub use extract::{Bytes, Json, Path, Query};
pub use finish::finish;
pub use limits::Limits;
pub use problem::Problem;
pub use say::{complain, say};
pub use serve::{Ended, interrupted, listen, serve};
