//! A registry on many machines: a NATS key-value bucket is the truth, and each process reads
//! from a map of its own, which the bucket keeps current.
#![forbid(unsafe_code)]

pub mod api;
pub mod nats;
pub mod replica;
pub mod server;
