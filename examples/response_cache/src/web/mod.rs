//! A proxy that shows the cache: it asks one upstream service, over HTTP.

mod client;
mod demo;
mod proxy;
mod shown;

pub use client::HttpUpstream;
pub use demo::{Demo, demo};
pub use proxy::router;
