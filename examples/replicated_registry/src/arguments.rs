//! The command line.

use clap::Parser;
use replicated_registry::nats::Options;
use std::net::SocketAddr;
use std::time::Duration;

/// A registry that each process reads from its own map, over a NATS key-value bucket.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    /// The server, or several of a cluster, separated by commas.
    #[arg(long, default_value = "nats://127.0.0.1:4222")]
    pub(crate) nats: String,
    /// The bucket. It is created at the start if it does not exist.
    #[arg(long, default_value = "registry")]
    pub(crate) bucket: String,
    /// The address of the HTTP API. Port 0: the system chooses one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub(crate) listen: SocketAddr,
    /// How often the server is asked how far it is, in milliseconds.
    #[arg(long, default_value_t = 250)]
    ask_every: u64,
    /// How old the map may be until `/healthz` answers 503, in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    max_age: u64,
    /// Start a private nats-server and three replicas, and say what to try.
    #[arg(long)]
    pub(crate) demo: bool,
}

impl Arguments {
    pub(crate) fn options(&self) -> Options {
        Options {
            servers: self.nats.clone(),
            bucket: self.bucket.clone(),
            ask_every: Duration::from_millis(self.ask_every.max(1)),
            ..Options::default()
        }
    }

    pub(crate) fn max_age(&self) -> Duration {
        Duration::from_millis(self.max_age)
    }
}
