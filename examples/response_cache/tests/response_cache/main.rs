//! The library `response_cache`: single flight, the bound in bytes, times to live, and what
//! headers allow. Time is tokio's paused clock.

mod bound;
mod dropped_leaders;
mod forgetting;
mod headers;
mod histories;
mod hit_ratio;
mod lives;
mod one_flight;
mod program;
mod proxy;
mod proxy_ends;
mod second_look;
mod service;
