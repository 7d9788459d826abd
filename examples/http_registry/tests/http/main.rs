//! The program `http_registry`, run as its users run it, over real sockets.
//!
//! A wait has a limit of a minute, which turns a hang into a failure and is no measurement.

mod api;
mod broken_clients;
mod codes;
mod conditions;
mod limits;
mod maps;
mod numbers;
mod pages;
mod prometheus;
mod raw;
mod readme;
mod ring;
mod server;
mod slow_readers;
mod sse;
mod starts;
mod streams;
mod the_disk;
mod the_end;
mod the_order;

/// What `--map` can be.
const MAPS: [&str; 3] = ["sync", "rwlock", "dashmap"];
